namespace OpenCode.Tests.Integration.Hosting;

/// <summary>Tests that change what the whole process shares, such as its environment, run after each other.</summary>
[CollectionDefinition(Name)]
public sealed class HostingCollection
{
    public const string Name = "Hosting";
}

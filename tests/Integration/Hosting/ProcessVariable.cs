namespace OpenCode.Tests.Integration.Hosting;

/// <summary>A variable of this process's environment that is put back afterwards. For tests of the hosting collection, which run after each other.</summary>
internal sealed class ProcessVariable : IDisposable
{
    private readonly string _name;
    private readonly string? _before;

    public ProcessVariable(string name, string? value)
    {
        Assert.Contains(name, Surroundings.Names); // what others start meanwhile would have it otherwise
        _name = name;
        _before = Environment.GetEnvironmentVariable(name);
        Environment.SetEnvironmentVariable(name, value);
    }

    public void Dispose() => Environment.SetEnvironmentVariable(_name, _before);
}

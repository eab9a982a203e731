namespace OpenCode.Tests.Integration.Processes;

/// <summary>A folder for a store, removed with everything in it.</summary>
internal sealed class TemporaryStore : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("opencode-it-").FullName;

    public string DataRoot => Path.Combine(Root, "data");

    public void Dispose() => Directory.Delete(Root, recursive: true);
}

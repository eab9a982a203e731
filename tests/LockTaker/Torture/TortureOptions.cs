namespace OpenCode.Tests.LockTaker.Torture;

/// <summary>A run.</summary>
/// <param name="Processes">How many processes, those that only read and the neighbour among them.</param>
/// <param name="Time">How long they are tormented, once all are there.</param>
/// <param name="Seed">Decides what everybody does; how it interleaves, the machine decides.</param>
/// <param name="Folder">Where store and logs are; it must not be there.</param>
internal sealed record TortureOptions(int Processes, TimeSpan Time, int Seed, string Folder)
{
    /// <summary>The store.</summary>
    public string DataRoot => Path.Combine(Folder, "data");

    /// <summary>The logs.</summary>
    public string Logs => Path.Combine(Folder, "logs");
}

using System.Globalization;

namespace OpenCode.Tests.LockTaker.Torture;

/// <summary>A place for a process: when one is killed, the next takes it, under a name of its own.</summary>
/// <param name="place">What its processes are called, but for their number.</param>
internal sealed class Victim(string place)
{
    private int _starts;

    public TakerProcess? Process { get; private set; }

    /// <summary>What the present process is called.</summary>
    public string Name { get; private set; } = "";

    /// <summary>True once the present process has opened the store: before, there is nothing to kill.</summary>
    public bool IsReady => Ready.IsCompletedSuccessfully && Ready.Result == "ready";

    /// <summary>What the present process says first.</summary>
    public Task<string?> Ready { get; private set; } = Task.FromResult<string?>(null);

    /// <summary>When a stopped one goes on; null for one that runs.</summary>
    public long? StoppedUntil { get; set; }

    public void Start(TortureOptions options, int seed, string role)
    {
        Name = string.Create(CultureInfo.InvariantCulture, $"{place}-{++_starts}");
        StoppedUntil = null;
        Process = TakerProcess.Start(role, options.DataRoot, options.Logs, Name, seed.ToString(CultureInfo.InvariantCulture));
        Ready = Process.Process.StandardOutput.ReadLineAsync();
    }
}

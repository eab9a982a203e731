using System.Diagnostics;
using OpenCode.Common;

namespace OpenCode.Tests.StoreWorker;

/// <summary>Counts the steps that are reached, and kills the process at one of them: SIGKILL, as an operator's kill -9.</summary>
/// <param name="dieAt">The number of the step, from 0; -1 never.</param>
internal sealed class Death(int dieAt)
{
    private readonly Lock _lock = new();

    /// <summary>The steps reached so far, in order.</summary>
    public List<string> Trace { get; } = [];

    public void Reached(Step step) => Reached(step.ToString());

    /// <summary>As above, at a moment of the life itself that no step of the store marks.</summary>
    public void Reached(string step)
    {
        lock (_lock)
        {
            if (Trace.Count == dieAt)
            {
                using var self = Process.GetCurrentProcess();
                self.Kill();
                Thread.Sleep(Timeout.Infinite); // the signal ends this thread here, not the method
            }

            Trace.Add(step);
        }
    }
}

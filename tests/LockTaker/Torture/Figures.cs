using System.Globalization;
using OpenCode.Tests.LockTaker.Histories;

namespace OpenCode.Tests.LockTaker.Torture;

/// <summary>A run in numbers.</summary>
internal static class Figures
{
    public static string Of(HistoryIndex history)
    {
        var (longest, beyond, recovered) = StuckCheck.Measure(history, Holds.Of(history));
        var (count, done) = (Counter(history), Done(history));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{history.Calls.Count} requests, {done(Operation.Claim)} claims, {done(Operation.Complete)} completions, {done(Operation.Acquire)} locks, {done(Operation.Update) + done(Operation.State) + done(Operation.OperatorUpdate)} merges; "
            + $"{count(Operation.Killed)} killed, {count(Operation.Stop)} stopped, {count(Operation.Skew)} clocks moved; "
            + $"{Refused(history, nameof(OpenCodeError.LockHeld), nameof(OpenCodeError.LockTimeout), nameof(OpenCodeError.VersionConflict))} conflicts, {Refused(history, nameof(OpenCodeError.LeaseLost), nameof(OpenCodeError.AgentNotAttached))} told of a loss, "
            + $"{history.Calls.Count(c => c.Outcome is Outcome.Unknown)} without an answer; {recovered} tasks taken over from the dead, the longest after {longest.TotalSeconds:0.00} s, at most {beyond.TotalSeconds:0.00} s beyond the lease.");
    }

    private static Func<Operation, int> Counter(HistoryIndex history) => operation => history.Did.Count(e => e.Operation == operation);

    private static Func<Operation, int> Done(HistoryIndex history) => operation => history.Calls.Count(c => c.Outcome is Outcome.Done && c.Operation == operation && (operation is not Operation.Claim || c.Task is not null));

    private static int Refused(HistoryIndex history, params string[] errors) => history.Calls.Count(c => c.Outcome is Outcome.Refused && errors.Contains(c.Told!.Error));
}

using System.Globalization;

namespace OpenCode.Hooks;

/// <summary>Runs a hook within its time.</summary>
/// <param name="clock">Measures the time.</param>
public sealed class HookRunner(TimeProvider clock)
{
    /// <summary>How long a hook that was told to stop is waited for.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    /// <summary>Runs a hook to its end or its time limit. What it throws is its outcome, and nobody else's error.</summary>
    /// <exception cref="OperationCanceledException">The caller does not wait any more; the hook was told to stop.</exception>
    public async Task<HookOutcome> RunAsync(HookEntry entry, HookInvocation invocation, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(entry);
        ArgumentNullException.ThrowIfNull(invocation);
        var hook = entry.Hook;
        var started = clock.GetTimestamp();
        using var limit = new CancellationTokenSource(hook.Timeout, clock);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            var running = StartAsync(entry, invocation, ending.Token);
            await UntilEndAsync(running, ending.Token).ConfigureAwait(false);
            if (running.IsCompletedSuccessfully)
            {
                return new HookOutcome(hook, clock.GetElapsedTime(started), null, null);
            }

            // Told before the token's source is gone: what has not ended yet would never hear of it.
            await ending.CancelAsync().ConfigureAwait(false);
            Forget(running);
            cancellationToken.ThrowIfCancellationRequested();
            if (limit.IsCancellationRequested)
            {
                var end = running.IsCompleted ? "" : $" It did not stop within {Grace.TotalSeconds:0} s of being told to, and may still run.";
                return new HookOutcome(hook, clock.GetElapsedTime(started), string.Create(CultureInfo.InvariantCulture, $"It was stopped because its {hook.Timeout.TotalSeconds:0.###} s were over.{end}"), null);
            }

            await running.ConfigureAwait(false); // throws what it ended with
            return new HookOutcome(hook, clock.GetElapsedTime(started), null, null);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            // A hook is somebody else's code: whatever it throws is told as its failure.
            return new HookOutcome(hook, clock.GetElapsedTime(started), e.Message, e);
        }
    }

    private static async Task StartAsync(HookEntry entry, HookInvocation invocation, CancellationToken cancellationToken)
    {
        HookFlow.Enter(invocation.TaskId, entry.Hook);
        await entry.Action.RunAsync(invocation, cancellationToken).ConfigureAwait(false);
    }

    private static async Task UntilEndAsync(Task running, CancellationToken ending)
    {
        if (running.IsCompleted)
        {
            return;
        }

        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using (ending.UnsafeRegister(static state => ((TaskCompletionSource)state!).TrySetResult(), told))
        {
            await Task.WhenAny(running, told.Task).ConfigureAwait(false);
        }

        if (!running.IsCompleted)
        {
            using var over = new CancellationTokenSource();
            await Task.WhenAny(running, Task.Delay(Grace, over.Token)).ConfigureAwait(false);
            await over.CancelAsync().ConfigureAwait(false);
        }
    }

    // What ends with an exception after nobody waits must not surface as an unobserved one.
    private static void Forget(Task running) =>
        _ = running.ContinueWith(static ended => ended.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
}

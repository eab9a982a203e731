using OpenCode.Common;
using OpenCode.Locks;
using OpenCode.Registry;

namespace OpenCode.Tasks;

/// <content>Agents that wait for a task which another has: one after the other, in the order of their coming.</content>
public sealed partial class TaskService
{
    // The turn to wait for a task is renewed, and ends with its process; a process that is stopped loses it after this.
    private static readonly TimeSpan TurnLease = TimeSpan.FromSeconds(15);

    /// <summary>Waits for the turn to wait, and in it for the task: those behind do not pass, and nobody who comes by does.</summary>
    private async Task<Lease> AttachInTurnAsync(AttachAgent write, TimeSpan wait, OpenCodeException refusal, CancellationToken cancellationToken)
    {
        var started = _clock.GetTimestamp();
        while (true)
        {
            HeldLock? turn = null;
            try
            {
                var left = wait - _clock.GetElapsedTime(started);
                var request = new LockRequest([LockResource.Turn(write.TaskId)], write.Request.Agent) { Wait = left > TimeSpan.Zero ? left : TimeSpan.FromMilliseconds(1), Lease = TurnLease };
                turn = await _locks.HoldAnyAsync(request, cancellationToken).ConfigureAwait(false);
                await using (turn.ConfigureAwait(false))
                {
                    using var watch = _way.Registry.Watch();
                    while (true)
                    {
                        await FreeAsync(write.TaskId, turn, watch, wait - _clock.GetElapsedTime(started), cancellationToken).ConfigureAwait(false);
                        turn.EnsureHeld();
                        try
                        {
                            return (await AttachOnceAsync(write with { Turn = turn.Leases[0].Fence }, cancellationToken).ConfigureAwait(false)).Lease!;
                        }
                        catch (OpenCodeException e) when (e.Error is OpenCodeError.LockHeld)
                        {
                            refusal = e; // given to somebody else by a claim, or taken up with an agent
                        }
                    }
                }
            }
            catch (OpenCodeException e) when (e.Error is OpenCodeError.LockTimeout)
            {
                throw new OpenCodeException(OpenCodeError.LockTimeout, $"Waited {wait.TotalSeconds:0.###} s in vain. {refusal.Message}", write.TaskId, e);
            }
            catch (OpenCodeException e) when (e.Error is OpenCodeError.LeaseLost && turn is not { IsWithinTime: false })
            {
                throw new OpenCodeException(OpenCodeError.LeaseLost, $"Agent '{write.Request.Agent}' does not wait for task '{write.TaskId}' any more: everything it held or waited for was taken from it. Attach it again, if it is to go on.", write.TaskId, e);
            }
            catch (OpenCodeException e) when (e.Error is OpenCodeError.LeaseLost)
            {
                // This process was stopped for so long that others came first: once more, from the end of the line.
            }
        }
    }

    /// <summary>Ends when no agent has the task, or the turn is lost.</summary>
    private async Task FreeAsync(string id, HeldLock turn, ICommitWatch watch, TimeSpan limit, CancellationToken cancellationToken)
    {
        var started = _clock.GetTimestamp();
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, turn.Lost);
        try
        {
            while ((await _way.Registry.LeasesAsync(TaskResource.Name(id), ends.Token).ConfigureAwait(false)).Count > 0)
            {
                var left = limit - _clock.GetElapsedTime(started);
                if (left <= TimeSpan.Zero)
                {
                    throw new OpenCodeException(OpenCodeError.LockTimeout, "The task was not free in time.", id);
                }

                await watch.ChangedAsync(left < SweepEvery ? left : SweepEvery, ends.Token).ConfigureAwait(false);
                await _way.SweepAsync(ends.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The turn is lost: whoever asks next finds out.
        }
    }
}

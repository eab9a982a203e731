namespace OpenCode.Locks;

/// <summary>
/// Counts conflicts that were found by looking. A refusal does not wait for a turn at the gate only to be counted: the numbers are entered by one write at a time
/// in the background, and what is counted meanwhile goes with the next.
/// </summary>
/// <param name="store">Where they are entered.</param>
internal sealed class ConflictCount(ILeaseStore store)
{
    private long _open;
    private int _entering;

    /// <summary>Counts one.</summary>
    public void Add()
    {
        Interlocked.Increment(ref _open);
        if (Interlocked.CompareExchange(ref _entering, 1, 0) == 0)
        {
            _ = EnterInBackgroundAsync();
        }
    }

    /// <summary>Enters what is not entered yet.</summary>
    public async ValueTask EnterAsync(CancellationToken cancellationToken)
    {
        var count = Interlocked.Exchange(ref _open, 0);
        if (count == 0)
        {
            return;
        }

        try
        {
            await store.CountConflictsAsync(count, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            Interlocked.Add(ref _open, count);
            throw;
        }
    }

    private async Task EnterInBackgroundAsync()
    {
        var entered = false;
        try
        {
            await Task.Yield();
            await EnterAsync(CancellationToken.None).ConfigureAwait(false);
            entered = true;
        }
        catch (Exception e) when (e is OpenCodeException or ObjectDisposedException)
        {
            // The store cannot be written now, or is closed: whoever counts or asks next tries again.
        }
        finally
        {
            Volatile.Write(ref _entering, 0);
        }

        // What was counted while the last was entered has nobody else.
        if (entered && Interlocked.Read(ref _open) > 0 && Interlocked.CompareExchange(ref _entering, 1, 0) == 0)
        {
            _ = EnterInBackgroundAsync();
        }
    }
}

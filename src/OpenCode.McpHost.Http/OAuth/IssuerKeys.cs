using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;

namespace OpenCode.McpHost.Http.OAuth;

/// <summary>
/// The issuer's keys, read when they are needed and kept for a while. A key the issuer no longer has does not count for much longer, a new one counts at once, and nobody can have the issuer
/// asked more often than it rests.
/// </summary>
/// <param name="read">Reads them.</param>
/// <param name="clock">The time by which they age.</param>
/// <param name="log">Told when they cannot be had, and when they can again.</param>
internal sealed class IssuerKeys(Func<CancellationToken, Task<IReadOnlyList<SecurityKey>>> read, TimeProvider clock, ILogger log) : IDisposable
{
    /// <summary>Older ones are read anew before they count.</summary>
    public static readonly TimeSpan Fresh = TimeSpan.FromMinutes(5);

    /// <summary>With an issuer that does not answer, the last ones count for so long.</summary>
    public static readonly TimeSpan Last = TimeSpan.FromHours(1);

    /// <summary>Between two readings, whatever is asked for.</summary>
    public static readonly TimeSpan Rest = TimeSpan.FromSeconds(5);

    /// <summary>The same after a failure, as long as there are keys that count: requests wait for a reading.</summary>
    public static readonly TimeSpan LongRest = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _end = new();
    private readonly Lock _lock = new();
    private Task _reading = Task.CompletedTask;
    private State _state = new([], 0, 0, null);

    /// <summary>The keys that count now.</summary>
    /// <param name="id">The one that is wanted; null when any may be.</param>
    /// <param name="cancellationToken">Ends the wait for the issuer.</param>
    /// <exception cref="IssuerUnreachableException">There are none, or the one that is wanted may be new.</exception>
    public async ValueTask<IReadOnlyList<SecurityKey>> GetAsync(string? id, CancellationToken cancellationToken)
    {
        var state = Volatile.Read(ref _state);
        if (!Suffices(state, id))
        {
            await ReadAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
            state = Volatile.Read(ref _state);
        }

        return Counts(state) && (state.Failure is null || Has(state, id)) ? state.Keys : throw new IssuerUnreachableException(state.Failure?.Message ?? "The issuer's keys were not read yet.", state.Failure);
    }

    public void Dispose()
    {
        _end.Cancel();
        _end.Dispose();
    }

    private static bool Has(State state, string? id) => id is null || state.Keys.Any(key => key.KeyId == id);

    private bool Counts(State state) => state.Keys.Count > 0 && clock.GetElapsedTime(state.ReadAt) < Last;

    private bool Suffices(State state, string? id) => state.Keys.Count > 0 && clock.GetElapsedTime(state.ReadAt) < Fresh && Has(state, id);

    // One reading for all who wait. It is nobody's in particular, so it ends by its own limits.
    private Task ReadAsync()
    {
        lock (_lock)
        {
            var rest = _state.Failure is not null && Counts(_state) ? LongRest : Rest;
            if (_reading.IsCompleted && (_state.TriedAt == 0 || clock.GetElapsedTime(_state.TriedAt) >= rest))
            {
                _reading = ReadNowAsync(_end.Token);
            }

            return _reading;
        }
    }

    private async Task ReadNowAsync(CancellationToken cancellationToken)
    {
        await Task.Yield();
        var before = Volatile.Read(ref _state);
        try
        {
            var keys = await read(cancellationToken).ConfigureAwait(false);
            var now = clock.GetTimestamp();
            Volatile.Write(ref _state, new State(keys, now, now, null));
            if (before.Failure is not null)
            {
                log.LogWarning("The keys of the issuer of tokens (mcp.oauth.issuer) can be had again.");
            }
        }
        catch (IssuerUnreachableException e)
        {
            Volatile.Write(ref _state, before with { TriedAt = clock.GetTimestamp(), Failure = e });
            if (before.Failure?.Message != e.Message)
            {
                log.LogWarning("{Message} Until they can be had again its tokens are refused, but for those whose keys were read within the last {Last}.", e.Message, Last);
            }
        }
    }

    /// <param name="Keys">The last that were read.</param>
    /// <param name="ReadAt">When.</param>
    /// <param name="TriedAt">When it was last tried; 0: never.</param>
    /// <param name="Failure">What the last try came to, if it failed.</param>
    private sealed record State(IReadOnlyList<SecurityKey> Keys, long ReadAt, long TriedAt, IssuerUnreachableException? Failure);
}

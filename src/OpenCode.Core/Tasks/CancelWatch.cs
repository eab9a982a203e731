using OpenCode.Registry;

namespace OpenCode.Tasks;

/// <summary>Looks whether somebody, in whatever process, wants a command to end.</summary>
internal sealed class CancelWatch : IAsyncDisposable
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private readonly ITaskRegistry _registry;
    private readonly string _executionId;
    private readonly TimeProvider _clock;
    private readonly CancellationTokenSource _going;
    private readonly CancellationTokenSource _over = new();
    private readonly Task _watching;

    public CancelWatch(ITaskRegistry registry, string executionId, TimeProvider clock, CancellationToken cancellationToken)
    {
        _registry = registry;
        _executionId = executionId;
        _clock = clock;
        _going = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Going = _going.Token;
        _watching = Task.Run(WatchAsync, CancellationToken.None);
    }

    /// <summary>Cancelled when the command is to end.</summary>
    public CancellationToken Going { get; }

    /// <summary>Why, when somebody asked for it.</summary>
    public string? Reason { get; private set; }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync().ConfigureAwait(false);
        await _watching.ConfigureAwait(false);
        _over.Dispose();
        _going.Dispose();
    }

    private async Task WatchAsync()
    {
        try
        {
            while (!await IsAskedAsync().ConfigureAwait(false))
            {
                await Task.Delay(LookEvery, _clock, _over.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The command has ended.
        }
    }

    /// <summary>True once it is asked for; false when the store could not be read, which ends no command: it is looked at again.</summary>
    private async Task<bool> IsAskedAsync()
    {
        try
        {
            using var watch = _registry.Watch();
            while (true)
            {
                if (await _registry.CancelReasonAsync(_executionId, _over.Token).ConfigureAwait(false) is { } reason)
                {
                    Reason = reason;
                    await _going.CancelAsync().ConfigureAwait(false);
                    return true;
                }

                await watch.ChangedAsync(LookEvery, _over.Token).ConfigureAwait(false);
            }
        }
        catch (OpenCodeException)
        {
            return false;
        }
    }
}

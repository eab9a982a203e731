using OpenCode.Configuration;

namespace OpenCode.McpHost;

/// <summary>
/// The store, opened beside the first messages and not before them: a client gets its handshake whatever the store is like, and a
/// store that could not be opened is tried again with the next call.
/// </summary>
/// <param name="configure">Loads the configuration, each time anew: its user may have mended it.</param>
internal sealed class Store(Func<OpenCodeConfiguration> configure) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _closing = new();
    private Task<OpenCodeRuntime>? _opening;

    /// <summary>The open store; null as long as it is not open.</summary>
    public OpenCodeRuntime? Opened => Volatile.Read(ref _opening) is { IsCompletedSuccessfully: true } opening ? opening.Result : null;

    /// <summary>Gives the open store.</summary>
    /// <exception cref="OpenCodeException">StoreUnavailable: it cannot be opened. InvalidArgument: its configuration is wrong.</exception>
    public Task<OpenCodeRuntime> OpenAsync(CancellationToken cancellationToken)
    {
        Task<OpenCodeRuntime> opening;
        lock (_lock)
        {
            if (_opening is null or { IsFaulted: true } or { IsCanceled: true })
            {
                _opening = Task.Run(OpenNowAsync, _closing.Token);
                _ = _opening.ContinueWith(static failed => _ = failed.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            }

            opening = _opening;
        }

        return opening.WaitAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        Task<OpenCodeRuntime>? opening;
        lock (_lock)
        {
            opening = _opening;
        }

        if (opening is not null)
        {
            await ((Task)opening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (opening.IsCompletedSuccessfully)
            {
                await (await opening.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
            }
        }

        _closing.Dispose();
    }

    private async Task<OpenCodeRuntime> OpenNowAsync()
    {
        try
        {
            var runtime = await OpenCodeRuntime.OpenAsync(configure(), _closing.Token).ConfigureAwait(false);
            runtime.Pool.Keep();
            return runtime;
        }
        catch (Exception e) when (e is not (OpenCodeException or OperationCanceledException))
        {
            throw new OpenCodeException(OpenCodeError.StoreUnavailable, $"The store could not be opened: {e.Message}", innerException: e);
        }
    }
}

using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using OpenCode.McpHost.Resources;

namespace OpenCode.McpHost.Subscriptions;

/// <summary>What a client of a revision with sessions follows. It ends with its connection.</summary>
/// <param name="feed">Tells of changes.</param>
internal sealed class Session(ChangeFeed feed) : IDisposable
{
    /// <summary>The most resources one client follows.</summary>
    public const int MostFollowed = 100;

    private readonly Dictionary<string, IDisposable> _followed = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _gate = new(1, 1);
    private volatile McpServer? _server;
    private bool _ended;
    private bool _followsList;

    /// <summary>The connection; null before it is there.</summary>
    public McpServer? Server => _server;

    /// <summary>Names the connection that notifications go out by.</summary>
    public void Begin(McpServer server) => _server = server;

    public async ValueTask<EmptyResult> SubscribeAsync(RequestContext<SubscribeRequestParams> request, CancellationToken cancellationToken)
    {
        var address = request.Params.Uri;
        var uri = TaskUri.Parse(address) ?? throw ResourceShelf.Missing(request.Server, address, "There is no such resource to follow.");
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_followed.Count >= MostFollowed)
            {
                throw new McpProtocolException($"This client follows {MostFollowed} resources, the most there can be. Unsubscribe from some.", McpErrorCode.InvalidParams);
            }

            if (!_ended && !_followed.ContainsKey(address))
            {
                _followed[address] = await feed.FollowAsync(uri, token => UpdatedAsync(address, token), cancellationToken).ConfigureAwait(false);
            }

            return new EmptyResult();
        }
        catch (OpenCodeException e)
        {
            throw ResourceShelf.Protocol(e);
        }
        finally
        {
            _gate.Release();
        }
    }

    public async ValueTask<EmptyResult> UnsubscribeAsync(RequestContext<UnsubscribeRequestParams> request, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_followed.Remove(request.Params.Uri, out var following))
            {
                following.Dispose();
            }

            return new EmptyResult();
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>From the first time a client has listed the resources, it is told when there are others.</summary>
    public async Task ListedAsync(McpServer server, CancellationToken cancellationToken)
    {
        if (_followsList || string.CompareOrdinal(server.NegotiatedProtocolVersion, "2026-07-28") >= 0)
        {
            return; // later revisions ask for it
        }

        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!_ended && !_followsList)
            {
                _followed[""] = await feed.FollowAsync(null, ListChangedAsync, cancellationToken).ConfigureAwait(false);
                _followsList = true;
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose()
    {
        _gate.Wait();
        _ended = true;
        foreach (var following in _followed.Values)
        {
            following.Dispose();
        }

        _followed.Clear();
        _gate.Dispose(); // whoever still waits for it is cancelled with its connection
    }

    private Task UpdatedAsync(string address, CancellationToken cancellationToken) =>
        _server?.SendNotificationAsync(NotificationMethods.ResourceUpdatedNotification, new ResourceUpdatedNotificationParams { Uri = address }, cancellationToken: cancellationToken) ?? Task.CompletedTask;

    private Task ListChangedAsync(CancellationToken cancellationToken) =>
        _server?.SendNotificationAsync(NotificationMethods.ResourceListChangedNotification, cancellationToken) ?? Task.CompletedTask;
}

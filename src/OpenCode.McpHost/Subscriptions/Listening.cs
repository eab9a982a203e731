using System.Text.Json;
using System.Text.Json.Nodes;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using OpenCode.McpHost.Handles;
using OpenCode.McpHost.Resources;
using OpenCode.McpHost.Tools;

namespace OpenCode.McpHost.Subscriptions;

/// <summary><c>subscriptions/listen</c>: a client of a revision without sessions follows resources for as long as its request goes on.</summary>
/// <param name="feed">Tells of changes.</param>
/// <param name="extension">Knows the work that can be followed.</param>
internal sealed class Listening(ChangeFeed feed, TasksExtension extension) : IDisposable
{
    private const string HandleIds = "taskIds";

    private readonly CancellationTokenSource _end = new();

    public void End() => _end.Cancel();

    public void Dispose() => _end.Dispose();

    public async ValueTask<EmptyResult> ListenAsync(RequestContext<SubscriptionsListenRequestParams> request, CancellationToken cancellationToken)
    {
        var wanted = request.Params.Notifications;
        var addresses = (wanted.ResourceSubscriptions ?? []).Distinct(StringComparer.Ordinal).Where(address => TaskUri.Parse(address) is not null).Take(Session.MostFollowed).ToList();
        var granted = new SubscriptionsListenNotifications
        {
            ResourcesListChanged = wanted.ResourcesListChanged is true ? true : null,
            ResourceSubscriptions = addresses.Count > 0 ? addresses : null,
        };
        var caller = Caller.Of(request.User);
        var acknowledged = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var following = new List<IDisposable>();
        try
        {
            foreach (var address in addresses)
            {
                following.Add(await feed.FollowAsync(TaskUri.Parse(address), token => TellAsync(NotificationMethods.ResourceUpdatedNotification, new JsonObject { ["uri"] = address }, token), cancellationToken).ConfigureAwait(false));
            }

            var handles = new JsonArray();
            foreach (var id in HandlesOf(request.JsonRpcRequest))
            {
                if (await extension.FindAsync(id, caller, cancellationToken).ConfigureAwait(false) is { Source: var source })
                {
                    handles.Add(id);
                    following.Add(feed.Follow(token => source.MarkAsync(id, token), token => TellHandleAsync(id, token)));
                }
            }

            if (granted.ResourcesListChanged is true)
            {
                following.Add(await feed.FollowAsync(null, token => TellAsync(NotificationMethods.ResourceListChangedNotification, [], token), cancellationToken).ConfigureAwait(false));
            }

            // What is followed is known before the client hears so: nothing that changes from then on is missed.
            var all = JsonSerializer.SerializeToNode(granted, McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(SubscriptionsListenNotifications)))!.AsObject();
            if (handles.Count > 0)
            {
                all[HandleIds] = handles;
            }

            await SendAsync(request, NotificationMethods.SubscriptionsAcknowledgedNotification, new JsonObject { ["notifications"] = all }, cancellationToken).ConfigureAwait(false);
            acknowledged.SetResult();
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _end.Token);
            await Task.Delay(Timeout.Infinite, ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return new EmptyResult();
        }
        catch (OpenCodeException e)
        {
            throw ResourceShelf.Protocol(e);
        }
        finally
        {
            following.ForEach(one => one.Dispose());
            acknowledged.TrySetCanceled(CancellationToken.None);
        }

        // Whole, as tasks/get gives it at this moment. What was deleted has nothing more to tell.
        async Task TellHandleAsync(string id, CancellationToken token)
        {
            if (await extension.FindAsync(id, caller, token).ConfigureAwait(false) is { Handle: var handle })
            {
                await TellAsync("notifications/tasks", handle.Detailed(), token).ConfigureAwait(false);
            }
        }

        async Task TellAsync(string method, JsonObject parameters, CancellationToken token)
        {
            await acknowledged.Task.ConfigureAwait(false);
            await SendAsync(request, method, parameters, token).ConfigureAwait(false);
        }
    }

    private static IEnumerable<string> HandlesOf(JsonRpcRequest request)
    {
        if (request.Params?["notifications"]?[HandleIds] is not { } wanted)
        {
            return [];
        }

        if (!TasksExtension.IsDeclared(request))
        {
            throw TasksExtension.Undeclared();
        }

        return wanted.AsArray().Select(static id => id?.GetValue<string>() ?? "").Distinct(StringComparer.Ordinal).Take(Session.MostFollowed);
    }

    // Clients that share a channel know by the request's id whose a notification is.
    private static Task SendAsync(RequestContext<SubscriptionsListenRequestParams> request, string method, JsonObject parameters, CancellationToken cancellationToken)
    {
        parameters["_meta"] = new JsonObject { [MetaKeys.SubscriptionId] = request.JsonRpcRequest.Id.Id switch { string text => text, long number => number, _ => null } };
        return request.Server.SendMessageAsync(new JsonRpcNotification { Method = method, Params = parameters }, cancellationToken);
    }
}

using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace OpenCode.McpHost.Http;

/// <summary><c>GET /health</c>: the process lives. <c>GET /health/ready</c>: it can serve. Neither says anything of the store but that.</summary>
internal static class Health
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    public static void Map(WebApplication app, Store store)
    {
        app.MapGet("/health", static context => WriteAsync(context, StatusCodes.Status200OK, "ok", null));
        app.MapGet("/health/ready", async context =>
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
            limit.CancelAfter(Longest);
            try
            {
                var runtime = await store.OpenAsync(limit.Token).ConfigureAwait(false);
                await runtime.Changes.ListMarkAsync(limit.Token).ConfigureAwait(false);
                await WriteAsync(context, StatusCodes.Status200OK, "ready", null).ConfigureAwait(false);
            }
            catch (OpenCodeException e)
            {
                await WriteAsync(context, StatusCodes.Status503ServiceUnavailable, "unavailable", e.Error.ToString()).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
            {
                await WriteAsync(context, StatusCodes.Status503ServiceUnavailable, "unavailable", nameof(OpenCodeError.StoreUnavailable)).ConfigureAwait(false);
            }
        });
    }

    private static Task WriteAsync(HttpContext context, int status, string word, string? error)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.Headers.CacheControl = "no-store";
        var json = new JsonObject { ["status"] = word, ["version"] = TaskServer.Version };
        if (error is not null)
        {
            json["error"] = error;
        }

        return context.Response.WriteAsync(json.ToJsonString(), context.RequestAborted);
    }
}

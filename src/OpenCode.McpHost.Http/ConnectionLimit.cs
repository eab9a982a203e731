using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace OpenCode.McpHost.Http;

/// <summary>Counts connections, and marks those beyond the limit: their requests are refused with a sentence instead of silence.</summary>
/// <param name="most">The limit.</param>
internal sealed class ConnectionLimit(int most)
{
    private static readonly object Mark = new();

    private int _open;

    public static bool IsBeyond(HttpContext context) => context.Features.Get<IConnectionItemsFeature>()?.Items.ContainsKey(Mark) is true;

    public void Watch(ListenOptions options) => options.Use(next => async connection =>
    {
        if (Interlocked.Increment(ref _open) > most)
        {
            connection.Items[Mark] = null;
        }

        try
        {
            await next(connection).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    });
}

using System.Text.Json;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace OpenCode.McpHost.Stdio;

/// <summary>A line that is no message: finds out whether somebody waits for an answer to it.</summary>
internal static class BrokenFrame
{
    private const int MostDepth = 64; // System.Text.Json's own

    /// <summary>The answer that the sender can be given, or null when the line does not say which request it was.</summary>
    public static JsonRpcError? Answer(Line line, int limit)
    {
        var (id, isAnswer, depth) = Scan(line);
        if (id is null || isAnswer)
        {
            return null;
        }

        var (code, message) = (line.Cut, depth) switch
        {
            (true, _) => (McpErrorCode.InvalidRequest, $"The message has more than {limit} bytes, the most this server reads. Put large data into a file of the task's workspace."),
            (_, null) => (McpErrorCode.ParseError, "The message is not valid JSON."),
            (_, > MostDepth) => (McpErrorCode.ParseError, $"The message is nested deeper than {MostDepth} levels."),
            _ => (McpErrorCode.InvalidRequest, "The message is not a JSON-RPC 2.0 request: it needs \"jsonrpc\": \"2.0\", an \"id\" and a \"method\", each of its type, and no member twice."),
        };
        return new JsonRpcError { Id = id.Value, Error = new JsonRpcErrorDetail { Code = (int)code, Message = message } };
    }

    // Depth is null when the line is no JSON.
    private static (RequestId? Id, bool IsAnswer, int? Depth) Scan(Line line)
    {
        RequestId? id = null;
        var depth = 0;
        var isAnswer = false;
        try
        {
            // The depth is bounded by the line's length; what broke the message may be its depth.
            var options = new JsonReaderOptions { MaxDepth = int.MaxValue };
            var reader = new Utf8JsonReader(line.Bytes.Span, isFinalBlock: !line.Cut, new JsonReaderState(options));
            while (reader.Read())
            {
                depth = Math.Max(depth, reader.CurrentDepth);
                if (reader is not { TokenType: JsonTokenType.PropertyName, CurrentDepth: 1 })
                {
                    continue;
                }

                isAnswer |= reader.ValueTextEquals("result"u8) || reader.ValueTextEquals("error"u8);
                if (reader.ValueTextEquals("id"u8) && reader.Read())
                {
                    id = reader.TokenType switch
                    {
                        JsonTokenType.String => new RequestId(reader.GetString()!),
                        JsonTokenType.Number when reader.TryGetInt64(out var number) => new RequestId(number),
                        _ => null,
                    };
                }
            }

            return (id, isAnswer, depth);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return (id, isAnswer, null);
        }
    }
}

using System.Text.Json;

namespace OpenCode.McpHost.Tools;

/// <summary>A call of a tool in its plainest form: an id, a name, and arguments that are texts. Whatever has more in it, or is not quite right, is no such call and the SDK's to read.</summary>
/// <param name="Id">The request's id, a text or a whole number.</param>
/// <param name="Tool">The tool's name.</param>
/// <param name="Arguments">The arguments.</param>
internal sealed record PlainCall(object Id, string Tool, Dictionary<string, JsonElement> Arguments)
{
    /// <summary>What is longer is not looked into: it would be read twice.</summary>
    public const int MostBytes = 2048;

    /// <summary>Reads a message; null when it is no such call.</summary>
    public static PlainCall? Read(ReadOnlySpan<byte> message)
    {
        if (message.Length > MostBytes || message.IndexOf("\"tools/call\""u8) < 0)
        {
            return null;
        }

        try
        {
            var reader = new Utf8JsonReader(message);
            return Read(ref reader);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null; // no JSON, or half of a surrogate pair
        }
    }

    private static PlainCall? Read(ref Utf8JsonReader reader)
    {
        object? id = null;
        (string Tool, Dictionary<string, JsonElement> Arguments)? call = null;
        var (isRpc, isCall) = (false, false);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return null;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            // A member that is there twice is not taken the second time.
            if (!isRpc && reader.ValueTextEquals("jsonrpc"u8))
            {
                isRpc = reader.Read() && reader.TokenType == JsonTokenType.String && reader.ValueTextEquals("2.0"u8);
                if (!isRpc)
                {
                    return null;
                }
            }
            else if (!isCall && reader.ValueTextEquals("method"u8))
            {
                isCall = reader.Read() && reader.TokenType == JsonTokenType.String && reader.ValueTextEquals("tools/call"u8);
                if (!isCall)
                {
                    return null;
                }
            }
            else if (id is null && reader.ValueTextEquals("id"u8))
            {
                id = ReadId(ref reader);
                if (id is null)
                {
                    return null;
                }
            }
            else if (call is null && reader.ValueTextEquals("params"u8))
            {
                call = ReadParameters(ref reader);
                if (call is null)
                {
                    return null;
                }
            }
            else
            {
                return null;
            }
        }

        // The last read finds out whether something follows.
        return isRpc && isCall && id is not null && call is { } read && !reader.Read() ? new PlainCall(id, read.Tool, read.Arguments) : null;
    }

    private static object? ReadId(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType switch
        {
            JsonTokenType.String => reader.GetString(),
            JsonTokenType.Number when reader.TryGetInt64(out var number) => number,
            _ => null,
        };
    }

    private static (string Tool, Dictionary<string, JsonElement> Arguments)? ReadParameters(ref Utf8JsonReader reader)
    {
        string? tool = null;
        Dictionary<string, JsonElement>? arguments = null;
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return null;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (tool is null && reader.ValueTextEquals("name"u8) && reader.Read() && reader.TokenType == JsonTokenType.String)
            {
                tool = reader.GetString();
            }
            else if (arguments is null && reader.ValueTextEquals("arguments"u8) && reader.Read())
            {
                arguments = ReadArguments(ref reader);
                if (arguments is null)
                {
                    return null;
                }
            }
            else
            {
                return null; // _meta among others: what it asks for is the SDK's to know
            }
        }

        return tool is not null && arguments is not null ? (tool, arguments) : null;
    }

    private static Dictionary<string, JsonElement>? ReadArguments(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return null;
        }

        var arguments = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            if (!reader.Read() || reader.TokenType != JsonTokenType.String || !arguments.TryAdd(name, JsonElement.ParseValue(ref reader)))
            {
                return null;
            }
        }

        return arguments;
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;

namespace OpenCode.McpHost.Tools;

/// <summary>An argument of a tool: what its schema says and what its reader takes are one thing.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">What it is, for a model; null when the name says it.</param>
internal abstract record Parameter(string Name, string? Description)
{
    public bool Required { get; init; }

    /// <summary>What is allowed, to follow "has to be".</summary>
    protected abstract string Allowed { get; }

    public JsonObject Schema()
    {
        var schema = new JsonObject();
        Describe(schema);
        if (Description is not null)
        {
            schema["description"] = Description;
        }

        return schema;
    }

    /// <summary>Reads the argument.</summary>
    /// <exception cref="OpenCodeException">InvalidArgument: not of the type, or out of bounds; the message names the argument.</exception>
    public object Read(JsonElement value)
    {
        try
        {
            return Take(value) ?? throw Wrong(value);
        }
        catch (InvalidOperationException)
        {
            // Text with half of a surrogate pair cannot be read.
            throw new OpenCodeException(OpenCodeError.InvalidArgument, $"The argument '{Name}' has text that is not valid Unicode.", Name);
        }
    }

    protected abstract void Describe(JsonObject schema);

    /// <summary>The value, or null when it is not allowed.</summary>
    protected abstract object? Take(JsonElement value);

    private OpenCodeException Wrong(JsonElement value)
    {
        var shown = value.ValueKind switch
        {
            JsonValueKind.Object => "an object",
            JsonValueKind.Array => "an array",
            _ => value.GetRawText() is { Length: > 40 } text ? text[..40] + "…" : value.GetRawText(),
        };
        return new OpenCodeException(OpenCodeError.InvalidArgument, $"The argument '{Name}' is {shown}. It has to be {Allowed}.", Name);
    }
}

using System.Buffers;
using System.Globalization;
using System.Text;

namespace OpenCode.Common;

/// <summary>What a caller may hand over: one place for the forms and limits of names, ids and texts.</summary>
public static class Input
{
    /// <summary>The longest id, in characters.</summary>
    public const int IdLength = 128;

    /// <summary>The longest name, in characters.</summary>
    public const int NameLength = 255;

    /// <summary>The longest name of an owner or agent, in characters.</summary>
    public const int AgentLength = 128;

    /// <summary>The longest description, message, decision or reason, in bytes of UTF-8.</summary>
    public const int TextBytes = 256 * 1024;

    /// <summary>The largest metadata, in bytes of UTF-8.</summary>
    public const int MetadataBytes = 256 * 1024;

    /// <summary>The largest state data or result, in bytes of UTF-8.</summary>
    public const int DataBytes = 4 * 1024 * 1024;

    private static readonly SearchValues<char> IdCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");

    /// <summary>True for <c>^[A-Za-z0-9_-]{1,128}$</c>, the form of every id: no separator, no dot, nothing that leads out of a folder.</summary>
    public static bool IsId(string? id) => id is { Length: > 0 and <= IdLength } && !id.AsSpan().ContainsAnyExcept(IdCharacters);

    /// <summary>Takes an id, or a prefix of one.</summary>
    /// <exception cref="OpenCodeException">InvalidArgument: it is not of the form.</exception>
    public static string Id(string? id, string what = "task id") => IsId(id)
        ? id!
        : throw Bad($"The {what} '{Shown(id)}' is not valid: give 1 to {IdLength} letters, digits, '_' or '-'.", id);

    /// <summary>Takes the name of a task.</summary>
    /// <exception cref="OpenCodeException">InvalidArgument: empty, longer than 255 characters, or with control characters.</exception>
    public static string Name(string? name) => Line(name, NameLength, "task name");

    /// <summary>Takes the name of an agent or owner.</summary>
    /// <exception cref="OpenCodeException">InvalidArgument: empty, longer than 128 characters, or with control characters.</exception>
    public static string Agent(string? agent, string what = "agent id") => Line(agent, AgentLength, what);

    /// <summary>Takes a text, or none.</summary>
    /// <exception cref="OpenCodeException">LimitExceeded: over 256 KiB; InvalidArgument: not valid Unicode.</exception>
    public static string? Text(string? text, string what)
    {
        if (text is not null)
        {
            Limit(Utf8Length(text, what), TextBytes, what);
        }

        return text;
    }

    /// <summary>Takes a text that must be there.</summary>
    /// <exception cref="OpenCodeException">As <see cref="Text"/>, and InvalidArgument when it is empty or white space.</exception>
    public static string RequiredText(string? text, string what) => string.IsNullOrWhiteSpace(text)
        ? throw Bad($"The {what} is empty. Give some text.", null)
        : Text(text, what)!;

    /// <summary>Takes metadata, or none.</summary>
    /// <exception cref="OpenCodeException">LimitExceeded: over 256 KiB as JSON.</exception>
    public static JsonMap? Metadata(JsonMap? metadata)
    {
        if (metadata is not null)
        {
            Limit(Utf8Length(metadata.ToString(), "metadata"), MetadataBytes, "metadata");
        }

        return metadata;
    }

    /// <summary>Takes a JSON text as data of a state or result.</summary>
    /// <exception cref="OpenCodeException">LimitExceeded: over 4 MiB.</exception>
    public static string Data(string json, string what)
    {
        Limit(Utf8Length(json, what), DataBytes, what);
        return json;
    }

    /// <summary>Takes one line of text.</summary>
    /// <exception cref="OpenCodeException">InvalidArgument: empty, longer than the limit, or with control characters.</exception>
    internal static string Line(string? text, int limit, string what)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            throw Bad($"The {what} is empty. Give 1 to {limit} characters.", null);
        }

        if (text.Length > limit)
        {
            throw Bad(string.Create(CultureInfo.InvariantCulture, $"The {what} '{Shown(text)}' has {text.Length} characters; the limit is {limit}. Shorten it, and put the rest into the description."), Shown(text));
        }

        foreach (var character in text)
        {
            if (char.IsControl(character))
            {
                throw Bad(string.Create(CultureInfo.InvariantCulture, $"The {what} '{Shown(text)}' has the control character U+{(int)character:X4}. Give one line of text."), Shown(text));
            }
        }

        _ = Utf8Length(text, what);
        return text;
    }

    private static int Utf8Length(string text, string what)
    {
        try
        {
            return StrictUtf8.GetByteCount(text);
        }
        catch (EncoderFallbackException e)
        {
            throw Bad(string.Create(CultureInfo.InvariantCulture, $"The {what} has half of a surrogate pair at position {e.Index}, which is not valid Unicode. Remove that character."), null);
        }
    }

    private static UTF8Encoding StrictUtf8 { get; } = new(false, throwOnInvalidBytes: true);

    private static void Limit(int bytes, int limit, string what)
    {
        if (bytes > limit)
        {
            throw new OpenCodeException(OpenCodeError.LimitExceeded, string.Create(CultureInfo.InvariantCulture, $"The {what} has {bytes} bytes; the limit is {limit}. Put large data into a file of the task's workspace and refer to it."));
        }
    }

    private static string Shown(string? text)
    {
        if (text is null)
        {
            return "";
        }

        var shown = text.Length > 60 ? text[..60] + "…" : text;
        return string.Concat(shown.Select(c => char.IsControl(c) ? '�' : c));
    }

    private static OpenCodeException Bad(string message, string? target) => new(OpenCodeError.InvalidArgument, message, target);
}

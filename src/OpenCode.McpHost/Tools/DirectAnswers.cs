using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace OpenCode.McpHost.Tools;

/// <summary>
/// Answers plain calls of direct tools on the thread that has read them, without waiting for anybody: the answer is the one that the ordinary way by the SDK would give, at a fraction of its cost. Where there is
/// anything else to do or to tell - a failure too - nothing is answered, and the message goes the ordinary way.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="tools">The tools that are offered.</param>
internal sealed class DirectAnswers(Store store, IEnumerable<TaskTool> tools)
{
    /// <summary>From this revision on an answer says more than is written here.</summary>
    public const string FirstWithout = "2026-07-28";

    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private readonly TaskTool[] _tools = [.. tools.Where(static tool => tool is IDirectTool)];

    /// <summary>Whether a client of this revision can be answered so; null when it is not known.</summary>
    public static bool IsFor(string? revision) => revision is not null && string.CompareOrdinal(revision, FirstWithout) < 0;

    /// <summary>Answers a message; null when it has to go the ordinary way.</summary>
    /// <param name="message">The message as it came in.</param>
    /// <param name="caller">Who calls; null where that is not asked.</param>
    /// <param name="before">What is to stand before the answer.</param>
    /// <param name="after">What is to stand behind it.</param>
    public ReadOnlyMemory<byte>? Answer(ReadOnlySpan<byte> message, Caller? caller, ReadOnlySpan<byte> before, ReadOnlySpan<byte> after)
    {
        if (PlainCall.Read(message) is not { } call || Array.Find(_tools, tool => tool.Name == call.Tool) is not { } tool || store.Opened is not { } runtime || Answer(tool, call, caller, runtime) is not { } answer)
        {
            return null;
        }

        var output = new ArrayBufferWriter<byte>(answer.Structured.Length + (answer.Text.Length * 5 / 4) + 256);
        output.Write(before);
        using (var writer = new Utf8JsonWriter(output, Plain))
        {
            Write(writer, call.Id, answer);
        }

        output.Write(after);
        return output.WrittenMemory;
    }

    private static DirectAnswer? Answer(TaskTool tool, PlainCall call, Caller? caller, OpenCodeRuntime runtime)
    {
        try
        {
            var input = ToolInput.Read(tool.Name, tool.Parameters, call.Arguments);
            var answer = caller is null || tool.ScopeOf(input) <= caller.Scope ? ((IDirectTool)tool).AnswerNow(new ToolCall(runtime, input, null) { Caller = caller }) : null;

            // A message is a line.
            return answer is { } given && given.Structured.Span.Contains((byte)'\n') ? null : answer;
        }
        catch (OpenCodeException)
        {
            return null; // the ordinary way comes to the same, and tells it
        }
    }

    // In the order in which the SDK writes it.
    private static void Write(Utf8JsonWriter writer, object id, DirectAnswer answer)
    {
        writer.WriteStartObject();
        writer.WriteStartObject("result"u8);
        writer.WriteStartArray("content"u8);
        writer.WriteStartObject();
        writer.WriteString("type"u8, "text"u8);
        writer.WriteString("text"u8, answer.Text.Span);
        writer.WriteEndObject();
        writer.WriteEndArray();
        writer.WritePropertyName("structuredContent"u8);
        writer.WriteRawValue(answer.Structured.Span, skipInputValidation: true);
        writer.WriteEndObject();
        if (id is long number)
        {
            writer.WriteNumber("id"u8, number);
        }
        else
        {
            writer.WriteString("id"u8, (string)id);
        }

        writer.WriteString("jsonrpc"u8, "2.0"u8);
        writer.WriteEndObject();
    }
}

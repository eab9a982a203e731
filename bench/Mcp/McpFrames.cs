using System.Text;

namespace OpenCode.Bench.Mcp;

/// <summary>The messages of a client, written by hand: an SDK's client would take its time beside both servers, and make them more alike than they are.</summary>
internal static class McpFrames
{
    public const string Revision = "2025-11-25";

    public const string Initialize = $$$$"""{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"{{{{Revision}}}}","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}""";

    public const string Initialized = """{"jsonrpc":"2.0","method":"notifications/initialized"}""";

    /// <summary>A call of the empty tool.</summary>
    public static string Echo(int id) => $$$$"""{"jsonrpc":"2.0","id":{{{{id}}}},"method":"tools/call","params":{"name":"echo","arguments":{"text":"task_0000000000000000"}}}""";

    /// <summary>A call of ours.</summary>
    public static string Status(int id) => $$$$"""{"jsonrpc":"2.0","id":{{{{id}}}},"method":"tools/call","params":{"name":"get_task_status","arguments":{"taskId":"bench"}}}""";

    /// <summary>Makes the task that <see cref="Status"/> asks for.</summary>
    public const string Create = """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"create_task_sandbox","arguments":{"taskId":"bench","name":"A task of the benchmark","description":"Read the whole module and say what it does, then change it.","owner":"bench","metadata":{"area":"bench","number":1}}}}""";

    /// <summary>Looks whether an answer is one: a figure of refusals would be worth nothing.</summary>
    public static void Check(ReadOnlySpan<byte> answer)
    {
        if (answer.IndexOf("\"result\":"u8) < 0 || answer.IndexOf("\"isError\":true"u8) >= 0)
        {
            throw new InvalidOperationException($"The server answered '{Encoding.UTF8.GetString(answer)}'; the figure would be worth nothing.");
        }
    }
}

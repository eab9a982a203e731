using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace OpenCode.Cmdlets;

/// <summary>An MCP server as the settings of clients name it.</summary>
/// <param name="Name">The server's name in the client.</param>
/// <param name="Command">The program that is started, and its arguments.</param>
/// <param name="Environment">Variables it is given besides its client's own.</param>
internal sealed record McpSettings(string Name, IReadOnlyList<string> Command, IReadOnlyDictionary<string, string> Environment)
{
    /// <summary>Where a host serves HTTP, for clients that do not start one; null for those that do.</summary>
    public McpAddress? Address { get; init; }

    private static readonly JsonWriterOptions Options = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The JSON text for a client's settings file.</summary>
    public string For(McpClient client)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, Options))
        {
            writer.WriteStartObject();
            if (Address is not null)
            {
                Address.Write(writer, client, Name);
            }
            else
            {
                WriteProgram(writer, client);
            }

            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private void WriteProgram(Utf8JsonWriter writer, McpClient client)
    {
        switch (client)
        {
            // https://code.visualstudio.com/docs/copilot/reference/mcp-configuration
            case McpClient.VSCode: WriteServer(writer, "servers", "stdio"); break;

            // A type is optional in .mcp.json of Claude Code, which writes it itself; Claude Desktop and Cursor know none.
            case McpClient.ClaudeCode: WriteServer(writer, "mcpServers", "stdio"); break;

            // https://opencode.ai/docs/mcp-servers
            case McpClient.OpenCode: WriteForOpenCode(writer); break;
            default: WriteServer(writer, "mcpServers", null); break;
        }
    }

    private void WriteServer(Utf8JsonWriter writer, string section, string? type)
    {
        writer.WriteStartObject(section);
        writer.WriteStartObject(Name);
        if (type is not null)
        {
            writer.WriteString("type", type);
        }

        writer.WriteString("command", Command[0]);
        WriteTexts(writer, "args", Command.Skip(1));
        WriteEnvironment(writer, "env");
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private void WriteForOpenCode(Utf8JsonWriter writer)
    {
        writer.WriteString("$schema", "https://opencode.ai/config.json");
        writer.WriteStartObject("mcp");
        writer.WriteStartObject(Name);
        writer.WriteString("type", "local");
        WriteTexts(writer, "command", Command);
        writer.WriteBoolean("enabled", true);
        WriteEnvironment(writer, "environment");
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void WriteTexts(Utf8JsonWriter writer, string name, IEnumerable<string> texts)
    {
        writer.WriteStartArray(name);
        foreach (var text in texts)
        {
            writer.WriteStringValue(text);
        }

        writer.WriteEndArray();
    }

    private void WriteEnvironment(Utf8JsonWriter writer, string name)
    {
        if (Environment.Count == 0)
        {
            return;
        }

        writer.WriteStartObject(name);
        foreach (var (variable, value) in Environment)
        {
            writer.WriteString(variable, value);
        }

        writer.WriteEndObject();
    }
}

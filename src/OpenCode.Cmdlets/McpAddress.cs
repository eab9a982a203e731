using System.Text.Json;

namespace OpenCode.Cmdlets;

/// <summary>An MCP host over HTTP as the settings of clients name it.</summary>
/// <param name="Url">Its address.</param>
/// <param name="Token">The token it is shown; null leaves it to the client, by a variable or by asking its user.</param>
/// <param name="Asks">True when the host asks for a token.</param>
internal sealed record McpAddress(Uri Url, string? Token, bool Asks)
{
    /// <summary>The environment variable that clients are told to take the token from.</summary>
    public const string Variable = "OPENCODE_MCP_TOKEN";

    private const string Input = "opencode-mcp-token";

    public void Write(Utf8JsonWriter writer, McpClient client, string name)
    {
        switch (client)
        {
            // https://code.visualstudio.com/docs/copilot/reference/mcp-configuration: it asks once, and keeps the answer where it keeps secrets.
            case McpClient.VSCode:
                WriteInput(writer);
                WriteServer(writer, "servers", name, "http", $"${{input:{Input}}}");
                break;

            // https://code.claude.com/docs/en/mcp
            case McpClient.ClaudeCode: WriteServer(writer, "mcpServers", name, "http", $"${{{Variable}}}"); break;

            // https://cursor.com/docs/context/mcp
            case McpClient.Cursor: WriteServer(writer, "mcpServers", name, null, $"${{env:{Variable}}}"); break;

            // https://opencode.ai/docs/mcp-servers
            case McpClient.OpenCode:
                writer.WriteString("$schema", "https://opencode.ai/config.json");
                WriteServer(writer, "mcp", name, "remote", $"{{env:{Variable}}}");
                break;
            case McpClient.ClaudeDesktop:
                throw new OpenCodeException(OpenCodeError.NotSupported, "The settings file of Claude Desktop names programs, not addresses. Leave -Http out, or add the address as a connector in the program itself.", nameof(McpClient.ClaudeDesktop));
            default: WriteServer(writer, "mcpServers", name, "http", "<token>"); break;
        }
    }

    private void WriteInput(Utf8JsonWriter writer)
    {
        if (Token is not null || !Asks)
        {
            return;
        }

        writer.WriteStartArray("inputs");
        writer.WriteStartObject();
        writer.WriteString("type", "promptString");
        writer.WriteString("id", Input);
        writer.WriteString("description", "The token that New-OcMcpToken made");
        writer.WriteBoolean("password", true);
        writer.WriteEndObject();
        writer.WriteEndArray();
    }

    private void WriteServer(Utf8JsonWriter writer, string section, string name, string? type, string reference)
    {
        writer.WriteStartObject(section);
        writer.WriteStartObject(name);
        if (type is not null)
        {
            writer.WriteString("type", type);
        }

        writer.WriteString("url", Url.ToString());
        if (section == "mcp")
        {
            writer.WriteBoolean("enabled", true);
            writer.WriteBoolean("oauth", false); // otherwise it answers a 401 by looking for somebody who gives out tokens
        }

        if (Token is not null || Asks)
        {
            writer.WriteStartObject("headers");
            writer.WriteString("Authorization", $"Bearer {Token ?? reference}");
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }
}

using System.Text.Json;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace OpenCode.Tests.ConformanceHost;

/// <summary>A tool the suite calls.</summary>
/// <param name="Definition">As it is listed.</param>
/// <param name="Run">What it does.</param>
internal sealed record FixtureTool(Tool Definition, McpRequestHandler<CallToolRequestParams, CallToolResult> Run)
{
    private static readonly JsonElement NoArguments = JsonDocument.Parse("""{ "type": "object" }""").RootElement;

    public static FixtureTool Of(string name, McpRequestHandler<CallToolRequestParams, CallToolResult> run, JsonElement? schema = null) =>
        new(new Tool { Name = name, Description = $"A fixture of the conformance suite: {name}.", InputSchema = schema ?? NoArguments }, run);

    /// <summary>One that always gives the same.</summary>
    public static FixtureTool Of(string name, params ContentBlock[] content) =>
        Of(name, (_, _) => ValueTask.FromResult(new CallToolResult { Content = [.. content] }));

    public static CallToolResult Text(string text) => new() { Content = [new TextContentBlock { Text = text }] };
}

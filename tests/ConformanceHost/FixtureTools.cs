using System.Text.Json;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace OpenCode.Tests.ConformanceHost;

/// <summary>The suite's tools that are done in one go.</summary>
internal static class FixtureTools
{
    /// <summary>A red pixel.</summary>
    public static readonly byte[] Png = Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==");

    // 8,000 samples a second of one byte, and none of them.
    private static readonly byte[] Wav = [.. "RIFF$\0\0\0WAVEfmt "u8, 16, 0, 0, 0, 1, 0, 1, 0, 64, 31, 0, 0, 64, 31, 0, 0, 1, 0, 8, 0, .. "data\0\0\0\0"u8];

    private static readonly string[] Steps = ["Tool execution started", "Tool processing data", "Tool execution completed"];

    public static IReadOnlyList<FixtureTool> All { get; } =
    [
        FixtureTool.Of("test_simple_text", Text("This is a simple text response for testing.")),
        FixtureTool.Of("test_image_content", ImageContentBlock.FromBytes(Png, "image/png")),
        FixtureTool.Of("test_audio_content", AudioContentBlock.FromBytes(Wav, "audio/wav")),
        FixtureTool.Of("test_embedded_resource", Embedded("test://embedded-resource", "text/plain", "This is an embedded resource content.")),
        FixtureTool.Of(
            "test_multiple_content_types",
            Text("Multiple content types test:"),
            ImageContentBlock.FromBytes(Png, "image/png"),
            Embedded("test://mixed-content-resource", "application/json", """{"test":"data","value":123}""")),
        FixtureTool.Of("test_error_handling", static (_, _) => ValueTask.FromResult(new CallToolResult { IsError = true, Content = [Text("This tool intentionally returns an error for testing")] })),
        FixtureTool.Of("test_tool_with_logging", LogAsync),
        FixtureTool.Of("test_logging_tool", LogAsync),
        FixtureTool.Of("test_tool_with_progress", ProgressAsync),
        FixtureTool.Of("json_schema_2020_12_tool", static (_, _) => ValueTask.FromResult(FixtureTool.Text("done")), Schema("""
            {
              "$schema": "https://json-schema.org/draft/2020-12/schema",
              "type": "object",
              "$defs": { "address": { "$anchor": "addressDef", "type": "object", "properties": { "street": { "type": "string" }, "city": { "type": "string" } } } },
              "properties": {
                "name": { "type": "string" },
                "address": { "$ref": "#/$defs/address" },
                "contactMethod": { "type": "string", "enum": ["phone", "email"] },
                "phone": { "type": "string" },
                "email": { "type": "string" }
              },
              "allOf": [{ "anyOf": [{ "required": ["phone"] }, { "required": ["email"] }] }],
              "if": { "properties": { "contactMethod": { "const": "phone" } }, "required": ["contactMethod"] },
              "then": { "required": ["phone"] },
              "else": { "required": ["email"] },
              "additionalProperties": false
            }
            """)),
        .. FixtureInputs.All,
        .. FixtureHandles.Tools,
    ];

    public static JsonElement Schema(string json) => JsonDocument.Parse(json).RootElement;

    private static TextContentBlock Text(string text) => new() { Text = text };

    private static EmbeddedResourceBlock Embedded(string uri, string type, string text) => new() { Resource = new TextResourceContents { Uri = uri, MimeType = type, Text = text } };

    // Only to who asked for messages of this level: earlier revisions by logging/setLevel, later ones with the request itself.
    private static async ValueTask<CallToolResult> LogAsync(RequestContext<CallToolRequestParams> request, CancellationToken cancellationToken)
    {
        foreach (var step in Steps.Where(_ => request.Server.LoggingLevel <= LoggingLevel.Info))
        {
            await request.Server.SendNotificationAsync(
                NotificationMethods.LoggingMessageNotification,
                new LoggingMessageNotificationParams { Level = LoggingLevel.Info, Data = JsonSerializer.SerializeToElement(step) },
                cancellationToken: cancellationToken);
        }

        return FixtureTool.Text("Logged.");
    }

    private static async ValueTask<CallToolResult> ProgressAsync(RequestContext<CallToolRequestParams> request, CancellationToken cancellationToken)
    {
        foreach (var done in request.Params.ProgressToken is null ? [] : new[] { 0, 50, 100 })
        {
            await request.Server.NotifyProgressAsync(request.Params.ProgressToken!.Value, new ProgressNotificationValue { Progress = done, Total = 100 }, cancellationToken: cancellationToken);
        }

        return FixtureTool.Text("Done.");
    }
}

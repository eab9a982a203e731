using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ModelContextProtocol;

namespace OpenCode.McpHost.Tools;

/// <summary>What the SDK needs to know to write the JSON of answers.</summary>
internal static class AnswerJson
{
    public static JsonTypeInfo<JsonElement> ElementType { get; } = (JsonTypeInfo<JsonElement>)McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(JsonElement));
}

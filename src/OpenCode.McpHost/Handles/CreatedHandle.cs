using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using ModelContextProtocol.Protocol;

namespace OpenCode.McpHost.Handles;

/// <summary>The answer to a call whose work goes on: the handle instead of a result.</summary>
/// <param name="json">What the client is given.</param>
internal sealed class CreatedHandle(JsonObject json) : Result
{
    /// <summary>How the SDK writes it.</summary>
    public static JsonTypeInfo<CreatedHandle> TypeInfo { get; } = JsonMetadataServices.CreateValueInfo<CreatedHandle>(new JsonSerializerOptions { TypeInfoResolver = new DefaultJsonTypeInfoResolver() }, new Writer());

    public static CreatedHandle Of(Handle handle)
    {
        var json = handle.Created();
        json["resultType"] = "task";
        return new CreatedHandle(json);
    }

    private void WriteTo(Utf8JsonWriter writer) => json.WriteTo(writer);

    private sealed class Writer : JsonConverter<CreatedHandle>
    {
        public override CreatedHandle Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException("It is only written.");

        public override void Write(Utf8JsonWriter writer, CreatedHandle value, JsonSerializerOptions options) => value.WriteTo(writer);
    }
}

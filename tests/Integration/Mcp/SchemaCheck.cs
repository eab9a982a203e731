using System.Text.Json;
using System.Text.Json.Nodes;

namespace OpenCode.Tests.Integration.Mcp;

/// <summary>The few words of JSON Schema that our schemas use. A schema with another word fails, so that nothing goes unchecked.</summary>
internal static class SchemaCheck
{
    public static void Conforms(JsonObject schema, JsonNode? value) => Assert.True(Fits(schema, value), $"{value?.ToJsonString() ?? "null"} does not conform to {schema.ToJsonString()}");

    public static bool Fits(JsonObject schema, JsonNode? value) => schema.All(word => word.Key switch
    {
        "type" => Types(word.Value!).Any(type => IsOf(type, value)),
        "properties" => value is not JsonObject members || word.Value!.AsObject().All(property => !members.ContainsKey(property.Key) || Fits(property.Value!.AsObject(), members[property.Key])),
        "required" => value is not JsonObject present || word.Value!.AsArray().All(name => present.ContainsKey(name!.GetValue<string>())),
        "anyOf" => word.Value!.AsArray().Any(one => Fits(one!.AsObject(), value)),
        "items" => value is not JsonArray items || items.All(item => Fits(word.Value!.AsObject(), item)),
        "format" => word.Value!.GetValue<string>() == "date-time" && DateTimeOffset.TryParse(value?.GetValue<string>(), out _),
        "enum" => word.Value!.AsArray().Any(one => JsonNode.DeepEquals(one, value)),
        "description" or "default" or "minimum" or "maximum" or "minLength" or "maxLength" or "minItems" or "maxItems" or "pattern" or "additionalProperties" => true,
        _ => throw new InvalidOperationException($"The schema uses '{word.Key}', which this check does not know."),
    });

    private static IEnumerable<string> Types(JsonNode type) => type is JsonArray many ? many.Select(one => one!.GetValue<string>()) : [type.GetValue<string>()];

    private static bool IsOf(string type, JsonNode? value) => (type, value?.GetValueKind() ?? JsonValueKind.Null) switch
    {
        ("null", JsonValueKind.Null) => true,
        ("boolean", JsonValueKind.True or JsonValueKind.False) => true,
        ("string", JsonValueKind.String) => true,
        ("number", JsonValueKind.Number) => true,
        ("integer", JsonValueKind.Number) => value!.AsValue().TryGetValue<long>(out _),
        ("object", JsonValueKind.Object) => true,
        ("array", JsonValueKind.Array) => true,
        _ => false,
    };
}

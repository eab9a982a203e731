using System.Text.Json;
using System.Text.Json.Serialization;

namespace OpenCode.Tests.LockTaker.Histories;

/// <summary>Events as lines.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault, UseStringEnumConverter = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(HistoryEvent))]
internal sealed partial class HistoryJson : JsonSerializerContext
{
    public static byte[] Line(HistoryEvent entry) => [.. JsonSerializer.SerializeToUtf8Bytes(entry, Default.HistoryEvent), (byte)'\n'];

    public static HistoryEvent Read(string line) => JsonSerializer.Deserialize(line, Default.HistoryEvent)!;
}

using System.Text.Json;
using System.Text.Json.Serialization;
using OpenCode.Common;

namespace OpenCode.Registry.Sqlite.Leading;

/// <summary>How writes and their answers go from one process to another: both run the same build, so the records themselves are the format.</summary>
[JsonSourceGenerationOptions(
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    IgnoreReadOnlyProperties = true,
    IncludeFields = true, // of value tuples
    Converters = [typeof(JsonMapConverter), typeof(TaskResultConverter)])]
[JsonSerializable(typeof(ProcessIdentity))]
[JsonSerializable(typeof(WireError))]
[JsonSerializable(typeof(CreateTasks))]
[JsonSerializable(typeof(TransitionTask))]
[JsonSerializable(typeof(UpdateTask))]
[JsonSerializable(typeof(ChangeState))]
[JsonSerializable(typeof(AttachAgent))]
[JsonSerializable(typeof(DetachAgent))]
[JsonSerializable(typeof(RenewAgent))]
[JsonSerializable(typeof(ClaimHooks))]
[JsonSerializable(typeof(ReleaseHooks))]
[JsonSerializable(typeof(ClaimTask))]
[JsonSerializable(typeof(ReturnTask))]
[JsonSerializable(typeof(BeatAgent))]
[JsonSerializable(typeof(AcquireLocks))]
[JsonSerializable(typeof(WithdrawTicket))]
[JsonSerializable(typeof(RenewLocks))]
[JsonSerializable(typeof(ReleaseLocks))]
[JsonSerializable(typeof(RecordEvent))]
[JsonSerializable(typeof(MarkProjected))]
[JsonSerializable(typeof(BeginRequest))]
[JsonSerializable(typeof(EndRequest))]
[JsonSerializable(typeof(ProveWrite))]
[JsonSerializable(typeof(TaskChange))]
[JsonSerializable(typeof(IReadOnlyList<TaskChange>))]
[JsonSerializable(typeof(ClaimOutcome))]
[JsonSerializable(typeof(HookClaim))]
[JsonSerializable(typeof(LockGrant))]
[JsonSerializable(typeof(IReadOnlyList<Lease>))]
[JsonSerializable(typeof(RequestClaim))]
[JsonSerializable(typeof(bool))]
[JsonSerializable(typeof(int))]
[JsonSerializable(typeof(long))]
internal sealed partial class WireJson : JsonSerializerContext
{
    /// <summary>An object as its text, which nobody on the way has to read.</summary>
    private sealed class JsonMapConverter : JsonConverter<JsonMap>
    {
        public override JsonMap Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => global::OpenCode.JsonMap.FromTrusted(reader.GetString()!);

        public override void Write(Utf8JsonWriter writer, JsonMap value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
    }

    private sealed class TaskResultConverter : JsonConverter<TaskResult>
    {
        public override TaskResult Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => ResultJson.Read(reader.GetString()!);

        public override void Write(Utf8JsonWriter writer, TaskResult value, JsonSerializerOptions options) => writer.WriteStringValue(ResultJson.Write(value));
    }
}

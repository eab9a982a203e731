using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using OpenCode.Common;

namespace OpenCode.Registry.Sqlite.Leading;

/// <summary>A kind of write that one process can execute for another. Those that are not listed are made by the process that wants them.</summary>
internal abstract class WireWrite
{
    private static readonly WireJson Json = WireJson.Default;

    // In an order of its own for each build: both ends run the same one.
    private static readonly WireWrite[] All =
    [
        new Of<CreateTasks, IReadOnlyList<TaskChange>>(Json.CreateTasks, Json.IReadOnlyListTaskChange),
        new Of<TransitionTask, TaskChange>(Json.TransitionTask, Json.TaskChange),
        new Of<UpdateTask, TaskChange>(Json.UpdateTask, Json.TaskChange),
        new Of<ChangeState, TaskChange>(Json.ChangeState, Json.TaskChange),
        new Of<AttachAgent, TaskChange>(Json.AttachAgent, Json.TaskChange),
        new Of<DetachAgent, TaskChange>(Json.DetachAgent, Json.TaskChange),
        new Of<RenewAgent, TaskChange>(Json.RenewAgent, Json.TaskChange),
        new Of<ClaimHooks, HookClaim>(Json.ClaimHooks, Json.HookClaim),
        new Of<ReleaseHooks, bool>(Json.ReleaseHooks, Json.Boolean),
        new Of<ClaimTask, ClaimOutcome>(Json.ClaimTask, Json.ClaimOutcome),
        new Of<ReturnTask, bool>(Json.ReturnTask, Json.Boolean),
        new Of<BeatAgent, TaskChange>(Json.BeatAgent, Json.TaskChange),
        new Of<AcquireLocks, LockGrant>(Json.AcquireLocks, Json.LockGrant),
        new Of<WithdrawTicket, IReadOnlyList<Lease>>(Json.WithdrawTicket, Json.IReadOnlyListLease),
        new Of<RenewLocks, IReadOnlyList<Lease>>(Json.RenewLocks, Json.IReadOnlyListLease),
        new Of<ReleaseLocks, IReadOnlyList<Lease>>(Json.ReleaseLocks, Json.IReadOnlyListLease),
        new Of<RecordEvent, TaskChange>(Json.RecordEvent, Json.TaskChange),
        new Of<MarkProjected, int>(Json.MarkProjected, Json.Int32),
        new Of<BeginRequest, RequestClaim>(Json.BeginRequest, Json.RequestClaim),
        new Of<EndRequest, bool>(Json.EndRequest, Json.Boolean),
        new Of<ProveWrite, long>(Json.ProveWrite, Json.Int64),
    ];

    private static readonly Dictionary<Type, WireWrite> ByType = Number();

    /// <summary>The types of all of them.</summary>
    public static IEnumerable<Type> Types => ByType.Keys;

    /// <summary>Its number on the wire.</summary>
    public byte Kind { get; private set; }

    /// <summary>The type of the record.</summary>
    protected abstract Type Type { get; }

    /// <summary>The kind of a write; null when it does not travel.</summary>
    public static WireWrite? Find(object write) => ByType.GetValueOrDefault(write.GetType());

    /// <summary>The kind of a number.</summary>
    /// <exception cref="InvalidDataException">There is none.</exception>
    public static WireWrite At(byte kind) => kind < All.Length ? All[kind] : throw new InvalidDataException($"There is no kind of write {kind}.");

    /// <summary>Writes a write.</summary>
    public abstract void Write(Utf8JsonWriter writer, object write);

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public abstract object Read(ReadOnlySpan<byte> json);

    /// <summary>Executes a write.</summary>
    public abstract object Execute(RegistryRules rules, object write, IReadOnlyList<LeaseGuard> guards);

    /// <summary>Writes what <see cref="Execute"/> came to.</summary>
    public abstract void WriteAnswer(Utf8JsonWriter writer, object answer);

    /// <summary>Reads what <see cref="WriteAnswer"/> wrote.</summary>
    public abstract object ReadAnswer(ReadOnlySpan<byte> json);

    private static Dictionary<Type, WireWrite> Number()
    {
        var types = new Dictionary<Type, WireWrite>();
        for (var i = 0; i < All.Length; i++)
        {
            All[i].Kind = (byte)i;
            types.Add(All[i].Type, All[i]);
        }

        return types;
    }

    private sealed class Of<TWrite, TAnswer>(JsonTypeInfo<TWrite> write, JsonTypeInfo<TAnswer> answer) : WireWrite
        where TWrite : RegistryWrite<TAnswer>
    {
        protected override Type Type => typeof(TWrite);

        public override void Write(Utf8JsonWriter writer, object value) => JsonSerializer.Serialize(writer, (TWrite)value, write);

        public override object Read(ReadOnlySpan<byte> json) => JsonSerializer.Deserialize(json, write)!;

        public override object Execute(RegistryRules rules, object value, IReadOnlyList<LeaseGuard> guards) => rules.Execute((TWrite)value, guards)!;

        public override void WriteAnswer(Utf8JsonWriter writer, object value) => JsonSerializer.Serialize(writer, (TAnswer)value, answer);

        public override object ReadAnswer(ReadOnlySpan<byte> json) => JsonSerializer.Deserialize(json, answer)!;
    }
}

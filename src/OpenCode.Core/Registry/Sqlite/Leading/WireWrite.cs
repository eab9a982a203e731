using OpenCode.Common;

namespace OpenCode.Registry.Sqlite.Leading;

/// <summary>A kind of write that one process can execute for another. Those that are not listed are made by the process that wants them.</summary>
internal abstract class WireWrite
{
    // In an order of its own for each build: both ends run the same one.
    private static readonly WireWrite[] All =
    [
        new Of<CreateTasks, IReadOnlyList<TaskChange>>(WireForm.Put, WireForm.CreateTasks, WireForm.Put, WireForm.Changes),
        new Of<TransitionTask, TaskChange>(WireForm.Put, WireForm.TransitionTask, WireForm.Put, WireForm.Change),
        new Of<UpdateTask, TaskChange>(WireForm.Put, WireForm.UpdateTask, WireForm.Put, WireForm.Change),
        new Of<ChangeState, TaskChange>(WireForm.Put, WireForm.ChangeState, WireForm.Put, WireForm.Change),
        new Of<AttachAgent, TaskChange>(WireForm.Put, WireForm.AttachAgent, WireForm.Put, WireForm.Change),
        new Of<DetachAgent, TaskChange>(WireForm.Put, WireForm.DetachAgent, WireForm.Put, WireForm.Change),
        new Of<RenewAgent, TaskChange>(WireForm.Put, WireForm.RenewAgent, WireForm.Put, WireForm.Change),
        new Of<ClaimHooks, HookClaim>(WireForm.Put, WireForm.ClaimHooks, WireForm.Put, WireForm.HookClaim),
        new Of<ReleaseHooks, bool>(WireForm.Put, WireForm.ReleaseHooks, WireForm.Put, WireForm.Flag),
        new Of<ClaimTask, ClaimOutcome>(WireForm.Put, WireForm.ClaimTask, WireForm.Put, WireForm.ClaimOutcome),
        new Of<ReturnTask, bool>(WireForm.Put, WireForm.ReturnTask, WireForm.Put, WireForm.Flag),
        new Of<BeatAgent, TaskChange>(WireForm.Put, WireForm.BeatAgent, WireForm.Put, WireForm.Change),
        new Of<AcquireLocks, LockGrant>(WireForm.Put, WireForm.AcquireLocks, WireForm.Put, WireForm.LockGrant),
        new Of<WithdrawTicket, IReadOnlyList<Lease>>(WireForm.Put, WireForm.WithdrawTicket, WireForm.Put, WireForm.Leases),
        new Of<RenewLocks, IReadOnlyList<Lease>>(WireForm.Put, WireForm.RenewLocks, WireForm.Put, WireForm.Leases),
        new Of<ReleaseLocks, IReadOnlyList<Lease>>(WireForm.Put, WireForm.ReleaseLocks, WireForm.Put, WireForm.Leases),
        new Of<RecordEvent, TaskChange>(WireForm.Put, WireForm.RecordEvent, WireForm.Put, WireForm.Change),
        new Of<MarkProjected, int>(WireForm.Put, WireForm.MarkProjected, WireForm.Put, WireForm.Int),
        new Of<BeginRequest, RequestClaim>(WireForm.Put, WireForm.BeginRequest, WireForm.Put, WireForm.RequestClaim),
        new Of<EndRequest, bool>(WireForm.Put, WireForm.EndRequest, WireForm.Put, WireForm.Flag),
        new Of<ProveWrite, long>(static (_, _) => { }, static (ref _) => new ProveWrite(), WireForm.Put, WireForm.Number),
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
    public abstract void Write(FrameWriter to, object write);

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public abstract object Read(ref FrameReader from);

    /// <summary>Executes a write.</summary>
    public abstract object Execute(RegistryRules rules, object write, IReadOnlyList<LeaseGuard> guards);

    /// <summary>Writes what <see cref="Execute"/> came to.</summary>
    public abstract void WriteAnswer(FrameWriter to, object answer);

    /// <summary>Reads what <see cref="WriteAnswer"/> wrote.</summary>
    public abstract object ReadAnswer(ref FrameReader from);

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

    private sealed class Of<TWrite, TAnswer>(Action<FrameWriter, TWrite> put, FrameReader.Reading<TWrite> take, Action<FrameWriter, TAnswer> putAnswer, FrameReader.Reading<TAnswer> takeAnswer) : WireWrite
        where TWrite : RegistryWrite<TAnswer>
    {
        protected override Type Type => typeof(TWrite);

        public override void Write(FrameWriter to, object write) => put(to, (TWrite)write);

        public override object Read(ref FrameReader from) => take(ref from);

        public override object Execute(RegistryRules rules, object write, IReadOnlyList<LeaseGuard> guards) => rules.Execute((TWrite)write, guards)!;

        public override void WriteAnswer(FrameWriter to, object answer) => putAnswer(to, (TAnswer)answer);

        public override object ReadAnswer(ref FrameReader from) => takeAnswer(ref from)!;
    }
}

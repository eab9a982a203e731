using OpenCode.Common;

namespace OpenCode.Registry.Sqlite.Leading;

/// <content>The writes.</content>
internal static partial class WireForm
{
    public static void Put(FrameWriter to, CreateTasks write) => to.List(write.Tasks, Put);

    public static CreateTasks CreateTasks(ref FrameReader from) => new(from.List(NewTask));

    public static void Put(FrameWriter to, TransitionTask write)
    {
        to.Text(write.TaskId);
        to.Text(write.Operation);
        to.List(write.From, Put);
        to.Byte((byte)write.To);
        to.Number((int)write.Event);
        Put(to, write.Actor);
        to.Optional(write.Result, Put);
        to.Text(write.Error);
        to.Optional(write.Attach, Put);
        to.Number(write.ExpectedVersion);
        to.Number(write.HookClaim);
    }

    public static TransitionTask TransitionTask(ref FrameReader from) => new(from.Text(), from.Text(), from.List(Status), Status(ref from), (TaskEvent)from.Int(), Actor(ref from))
    {
        Result = from.Optional(Result),
        Error = from.OptionalText(),
        Attach = from.Optional(LeaseRequest),
        ExpectedVersion = from.OptionalNumber(),
        HookClaim = from.OptionalNumber(),
    };

    public static void Put(FrameWriter to, UpdateTask write)
    {
        to.Text(write.TaskId);
        Put(to, write.Actor);
        to.Number(write.ExpectedVersion);
        to.Text(write.Name);
        to.Text(write.Description);
        to.Text(write.Owner);
        to.Number(write.Priority);
        to.Text(write.Metadata?.ToString());
    }

    public static UpdateTask UpdateTask(ref FrameReader from) => new(from.Text(), Actor(ref from), from.OptionalNumber())
    {
        Name = from.OptionalText(),
        Description = from.OptionalText(),
        Owner = from.OptionalText(),
        Priority = from.OptionalInt(),
        Metadata = from.OptionalText() is { } map ? JsonMap.FromTrusted(map) : null,
    };

    public static void Put(FrameWriter to, ChangeState write)
    {
        to.Text(write.TaskId);
        Put(to, write.Actor);
        to.Number(write.ExpectedVersion);
        to.Text(write.StateData);
    }

    public static ChangeState ChangeState(ref FrameReader from) => new(from.Text(), Actor(ref from), from.OptionalNumber(), from.Text());

    public static void Put(FrameWriter to, AttachAgent write)
    {
        to.Text(write.TaskId);
        Put(to, write.Request);
        to.Flag(write.Starts);
        to.Number(write.Turn);
        to.Number(write.HookClaim);
    }

    public static AttachAgent AttachAgent(ref FrameReader from) => new(from.Text(), LeaseRequest(ref from))
    {
        Starts = from.Flag(),
        Turn = from.OptionalNumber(),
        HookClaim = from.OptionalNumber(),
    };

    public static void Put(FrameWriter to, DetachAgent write)
    {
        to.Text(write.TaskId);
        to.Text(write.Agent);
        to.Number(write.Fence);
    }

    public static DetachAgent DetachAgent(ref FrameReader from) => new(from.Text(), from.Text(), from.OptionalNumber());

    public static void Put(FrameWriter to, RenewAgent write)
    {
        to.Text(write.TaskId);
        Put(to, write.Actor);
    }

    public static RenewAgent RenewAgent(ref FrameReader from) => new(from.Text(), Actor(ref from));

    public static void Put(FrameWriter to, ClaimHooks write)
    {
        to.Text(write.TaskId);
        to.Text(write.Operation);
        to.List(write.From, Put);
        Put(to, write.Actor);
        to.Text(write.Agent);
        to.Number(write.Duration.Ticks);
        to.Flag(write.Starts);
    }

    public static ClaimHooks ClaimHooks(ref FrameReader from) => new(from.Text(), from.Text(), from.List(Status), Actor(ref from), from.OptionalText(), from.Span())
    {
        Starts = from.Flag(),
    };

    public static void Put(FrameWriter to, ReleaseHooks write)
    {
        to.Text(write.TaskId);
        to.Number(write.Claim);
    }

    public static ReleaseHooks ReleaseHooks(ref FrameReader from) => new(from.Text(), from.Number());

    public static void Put(FrameWriter to, ClaimTask write)
    {
        Put(to, write.Request);
        to.Text(write.Owner);
        to.List(write.Except, Put);
    }

    public static ClaimTask ClaimTask(ref FrameReader from) => new(LeaseRequest(ref from), from.OptionalText()) { Except = from.List(Text) };

    public static void Put(FrameWriter to, ReturnTask write)
    {
        to.Text(write.TaskId);
        to.Number(write.Fence);
        to.Text(write.Why);
    }

    public static ReturnTask ReturnTask(ref FrameReader from) => new(from.Text(), from.Number(), from.Text());

    public static void Put(FrameWriter to, BeatAgent write)
    {
        to.Text(write.TaskId);
        Put(to, write.Actor);
        to.Text(write.Progress);
    }

    public static BeatAgent BeatAgent(ref FrameReader from) => new(from.Text(), Actor(ref from), from.OptionalText());

    public static void Put(FrameWriter to, AcquireLocks write)
    {
        to.List(write.Resources, Put);
        to.Text(write.Owner);
        to.Byte((byte)write.Mode);
        to.Number(write.Duration.Ticks);
        to.Flag(write.Bound);
        to.Number(write.Wait?.Ticks);
        to.Text(write.RequestKey);
    }

    public static AcquireLocks AcquireLocks(ref FrameReader from) => new(from.List(Text), from.Text(), (LeaseMode)from.Byte(), from.Span(), from.Flag(), from.OptionalSpan())
    {
        RequestKey = from.OptionalText(),
    };

    public static void Put(FrameWriter to, WithdrawTicket write)
    {
        to.Number(write.Ticket);
        to.Flag(write.Release);
    }

    public static WithdrawTicket WithdrawTicket(ref FrameReader from) => new(from.Number(), from.Flag());

    public static void Put(FrameWriter to, RenewLocks write)
    {
        to.Text(write.Owner);
        to.List(write.Leases, Put);
        to.Number(write.Duration?.Ticks);
    }

    public static RenewLocks RenewLocks(ref FrameReader from) => new(from.Text(), from.List(Guard), from.OptionalSpan());

    public static void Put(FrameWriter to, ReleaseLocks write)
    {
        to.Text(write.Owner);
        to.List(write.Leases, static (to, lease) =>
        {
            to.Text(lease.Resource);
            to.Number(lease.Fence);
        });
    }

    public static ReleaseLocks ReleaseLocks(ref FrameReader from) => new(from.Text(), from.List(static (ref from) => (from.Text(), from.OptionalNumber())));

    public static void Put(FrameWriter to, RecordEvent write)
    {
        to.Text(write.TaskId);
        to.Number((int)write.Event);
        to.Byte((byte)write.Level);
        to.Text(write.Message);
        to.Text(write.Data);
    }

    public static RecordEvent RecordEvent(ref FrameReader from) => new(from.Text(), (TaskEvent)from.Int(), (LogLevel)from.Byte(), from.Text(), from.OptionalText());

    public static void Put(FrameWriter to, MarkProjected write) => to.List(write.Tasks, static (to, task) =>
    {
        to.Number(task.Number);
        to.Number(task.Seq);
    });

    public static MarkProjected MarkProjected(ref FrameReader from) => new(from.List(static (ref from) => (from.Number(), from.Number())));

    public static void Put(FrameWriter to, BeginRequest write)
    {
        to.Text(write.Key);
        to.Text(write.Tool);
        to.Text(write.ArgumentsHash);
        to.Text(write.PlannedId);
    }

    public static BeginRequest BeginRequest(ref FrameReader from) => new(from.Text(), from.Text(), from.Text(), from.Text());

    public static void Put(FrameWriter to, EndRequest write)
    {
        to.Text(write.Key);
        to.Text(write.Response);
    }

    public static EndRequest EndRequest(ref FrameReader from) => new(from.Text(), from.OptionalText());

    private static void Put(FrameWriter to, NewTaskRow task)
    {
        to.Text(task.Id);
        to.Text(task.Name);
        to.Text(task.Description);
        to.Byte((byte)task.Mode);
        to.Text(task.Owner);
        to.Number(task.Priority);
        to.Text(task.Metadata.ToString());
        to.Text(task.Image);
        to.List(task.DependsOn, Put);
    }

    private static NewTaskRow NewTask(ref FrameReader from) =>
        new(from.Text(), from.Text(), from.OptionalText(), (AgentTaskMode)from.Byte(), from.Text(), from.Int(), JsonMap.FromTrusted(from.Text()), from.OptionalText())
        {
            DependsOn = from.List(Text),
        };

    private static void Put(FrameWriter to, LeaseRequest request)
    {
        to.Text(request.Agent);
        to.Number(request.Duration?.Ticks);
        to.Text(request.RequestKey);
    }

    private static LeaseRequest LeaseRequest(ref FrameReader from) => new(from.Text(), from.OptionalSpan()) { RequestKey = from.OptionalText() };

    private static void Put(FrameWriter to, Actor actor)
    {
        to.Text(actor.Agent);
        to.Number(actor.Fence);
        to.Text(actor.Hook);
    }

    private static Actor Actor(ref FrameReader from) => new(from.OptionalText(), from.OptionalNumber()) { Hook = from.OptionalText() };

    private static void Put(FrameWriter to, AgentTaskStatus status) => to.Byte((byte)status);

    private static AgentTaskStatus Status(ref FrameReader from) => (AgentTaskStatus)from.Byte();
}

using OpenCode.Common;

namespace OpenCode.Registry.Sqlite.Leading;

/// <summary>
/// A process that meets others for the first time compiles what turns writes into frames and back, which takes as long as thousands of writes. It does so on a thread of its own, and goes
/// through the gate meanwhile.
/// </summary>
internal static class WireWarmth
{
    private static readonly Lazy<Task> Compiled = new(() => Task.Factory.StartNew(Compile, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default));

    /// <summary>True when it is compiled; false begins that.</summary>
    public static bool IsThere => Compiled.Value.IsCompletedSuccessfully;

    private static void Compile()
    {
        var now = DateTimeOffset.UnixEpoch;
        var task = new AgentTask { Id = "a-task", Name = "A task", Agents = ["an-agent"], DependsOn = ["another"], Result = new TaskResult(true, null, "done", null), CreatedAt = now, UpdatedAt = now, StartedAt = now };
        var entry = new JournalEntry { Seq = 1, Version = 1, Status = AgentTaskStatus.Running, Kind = TaskEvent.Started, At = now, Level = LogLevel.Info, Message = "Started", Data = "{}" };
        var lease = new Lease { Resource = "task:a-task", Owner = "an-agent", Fence = 1, AcquiredAt = now, ExpiresAt = now };
        var change = new TaskChange(new TaskRow(1, task, 1, 1, "an-agent", null), [entry]) { Lease = lease, Told = ["another"] };
        var actor = new Actor("an-agent", 1);
        Compile(new ClaimTask(new LeaseRequest("an-agent", TimeSpan.FromMinutes(1)), null), new ClaimOutcome(change));
        Compile(new TransitionTask(task.Id, "complete", [AgentTaskStatus.Running], AgentTaskStatus.Completed, TaskEvent.Completed, actor), change);
        Compile(new BeatAgent(task.Id, actor, "half of it"), change);
        Compile(new AcquireLocks(["a"], "an-agent", LeaseMode.Exclusive, TimeSpan.FromMinutes(1), true, null), new LockGrant([lease], null));
        Compile(new ReleaseLocks("an-agent", [("a", 1)]), (IReadOnlyList<Lease>)[lease]);
        Compile(new MarkProjected([(1, 1)]), 1);
    }

    private static void Compile<TAnswer>(RegistryWrite<TAnswer> write, TAnswer answer)
    {
        var frame = new FrameWriter();
        var own = new OwnWrite(write, [], static _ => 0);
        Frames.WriteWrites(frame, 1, i => i == 0 ? own : null);
        var led = Frames.ReadWrites(frame.End()[FrameWriter.Prefix..]).Writes;
        led[0].AnswerWith(answer!);
        Frames.WriteOutcome(frame.Begin(), led[0]);
        Frames.ReadOutcomes(frame.End()[FrameWriter.Prefix..], [own]);
    }
}

using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using OpenCode.Common;
using OpenCode.Registry;
using OpenCode.Registry.Sqlite;
using OpenCode.Registry.Sqlite.Leading;

namespace OpenCode.Tests.Unit.Registry;

/// <summary>Writes and answers that go from one process to another arrive as they were sent, to the last member.</summary>
public sealed class WireWriteTests
{
    private static readonly DateTimeOffset At = DateTimeOffset.FromUnixTimeMilliseconds(1_764_500_000_123);

    private static readonly Lease Lease = new() { Resource = "task:a", Owner = "ada", Mode = LeaseMode.Collaborative, Fence = 9, AcquiredAt = At, ExpiresAt = At.AddMinutes(1), Host = "here", ProcessId = 7, Detached = true };

    private static readonly TaskChange Change = new(
        new TaskRow(
            4,
            new AgentTask
            {
                Id = "a",
                Name = "Ünïcode \"name\" \u2028 \U0001F600",
                Description = "line\nline",
                Status = AgentTaskStatus.Failed,
                Mode = AgentTaskMode.Collaborative,
                Owner = "bob",
                Agents = ["ada", "eve"],
                Priority = -3,
                DependsOn = ["b"],
                Ready = true,
                Metadata = JsonMap.Parse("""{"n":1.50,"o":{"x":[1,null,"y"]}}"""),
                Result = new TaskResult(false, JsonMap.Parse("""{"deep":[{"a":1}]}"""), "m", "e"),
                Error = "e",
                Version = 12,
                Attempt = 0,
                Image = "busybox:1",
                CreatedAt = At,
                UpdatedAt = At.AddSeconds(1),
                StartedAt = At.AddSeconds(2),
                FinishedAt = At.AddSeconds(3),
            },
            5,
            3,
            "agent 'ada'",
            "cp-1")
        { Unfinished = 2 },
        [new JournalEntry { Seq = 5, Version = 12, Status = AgentTaskStatus.Pending, Kind = TaskEvent.Created, At = At, Level = LogLevel.Debug, Message = "m", Data = """{"a":1}""", StateData = """{"s":1}""" }])
    { Lease = Lease, Told = ["c"] };

    private static readonly Actor Actor = new("ada", 9) { Hook = "preComplete" };

    public static TheoryData<object, object> Writes => new()
    {
        { new CreateTasks([new NewTaskRow("a", "A", null, AgentTaskMode.Collaborative, "bob", 5, JsonMap.Parse("""{"k":"v"}"""), "busybox") { DependsOn = ["b", "c"] }]), (IReadOnlyList<TaskChange>)[Change] },
        { new TransitionTask("a", "complete", [AgentTaskStatus.Running, AgentTaskStatus.Pending], AgentTaskStatus.Completed, TaskEvent.Completed, Actor) { Result = new TaskResult(true, new object?[] { 1L, "x", null }, null, null), Error = "e", Attach = new LeaseRequest("ada", TimeSpan.FromSeconds(1.5)) { RequestKey = "k" }, ExpectedVersion = 0, HookClaim = 3 }, Change },
        { new UpdateTask("a", Actor, 3) { Name = "n", Description = "d", Owner = "o", Priority = 0, Metadata = JsonMap.Parse("""{"gone":null}""") }, Change },
        { new ChangeState("a", default, null, """{"a":1}"""), Change },
        { new AttachAgent("a", new LeaseRequest("ada", null)) { Starts = true, Turn = 4, HookClaim = 5 }, Change },
        { new DetachAgent("a", "ada", 3), Change },
        { new RenewAgent("a", Actor), Change },
        { new ClaimHooks("a", "start", [AgentTaskStatus.Pending], Actor, "ada", TimeSpan.FromMinutes(2)) { Starts = true }, new HookClaim(Change.Row, 3, "pid 4") },
        { new ReleaseHooks("a", 4), false },
        { new ClaimTask(new LeaseRequest("ada", TimeSpan.FromMinutes(30)), "bob") { Except = ["b"] }, new ClaimOutcome(Change) },
        { new ReturnTask("a", 3, "why"), true },
        { new BeatAgent("a", Actor, "half"), Change },
        { new AcquireLocks(["a", "b"], "ada", LeaseMode.Collaborative, TimeSpan.FromSeconds(5), true, TimeSpan.Zero) { RequestKey = "k" }, new LockGrant([Lease], 4) },
        { new WithdrawTicket(4, true), (IReadOnlyList<Lease>)[Lease] },
        { new RenewLocks("ada", [new LeaseGuard("a", 4)], TimeSpan.FromSeconds(1)), (IReadOnlyList<Lease>)[Lease] },
        { new ReleaseLocks("ada", [("a", 4), ("b", null)]), (IReadOnlyList<Lease>)[] },
        { new RecordEvent("a", TaskEvent.Repaired, LogLevel.Warn, "m", "{}"), Change },
        { new MarkProjected([(1, 2), (3, 4)]), 2 },
        { new BeginRequest("k", "create_task", "hash", "planned"), new RequestClaim("{}", "planned", true, true) },
        { new EndRequest("k", "{}"), true },
        { new ProveWrite(), 77L },
    };

    [Theory]
    [MemberData(nameof(Writes), DisableDiscoveryEnumeration = true)]
    public void Write_and_answer_arrive_as_they_were_sent(object write, object answer)
    {
        var frame = new FrameWriter();
        LeaseGuard[] guards = [new("lock:ä", 1), new("task:b", long.MaxValue)];
        var own = new OwnWrite(write, guards, _ => 0);
        Assert.Equal(1, Frames.WriteWrites(frame, 8, i => i == 0 ? own : null));
        var (number, led) = Frames.ReadWrites(frame.End()[FrameWriter.Prefix..]);
        Assert.Equal(8, number);
        Assert.Equivalent(write, Assert.Single(led).Write, strict: true);
        Assert.Equal(Text(write), Text(led[0].Write));

        led[0].AnswerWith(answer);
        Frames.WriteOutcome(frame.Begin(), led[0]);
        Assert.Empty(Frames.ReadOutcomes(frame.End()[FrameWriter.Prefix..], [own]));
        Assert.Equivalent(answer, own.Result, strict: true);
        Assert.Equal(Text(answer), Text(own.Result!));
    }

    [Theory]
    [MemberData(nameof(Writes), DisableDiscoveryEnumeration = true)]
    public void What_is_cut_off_or_damaged_is_found_and_nothing_else_happens(object write, object answer)
    {
        var frame = new FrameWriter();
        var own = new OwnWrite(write, [new("lock:a", 1)], _ => 0);
        Frames.WriteWrites(frame, 8, i => i == 0 ? own : null);
        var writes = frame.End()[FrameWriter.Prefix..].ToArray();
        var led = new LedWrite(WireWrite.Find(write)!, write, []);
        led.AnswerWith(answer);
        Frames.WriteOutcome(frame.Begin(), led);
        var outcomes = frame.End()[FrameWriter.Prefix..].ToArray();
        for (var length = 0; length < writes.Length; length++)
        {
            Assert.Throws<InvalidDataException>(() => Frames.ReadWrites(writes.AsSpan(0, length)));
        }

        for (var length = 0; length < outcomes.Length; length++)
        {
            Assert.Null(Frames.TryReadOutcomes(outcomes.AsSpan(0, length), [own]));
        }

        for (var at = 0; at < Math.Max(writes.Length, outcomes.Length); at++)
        {
            foreach (var value in (byte[])[0x00, 0x7F, 0xFF])
            {
                _ = at < outcomes.Length ? Frames.TryReadOutcomes(With(outcomes, at, value), [own]) : null;
                if (at < writes.Length && Record.Exception(() => Frames.ReadWrites(With(writes, at, value))) is { } found)
                {
                    Assert.IsType<InvalidDataException>(found);
                }
            }
        }

        static byte[] With(byte[] bytes, int at, byte value)
        {
            bytes = [.. bytes];
            bytes[at] = value;
            return bytes;
        }
    }

    [Fact]
    public void Every_kind_that_travels_is_tried()
    {
        var tried = Writes.Select(row => row.Data.Item1.GetType()).ToHashSet();
        Assert.Equal(WireWrite.Types.Order(ByName), tried.Order(ByName));
    }

    private static readonly Comparer<Type> ByName = Comparer<Type>.Create((a, b) => string.CompareOrdinal(a.Name, b.Name));

    // Every public property and every member of every list, as text: records say lists by their type's name.
    private static string Text(object? value) => value switch
    {
        null => "null",
        DateTimeOffset at => at.ToString("O", CultureInfo.InvariantCulture),
        string or TimeSpan or Enum or JsonMap => value.ToString()!,
        ITuple tuple when value.GetType().Name.StartsWith("ValueTuple", StringComparison.Ordinal) => "(" + string.Join(", ", Enumerable.Range(0, tuple.Length).Select(i => Text(tuple[i]))) + ")",
        IEnumerable list => "[" + string.Join(", ", list.Cast<object?>().Select(Text)) + "]",
        _ when value.GetType().IsPrimitive => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        _ => "{" + string.Join(", ", value.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.GetIndexParameters().Length == 0).Select(p => $"{p.Name}: {Text(p.GetValue(value))}")) + "}",
    };
}

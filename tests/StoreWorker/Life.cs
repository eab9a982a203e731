using OpenCode.Common;
using OpenCode.Configuration;
using OpenCode.Tasks;

namespace OpenCode.Tests.StoreWorker;

/// <summary>The life of a task as a list of operations, each of which can be repeated from where a dead process left it.</summary>
public static class Life
{
    /// <summary>The task that lives on.</summary>
    public const string TaskId = "life";

    /// <summary>The task that is deleted.</summary>
    public const string GoneId = "gone";

    /// <summary>The task that depends on both.</summary>
    public const string NextId = "next";

    /// <summary>The operations, in order.</summary>
    public static IReadOnlyList<(string Name, Func<OpenCodeRuntime, CancellationToken, Task> Do)> Operations { get; } =
    [
        ("create", async (r, t) => await r.Tasks.CreateAsync(new NewTask { Id = TaskId, Name = "A life", Metadata = JsonMap.Parse("""{"kept":true}""") }, t)),
        ("create another", async (r, t) => await r.Tasks.CreateAsync(new NewTask { Id = GoneId, Name = "Goes again" }, t)),
        ("create a dependent", async (r, t) => await r.Tasks.CreateAsync(new NewTask { Id = NextId, Name = "Comes after both", DependsOn = [TaskId, GoneId] }, t)),
        ("start", (r, t) => r.Tasks.AttachAsync(TaskId, new AttachRequest("worker"), t)),
        ("log", (r, t) => r.Memory.LogAsync(TaskId, LogLevel.Info, "L1", null, Actor.Of("worker"), t)),
        ("decide", (r, t) => r.Memory.DecideAsync(TaskId, new NewDecision("worker", "D1") { Reasoning = "Because\n\n## so" }, null, t)),
        ("state", (r, t) => r.Memory.ChangeStateAsync(TaskId, JsonMap.Parse("""{"step":1}"""), false, null, Actor.Of("worker"), t)),
        ("checkpoint", (r, t) => r.Checkpoints.CreateAsync(TaskId, "C1", Actor.Of("worker"), t)),
        ("log again", (r, t) => r.Memory.LogAsync(TaskId, LogLevel.Info, "L2", null, Actor.Of("worker"), t)),
        ("state again", (r, t) => r.Memory.ChangeStateAsync(TaskId, JsonMap.Parse("""{"step":2}"""), false, null, Actor.Of("worker"), t)),
        ("fail", (r, t) => r.Tasks.FailAsync(TaskId, "broken", null, null, Actor.Of("worker"), t)),
        ("restore", async (r, t) => await r.Checkpoints.RestoreAsync(TaskId, (await r.Checkpoints.ListAsync(TaskId, t))[0].Id, Actor.Operator, t)),
        ("resume", (r, t) => r.Tasks.ResumeAsync(new ResumeRequest { Task = TaskId, Agent = "worker" }, t)),
        ("update", (r, t) => r.Tasks.UpdateAsync(TaskId, new TaskPatch { Description = "told" }, Actor.Of("worker"), t)),
        ("start another", (r, t) => r.Tasks.StartAsync(GoneId, Actor.Operator, t)),
        ("delete another", (r, t) => r.Tasks.DeleteAsync(GoneId, force: true, t)),
        ("complete", (r, t) => r.Tasks.CompleteAsync(TaskId, 42, "done", Actor.Of("worker"), t)),
        ("start the dependent", (r, t) => r.Tasks.StartAsync(NextId, Actor.Operator, t)),
    ];

    /// <summary>The settings of the store under test.</summary>
    public static OpenCodeConfiguration Configuration(string root) => new() { DataRoot = root, BusyTimeout = TimeSpan.FromSeconds(20) };
}

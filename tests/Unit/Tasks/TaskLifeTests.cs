using OpenCode.Common;
using OpenCode.Layers;
using OpenCode.Tasks;

namespace OpenCode.Tests.Unit.Tasks;

public sealed class TaskLifeTests
{
    private static CancellationToken Token => TestStore.Token;

    [Fact]
    public async Task Task_whole_life_layers_tell_the_registrys_story()
    {
        await using var store = await TestStore.OpenAsync();
        var runtime = store.Runtime;
        var task = await runtime.Tasks.CreateAsync(new NewTask { Name = "Write the spine", Owner = "ada", Metadata = JsonMap.Parse("""{"area":"core","n":9007199254740993}""") }, Token);
        Assert.Equal(AgentTaskStatus.Pending, task.Status);
        var lease = await runtime.Tasks.AttachAsync(task.Id, new AttachRequest("worker"), Token);
        var agent = Actor.Of("worker", lease.Fence);
        await runtime.Memory.LogAsync(task.Id, LogLevel.Info, "first\nline", JsonMap.Parse("{ \"a\" : [1, 2] }"), agent, Token);
        await runtime.Memory.DecideAsync(task.Id, new NewDecision("worker", "Use SQLite") { Reasoning = "It is there.\n\n## And it is embedded" }, lease.Fence, Token);
        await runtime.Memory.ChangeStateAsync(task.Id, JsonMap.Parse("""{"step":1}"""), replace: false, null, agent, Token);
        var checkpoint = await runtime.Checkpoints.CreateAsync(task.Id, "before it fails", agent, Token);
        await runtime.Memory.ChangeStateAsync(task.Id, JsonMap.Parse("""{"step":2}"""), replace: false, null, agent, Token);
        await runtime.Memory.LogAsync(task.Id, LogLevel.Info, "later", null, Actor.Operator, Token);
        await runtime.Tasks.FailAsync(task.Id, "it broke", null, null, agent, Token);
        var restored = await runtime.Checkpoints.RestoreAsync(null, checkpoint.Id, Actor.Operator, Token);
        Assert.Equal(AgentTaskStatus.Pending, restored.Task.Status);
        Assert.Equal(1L, (await runtime.Memory.StateAsync(task.Id, Token)).Data["step"]);
        var history = await runtime.Memory.HistoryAsync(task.Id, new LogQuery(), Token);
        Assert.DoesNotContain(history.Entries, e => e.Message == "later");
        Assert.Contains(history.Entries, e => e.Message == "first\nline" && ((object[])e.Data!["a"]!).Length == 2);
        Assert.Equal(0, history.Malformed);

        await runtime.Tasks.ResumeAsync(new ResumeRequest { Task = task.Id, Agent = "worker" }, Token);
        var done = await runtime.Tasks.CompleteAsync(task.Id, new Dictionary<string, object?> { ["ok"] = true }, "all well", Actor.Of("worker"), Token);
        Assert.Equal(AgentTaskStatus.Completed, done.Status);
        Assert.Empty(done.Agents);
        Assert.Equal("ada", done.Owner);
        Assert.Equal(9007199254740993L, done.Metadata["n"]);
        Assert.True(done.Result!.Success);
        var state = StateLayer.Read(store.Folder(task.Id));
        Assert.Equal(done.Version, state.Version);
        Assert.Equal(AgentTaskStatus.Completed, state.Status);
        var decision = Assert.Single(await runtime.Memory.DecisionsAsync(task.Id, null, null, Token));
        Assert.Equal("It is there.\n\n## And it is embedded", decision.Reasoning);
        Assert.True((await runtime.Repair.RepairAsync(task.Id, Token)).Healthy);
        Assert.Equal(2, (await runtime.Checkpoints.ListAsync(task.Id, Token)).Count);

        var removal = await runtime.Tasks.DeleteAsync(task.Id, force: false, Token);
        Assert.Null(removal.Remaining);
        Assert.False(Directory.Exists(store.Folder(task.Id).Root));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(store.Configuration.DataRoot, "tasks")));
    }
}

using OpenCode.Common;
using OpenCode.Tasks;

namespace OpenCode.Tests.Unit.Tasks;

public sealed class DeepDataTests
{
    private static CancellationToken Token => TestStore.Token;

    [Fact]
    public async Task Data_as_deep_as_the_limit_go_through_every_layer()
    {
        await using var store = await TestStore.OpenAsync();
        var runtime = store.Runtime;
        var deepest = JsonMap.Parse(string.Concat(Enumerable.Repeat("{\"a\":", JsonText.MaxDepth - 1)) + "{}" + new string('}', JsonText.MaxDepth - 1));
        var task = await runtime.Tasks.CreateAsync(new NewTask { Name = "deep", Metadata = deepest }, Token);
        await runtime.Tasks.StartAsync(task.Id, Actor.Operator, Token);
        await runtime.Memory.ChangeStateAsync(task.Id, deepest, replace: true, null, Actor.Operator, Token);
        await runtime.Memory.LogAsync(task.Id, LogLevel.Info, "deep", deepest, Actor.Operator, Token);
        await runtime.Memory.DecideAsync(task.Id, new NewDecision(TaskMemory.Operator, "deep") { Metadata = deepest }, null, Token);
        var checkpoint = await runtime.Checkpoints.CreateAsync(task.Id, null, Actor.Operator, Token);
        await runtime.Checkpoints.RestoreAsync(task.Id, checkpoint.Id, Actor.Operator, Token);
        Assert.Equal(deepest, (await runtime.Memory.StateAsync(task.Id, Token)).Data);
        var history = await runtime.Memory.HistoryAsync(task.Id, new LogQuery(), Token);
        Assert.Equal(0, history.Malformed);
        Assert.Contains(history.Entries, e => deepest.Equals(e.Data));
        Assert.Equal(deepest, Assert.Single(await runtime.Memory.DecisionsAsync(task.Id, null, null, Token)).Metadata);
        await Agreement.CheckAsync(runtime, task.Id, Token);
    }

    [Fact]
    public async Task Result_that_is_too_deep_is_refused_and_changes_nothing()
    {
        await using var store = await TestStore.OpenAsync();
        var runtime = store.Runtime;
        var deepest = JsonMap.Parse(string.Concat(Enumerable.Repeat("{\"a\":", JsonText.MaxDepth - 1)) + "{}" + new string('}', JsonText.MaxDepth - 1));
        var task = await runtime.Tasks.CreateAsync(new NewTask { Name = "deep" }, Token);
        await runtime.Tasks.StartAsync(task.Id, Actor.Operator, Token);
        var refused = await Assert.ThrowsAsync<OpenCodeException>(() => runtime.Tasks.CompleteAsync(task.Id, deepest, null, Actor.Operator, Token));
        Assert.Equal(OpenCodeError.InvalidArgument, refused.Error);
        Assert.Equal(AgentTaskStatus.Running, (await runtime.Tasks.GetAsync(task.Id, Token)).Status);
        await Agreement.CheckAsync(runtime, task.Id, Token);
    }
}

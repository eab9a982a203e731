using OpenCode.Common;
using OpenCode.Registry;
using OpenCode.Tasks;

namespace OpenCode.Tests.Unit.Registry;

public sealed class SuggestionTests
{
    private static CancellationToken Token => TestStore.Token;

    [Fact]
    public async Task Tasks_come_preferred_first_then_newest_and_bounded()
    {
        await using var store = await TestStore.OpenAsync();
        await store.Runtime.Tasks.CreateManyAsync([.. Enumerable.Range(0, 250).Select(i => new NewTask { Name = $"n{i}", Id = $"t{i:000}" })], Token);
        await store.Runtime.Tasks.StartAsync("t003", Actor.Operator, Token);
        var all = await SuggestAsync(new TaskSuggestionQuery { Preferred = [AgentTaskStatus.Running] });
        Assert.Equal(100, all.Count);
        Assert.Equal(["t003", "t249", "t248"], all.Take(3).Select(t => t.Id));
        Assert.Equal(["t249", "t248"], (await SuggestAsync(new TaskSuggestionQuery { Limit = 2 })).Select(t => t.Id));
        Assert.Equal(["t003", "t009", "t008"], (await SuggestAsync(new TaskSuggestionQuery { Word = "t00", Preferred = [AgentTaskStatus.Running] })).Take(3).Select(t => t.Id));
        Assert.Equal("t123", Assert.Single(await SuggestAsync(new TaskSuggestionQuery { Word = "n123" })).Id);
        Assert.Equal(["t203", "t103", "t003"], (await SuggestAsync(new TaskSuggestionQuery { Pattern = "t?03*" })).Select(t => t.Id));

        async Task<IReadOnlyList<TaskSuggestion>> SuggestAsync(TaskSuggestionQuery query) => await store.Runtime.Suggestions.TasksAsync(query, Token);
    }

    [Fact]
    public async Task Checkpoint_comes_with_its_description()
    {
        await using var store = await TestStore.OpenAsync();
        var task = await store.Runtime.Tasks.CreateAsync(new() { Name = "one" }, Token);
        await store.Runtime.Checkpoints.CreateAsync(task.Id, "before: the rewrite", Actor.Operator, Token);
        await store.Runtime.Checkpoints.CreateAsync(task.Id, null, Actor.Operator, Token);
        var found = await store.Runtime.Suggestions.CheckpointsAsync(task.Id[..9], "", 10, Token);
        Assert.Equal([null, "before: the rewrite"], found.Select(c => c.Description));
        Assert.All(found, c => Assert.Equal((task.Id, "one"), (c.TaskId, c.TaskName)));
    }

    [Fact]
    public async Task Glance_reads_while_another_has_the_store_and_makes_none()
    {
        await using var store = await TestStore.OpenAsync();
        await store.Runtime.Tasks.CreateAsync(new() { Name = "one", Owner = "ana" }, Token);
        Assert.Equal(["ana"], await OpenCodeRuntime.GlanceAsync(store.Configuration, (s, token) => s.OwnersAsync(token), Token));
        var nowhere = store.Configuration with { DataRoot = Path.Combine(store.Configuration.DataRoot, "nowhere") };
        Assert.Null(await OpenCodeRuntime.GlanceAsync(nowhere, (s, token) => s.OwnersAsync(token), Token));
        Assert.False(Directory.Exists(nowhere.DataRoot));
    }
}

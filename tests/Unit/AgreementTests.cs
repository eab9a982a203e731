using OpenCode.Common;
using OpenCode.Tasks;

namespace OpenCode.Tests.Unit;

public sealed class AgreementTests
{
    private static CancellationToken Token => TestStore.Token;

    [Fact]
    public async Task Agreement_after_restores_back_and_forth_holds()
    {
        await using var store = await TestStore.OpenAsync();
        var runtime = store.Runtime;
        var task = await runtime.Tasks.CreateAsync(new NewTask { Name = "t" }, Token);
        await runtime.Tasks.StartAsync(task.Id, Actor.Operator, Token);
        var first = await runtime.Checkpoints.CreateAsync(task.Id, null, Actor.Operator, Token);
        await runtime.Tasks.FailAsync(task.Id, "broken", null, null, Actor.Operator, Token);
        var back = await runtime.Checkpoints.RestoreAsync(task.Id, first.Id, Actor.Operator, Token);
        await Agreement.CheckAsync(runtime, task.Id, Token);
        await runtime.Checkpoints.RestoreAsync(task.Id, back.SavedAs.Id, Actor.Operator, Token);
        await Agreement.CheckAsync(runtime, task.Id, Token);
        await runtime.Tasks.DeleteAsync(task.Id, force: false, Token);
        await Agreement.CheckAsync(runtime, task.Id, Token);
    }

    [Theory]
    [InlineData("state.json", "checksum", "checksun")]
    [InlineData("state.json", "\"status\": \"running\"", "\"status\": \"failed\"")]
    [InlineData("logs.jsonl", "\"seq\":2", "\"seq\":3")]
    [InlineData("logs.jsonl", "Started by", "Stopped by")]
    [InlineData("logs.jsonl", "{\"timestamp\"", "{timestamp")]
    [InlineData("decisions.md", "**Agent**", "**Agents**")]
    public async Task Agreement_over_a_damaged_layer_is_refused(string file, string old, string changed)
    {
        await using var store = await TestStore.OpenAsync();
        var task = await store.Runtime.Tasks.CreateAsync(new NewTask { Name = "t" }, Token);
        await store.Runtime.Tasks.StartAsync(task.Id, Actor.Operator, Token);
        await store.Runtime.Memory.DecideAsync(task.Id, new NewDecision(TaskMemory.Operator, "yes"), null, Token);
        await Agreement.CheckAsync(store.Runtime, task.Id, Token);
        var path = Path.Combine(store.Folder(task.Id).Root, file);
        var before = await File.ReadAllTextAsync(path, Token);
        await File.WriteAllTextAsync(path, before.Replace(old, changed, StringComparison.Ordinal), Token);
        Assert.NotEqual(before, await File.ReadAllTextAsync(path, Token));
        await Assert.ThrowsAsync<InvalidOperationException>(() => Agreement.CheckAsync(store.Runtime, task.Id, Token));
    }

    [Fact]
    public async Task Agreement_over_a_folder_without_a_task_is_refused()
    {
        await using var store = await TestStore.OpenAsync();
        Directory.CreateDirectory(store.Folder("stray").Root);
        await Assert.ThrowsAsync<InvalidOperationException>(() => Agreement.CheckAsync(store.Runtime, "stray", Token));
    }

    [Fact]
    public async Task Agreement_over_an_unknown_checkpoint_is_refused()
    {
        await using var store = await TestStore.OpenAsync();
        var task = await store.Runtime.Tasks.CreateAsync(new NewTask { Name = "t" }, Token);
        Directory.CreateDirectory(store.Folder(task.Id).Checkpoint("checkpoint_x"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => Agreement.CheckAsync(store.Runtime, task.Id, Token));
    }
}

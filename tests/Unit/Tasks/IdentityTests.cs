using OpenCode.Common;
using OpenCode.Registry;

namespace OpenCode.Tests.Unit.Tasks;

/// <summary>A checkpoint and an execution are named by a unique beginning, as a task is.</summary>
public sealed class IdentityTests
{
    private static CancellationToken Token => TestStore.Token;

    [Fact]
    public async Task Checkpoint_is_found_by_a_unique_beginning_of_its_id_with_and_without_its_task()
    {
        await using var store = await TestStore.OpenAsync();
        var task = await store.Runtime.Tasks.CreateAsync(new() { Name = "one" }, Token);
        var first = await store.Runtime.Checkpoints.CreateAsync(task.Id, "first", Actor.Operator, Token);
        var restored = await store.Runtime.Checkpoints.RestoreAsync(null, first.Id[..20], Actor.Operator, Token);
        Assert.Equal(first.Id, restored.Restored.Id);
        Assert.Equal(first.Id, (await store.Runtime.Checkpoints.RestoreAsync(task.Id[..8], first.Id, Actor.Operator, Token)).Restored.Id);
        var ambiguous = await Assert.ThrowsAsync<OpenCodeException>(() => store.Runtime.Checkpoints.RestoreAsync(null, "checkpoint_", Actor.Operator, Token));
        Assert.Equal(OpenCodeError.InvalidArgument, ambiguous.Error);
        Assert.Contains(first.Id, ambiguous.Message, StringComparison.Ordinal);
        await store.Runtime.Checkpoints.RemoveAsync(task.Id, restored.SavedAs.Id, Token);
        foreach (var given in (string?[])[null, task.Id])
        {
            var missing = await Assert.ThrowsAsync<OpenCodeException>(() => store.Runtime.Checkpoints.RestoreAsync(given, "checkpoint_none", Actor.Operator, Token));
            Assert.Equal(OpenCodeError.CheckpointNotFound, missing.Error);
        }
    }

    [Fact]
    public async Task Checkpoint_of_another_task_is_not_found_by_its_beginning()
    {
        await using var store = await TestStore.OpenAsync();
        var (one, two) = (await store.Runtime.Tasks.CreateAsync(new() { Name = "one" }, Token), await store.Runtime.Tasks.CreateAsync(new() { Name = "two" }, Token));
        var checkpoint = await store.Runtime.Checkpoints.CreateAsync(one.Id, null, Actor.Operator, Token);
        foreach (var given in (string[])[checkpoint.Id, checkpoint.Id[..30]])
        {
            var missing = await Assert.ThrowsAsync<OpenCodeException>(() => store.Runtime.Checkpoints.RestoreAsync(two.Id, given, Actor.Operator, Token));
            Assert.Equal(OpenCodeError.CheckpointNotFound, missing.Error);
        }
    }

    [Fact]
    public async Task Execution_is_found_by_id_beginning_and_pattern_and_an_unknown_one_is_an_error()
    {
        await using var store = await TestStore.OpenAsync();
        var task = await store.Runtime.Tasks.CreateAsync(new() { Name = "one" }, Token);
        string[] ids = ["exec_a1", "exec_a2", "exec_b1"];
        foreach (var id in ids)
        {
            var execution = new Execution { Id = id, TaskId = task.Id, Command = ["true"], StartedAt = store.Clock.GetUtcNow() };
            await store.Runtime.Registry.WriteAsync(new BeginExecution(execution, Actor.Operator), Token);
        }

        Assert.Equal(ids, await ListAsync(null));
        Assert.Equal(["exec_b1"], await ListAsync("exec_b"));
        Assert.Equal(["exec_a2"], await ListAsync("exec_a2"));
        Assert.Equal(["exec_a1", "exec_a2"], await ListAsync("*a?"));
        Assert.Equal(["exec_a1", "exec_b1"], await ListAsync("exec_[ab]1"));
        Assert.Empty(await ListAsync("exec_c*"));
        var ambiguous = await Assert.ThrowsAsync<OpenCodeException>(() => ListAsync("exec_a"));
        Assert.Equal(OpenCodeError.InvalidArgument, ambiguous.Error);
        Assert.Contains("exec_a1", ambiguous.Message, StringComparison.Ordinal);
        Assert.Equal(OpenCodeError.InvalidArgument, (await Assert.ThrowsAsync<OpenCodeException>(() => ListAsync("exec_c"))).Error);

        async Task<string[]> ListAsync(string? execution) => [.. (await store.Runtime.Executions.ListAsync(task.Id, execution, null, Token)).Select(e => e.Id)];
    }
}

using System.Collections.Concurrent;
using OpenCode.Common;
using OpenCode.Tasks;

namespace OpenCode.Tests.Unit.Tasks;

public sealed class WaitTests
{
    private static CancellationToken Token => TestStore.Token;

    [Fact]
    public async Task All_returns_the_tasks_in_the_order_they_were_named_once_the_last_one_ended()
    {
        await using var store = await TestStore.OpenAsync();
        var tasks = store.Runtime.Tasks;
        var ids = await StartedAsync(store, 3);
        var waited = tasks.WaitAsync(new WaitRequest([ids[2], ids[0], ids[1], ids[2]]), null, Token);
        await tasks.CompleteAsync(ids[1], 1, null, Actor.Operator, Token);
        await tasks.FailAsync(ids[2], "bad", null, null, Actor.Operator, Token);
        Assert.False(waited.IsCompleted);
        await tasks.CancelAsync(ids[0], null, Actor.Operator, Token);
        var outcome = await waited;
        Assert.Null(outcome.Timeout);
        Assert.Equal([ids[2], ids[0], ids[1]], outcome.Reached.Select(t => t.Id));
        Assert.Equal([AgentTaskStatus.Failed, AgentTaskStatus.Cancelled, AgentTaskStatus.Completed], outcome.Reached.Select(t => t.Status));
    }

    [Fact]
    public async Task Any_returns_those_that_are_there()
    {
        await using var store = await TestStore.OpenAsync();
        var ids = await StartedAsync(store, 3);
        var waited = store.Runtime.Tasks.WaitAsync(new WaitRequest(ids) { Any = true }, null, Token);
        await store.Runtime.Tasks.CompleteAsync(ids[1], null, null, Actor.Operator, Token);
        Assert.Equal(ids[1], Assert.Single((await waited).Reached).Id);
        Assert.Equal(ids[1], Assert.Single((await store.Runtime.Tasks.WaitAsync(new WaitRequest(ids) { Any = true }, null, Token)).Reached).Id);
    }

    [Fact]
    public async Task Status_that_is_only_passed_through_counts_and_the_task_says_what_it_is_now()
    {
        await using var store = await TestStore.OpenAsync();
        var task = await store.Runtime.Tasks.CreateAsync(new NewTask { Name = "t" }, Token);
        var observer = new Observer();
        var waited = store.Runtime.Tasks.WaitAsync(new WaitRequest([task.Id]) { Statuses = [AgentTaskStatus.Running] }, observer, Token);
        await observer.Looked.Task;
        // Both commits are in the journal before the waiting flow can look again, which it does on a thread of the pool.
        await using (var other = await store.AgainAsync())
        {
            await other.Tasks.StartAsync(task.Id, Actor.Operator, Token);
            await other.Tasks.CompleteAsync(task.Id, null, null, Actor.Operator, Token);
        }

        await PassAsync(store, waited);
        Assert.Equal(AgentTaskStatus.Completed, Assert.Single((await waited).Reached).Status);
    }

    [Fact]
    public async Task Limit_is_named_and_what_is_there_is_returned()
    {
        await using var store = await TestStore.OpenAsync();
        var ids = await StartedAsync(store, 2);
        await store.Runtime.Tasks.CompleteAsync(ids[0], null, null, Actor.Operator, Token);
        var waited = store.Runtime.Tasks.WaitAsync(new WaitRequest(ids) { Limit = TimeSpan.FromSeconds(2.5) }, null, Token);
        await PassAsync(store, waited);
        var outcome = await waited;
        Assert.Equal(ids[0], Assert.Single(outcome.Reached).Id);
        Assert.Equal(OpenCodeError.LockTimeout, outcome.Timeout!.Error);
        Assert.Equal(ids[1], outcome.Timeout.Target);
        Assert.Contains("2.5 s", outcome.Timeout.Message, StringComparison.Ordinal);
        Assert.Contains(ids[1], outcome.Timeout.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Task_that_is_deleted_meanwhile_is_told_and_the_others_are_waited_for()
    {
        await using var store = await TestStore.OpenAsync();
        var ids = await StartedAsync(store, 2);
        var observer = new Observer();
        var waited = store.Runtime.Tasks.WaitAsync(new WaitRequest([ids[0], "nonesuch", ids[1]]), observer, Token);
        await observer.Looked.Task;
        await store.Runtime.Tasks.DeleteAsync(ids[0], force: true, Token);
        await store.Runtime.Tasks.CompleteAsync(ids[1], null, null, Actor.Operator, Token);
        Assert.Equal(ids[1], Assert.Single((await waited).Reached).Id);
        Assert.Equal(["nonesuch", ids[0]], observer.Errors.Select(e => e.Target!));
        Assert.All(observer.Errors, e => Assert.Equal(OpenCodeError.TaskNotFound, e.Error));
    }

    [Fact]
    public async Task Task_whose_id_is_used_again_is_another_task()
    {
        await using var store = await TestStore.OpenAsync();
        await store.Runtime.Tasks.CreateAsync(new NewTask { Id = "same", Name = "t" }, Token);
        var observer = new Observer();
        var waited = store.Runtime.Tasks.WaitAsync(new WaitRequest(["same"]), observer, Token);
        await observer.Looked.Task;
        await using (var other = await store.AgainAsync())
        {
            await other.Tasks.DeleteAsync("same", force: false, Token);
            await other.Tasks.CreateAsync(new NewTask { Id = "same", Name = "u" }, Token);
        }

        await PassAsync(store, waited);
        Assert.Empty((await waited).Reached);
        Assert.Equal(OpenCodeError.TaskNotFound, Assert.Single(observer.Errors).Error);
    }

    [Fact]
    public async Task Without_an_observer_a_task_that_is_gone_fails_the_call()
    {
        await using var store = await TestStore.OpenAsync();
        var refused = await Assert.ThrowsAsync<OpenCodeException>(() => store.Runtime.Tasks.WaitAsync(new WaitRequest(["nonesuch"]), null, Token));
        Assert.Equal(OpenCodeError.TaskNotFound, refused.Error);
    }

    [Fact]
    public async Task Lease_that_ends_meanwhile_is_swept_so_that_a_dead_agent_is_seen()
    {
        await using var store = await TestStore.OpenAsync();
        var task = await store.Runtime.Tasks.CreateAsync(new NewTask { Name = "t" }, Token);
        await store.Runtime.Tasks.AttachAsync(task.Id, new AttachRequest("worker") { Lease = TimeSpan.FromSeconds(10) }, Token);
        var waited = store.Runtime.Tasks.WaitAsync(new WaitRequest([task.Id]) { Statuses = [AgentTaskStatus.Pending] }, null, Token);
        await PassAsync(store, waited);
        Assert.Equal(2, Assert.Single((await waited).Reached).Attempt);
    }

    private static async Task<string[]> StartedAsync(TestStore store, int count)
    {
        var tasks = await store.Runtime.Tasks.CreateManyAsync([.. Enumerable.Range(0, count).Select(i => new NewTask { Name = $"{i}" })], Token);
        foreach (var task in tasks)
        {
            await store.Runtime.Tasks.StartAsync(task.Id, Actor.Operator, Token);
        }

        return [.. tasks.Select(t => t.Id)];
    }

    /// <summary>Lets the store's clock go on until the wait ends.</summary>
    private static async Task PassAsync(TestStore store, Task waited)
    {
        while (!waited.IsCompleted)
        {
            store.Clock.Advance(TimeSpan.FromMilliseconds(50));
            await Task.Yield();
        }
    }

    private sealed class Observer : IWaitObserver
    {
        public TaskCompletionSource Looked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ConcurrentQueue<OpenCodeException> Errors { get; } = [];

        public void Waiting(int reached, int of) => Looked.TrySetResult();

        public void Gone(OpenCodeException error) => Errors.Enqueue(error);
    }
}

using OpenCode.Common;
using OpenCode.Layers;
using OpenCode.Registry;
using OpenCode.Tasks;

namespace OpenCode.Tests.Unit.Tasks;

/// <summary>Two flows that meet at the worst moment, brought there by the steps and by registries that do something in between.</summary>
public sealed class RaceTests
{
    private static CancellationToken Token => TestStore.Token;

    [Fact]
    public async Task Deletion_that_is_finished_late_leaves_the_next_task_of_the_id_alone()
    {
        await using var store = await TestStore.OpenAsync();
        var runtime = store.Runtime;
        foreach (var id in (string[])["task_a", "task_b"])
        {
            await runtime.Tasks.CreateAsync(new NewTask { Name = "old", Id = id }, Token);
            await runtime.Registry.WriteAsync(new DeleteTask(id, Force: false), Token);
        }

        // Another process opens the store and finishes both; while it is at the first, the second's id is used again.
        var created = false;
        var probe = new StepProbe(step =>
        {
            if (step is Step.FolderRemoved && !created)
            {
                created = true;
                _ = runtime.Tasks.CreateAsync(new NewTask { Name = "new", Id = "task_b" }, Token).AsTask().GetAwaiter().GetResult();
            }
        });
        await using (await OpenCodeRuntime.OpenAsync(store.Configuration, store.Clock, probe, () => ProcessIdentity.Current, null, Token))
        {
            Assert.True(created);
            Assert.Equal("new", (await runtime.Tasks.GetAsync("task_b", Token)).Name);
            await Agreement.CheckAsync(runtime, "task_b", Token);
            await Agreement.CheckAsync(runtime, "task_a", Token);
        }
    }

    [Fact]
    public async Task Projection_while_the_sweep_commits_another_event_does_not_lose_it()
    {
        await using var store = await TestStore.OpenAsync();
        var runtime = store.Runtime;
        var task = await runtime.Tasks.CreateAsync(new NewTask { Name = "t" }, Token);
        await runtime.Tasks.AttachAsync(task.Id, new AttachRequest("worker") { Lease = TimeSpan.FromSeconds(5) }, Token);
        await runtime.Registry.WriteAsync(new RecordEvent(task.Id, TaskEvent.Repaired, LogLevel.Info, "committed by a process that died", null), Token);
        store.Clock.Advance(TimeSpan.FromSeconds(6));
        var between = new RegistryWithAMoment(runtime.Registry, async () => await runtime.Registry.WriteAsync(new SweepLeases(10), Token));
        using var locks = new TaskLocks(store.Configuration.DataRoot, TimeSpan.FromSeconds(5));
        var way = Way(store, between, locks);

        var (held, _) = await way.EnterAsync(task.Id, Token);
        held.Dispose();
        Assert.True(between.Reached);
        await way.SettleAsync(task.Id, Token);
        await Agreement.CheckAsync(runtime, task.Id, Token);
        Assert.Equal(AgentTaskStatus.Pending, (await runtime.Memory.StateAsync(task.Id, Token)).Status);
    }

    [Fact]
    public async Task Repair_while_the_sweep_commits_another_event_does_not_lose_it()
    {
        await using var store = await TestStore.OpenAsync();
        var runtime = store.Runtime;
        var task = await runtime.Tasks.CreateAsync(new NewTask { Name = "t" }, Token);
        await runtime.Tasks.AttachAsync(task.Id, new AttachRequest("worker") { Lease = TimeSpan.FromSeconds(5) }, Token);
        store.Clock.Advance(TimeSpan.FromSeconds(6));
        var between = new RegistryWithAMoment(runtime.Registry, async () => await runtime.Registry.WriteAsync(new SweepLeases(10), Token));
        using var locks = new TaskLocks(store.Configuration.DataRoot, TimeSpan.FromSeconds(5));
        var way = Way(store, between, locks);
        var files = new AtomicFile(false, StepProbe.None);
        var folders = new FolderLayer(files, false, StepProbe.None);
        var checkpoints = new TaskCheckpoints(way, new CheckpointLayer(files, false, StepProbe.None), new Ids(store.Clock), store.Clock);
        var report = await new TaskRepair(way, locks, checkpoints, files, folders, store.Clock).RepairAsync(task.Id, Token);
        Assert.True(between.Reached);
        Assert.DoesNotContain(report.Findings, f => f.Original is not null);
        await way.SettleAsync(task.Id, Token);
        await Agreement.CheckAsync(runtime, task.Id, Token);
    }

    [Fact]
    public async Task Sweep_that_cannot_write_one_tasks_files_does_not_fail_the_read_of_another()
    {
        await using var store = await TestStore.OpenAsync();
        var runtime = store.Runtime;
        var damaged = await runtime.Tasks.CreateAsync(new NewTask { Name = "damaged" }, Token);
        var other = await runtime.Tasks.CreateAsync(new NewTask { Name = "other" }, Token);
        await runtime.Tasks.AttachAsync(damaged.Id, new AttachRequest("worker") { Lease = TimeSpan.FromSeconds(5) }, Token);
        await File.WriteAllTextAsync(store.Folder(damaged.Id).State, "{", Token);
        store.Clock.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal("other", (await runtime.Tasks.GetAsync(other.Id, Token)).Name);
        Assert.Equal(AgentTaskStatus.Pending, (await runtime.Tasks.GetAsync(damaged.Id, Token)).Status);
        await runtime.Repair.RepairAsync(damaged.Id, Token);
        await Agreement.CheckAsync(runtime, damaged.Id, Token);
    }

    [Fact]
    public async Task Opening_beside_a_deletion_that_cannot_be_finished_succeeds()
    {
        await using var store = await TestStore.OpenAsync();
        var runtime = store.Runtime;
        await runtime.Tasks.CreateAsync(new NewTask { Name = "t", Id = "task_a" }, Token);
        await runtime.Registry.WriteAsync(new DeleteTask("task_a", Force: false), Token);
        var gone = Path.Combine(store.Configuration.DataRoot, "tasks", ".gone-task_a");
        await File.WriteAllTextAsync(gone, "a file where the folder's trash name is to be", Token);
        await using (await store.AgainAsync())
        {
            Assert.Single(await runtime.Registry.PendingDeletionsAsync(Token));
        }

        File.Delete(gone);
        await using (await store.AgainAsync())
        {
            await Agreement.CheckAsync(runtime, "task_a", Token);
        }
    }

    [Fact]
    public async Task Opening_while_a_tasks_files_cannot_be_written_succeeds_and_the_files_follow()
    {
        await using var store = await TestStore.OpenAsync();
        var runtime = store.Runtime;
        var task = await runtime.Tasks.CreateAsync(new NewTask { Name = "t" }, Token);
        await runtime.Registry.WriteAsync(new RecordEvent(task.Id, TaskEvent.Repaired, LogLevel.Info, "not in the files", null), Token);
        var log = store.Folder(task.Id).Logs;
        File.Move(log, log + ".away");
        Directory.CreateDirectory(log);
        await using (var second = await store.AgainAsync())
        {
            var refused = await Assert.ThrowsAsync<OpenCodeException>(() => second.Tasks.StartAsync(task.Id, Actor.Operator, Token));
            Assert.Equal(OpenCodeError.StoreUnavailable, refused.Error);
        }

        Directory.Delete(log);
        File.Move(log + ".away", log);
        await using (var third = await store.AgainAsync())
        {
            await Agreement.CheckAsync(third, task.Id, Token);
        }
    }

    private static TaskWay Way(TestStore store, ITaskRegistry registry, TaskLocks locks)
    {
        var files = new AtomicFile(false, StepProbe.None);
        var projector = new Projector(new StateLayer(files), new LogLayer(new AppendFile(false, StepProbe.None), store.Clock), new CheckpointLayer(files, false, StepProbe.None), new FolderLayer(files, false, StepProbe.None));
        return new TaskWay(registry, locks, projector, store.Configuration.DataRoot, StepProbe.None);
    }

    /// <summary>A registry in which something happens between the read of a task and the read of its journal.</summary>
    private sealed class RegistryWithAMoment(ITaskRegistry inner, Func<Task> moment) : ITaskRegistry
    {
        public bool Reached { get; private set; }

        public string StoreId => inner.StoreId;

        public ValueTask<IReadOnlyList<TaskSuggestion>> SuggestTasksAsync(TaskSuggestionQuery query, CancellationToken cancellationToken) => inner.SuggestTasksAsync(query, cancellationToken);

        public ValueTask<IReadOnlyList<string>> SuggestAgentsAsync(string? taskId, int limit, CancellationToken cancellationToken) => inner.SuggestAgentsAsync(taskId, limit, cancellationToken);

        public ValueTask<IReadOnlyList<string>> SuggestOwnersAsync(int limit, CancellationToken cancellationToken) => inner.SuggestOwnersAsync(limit, cancellationToken);

        public ValueTask<IReadOnlyList<Lease>> SuggestLocksAsync(int limit, CancellationToken cancellationToken) => inner.SuggestLocksAsync(limit, cancellationToken);

        public ValueTask<IReadOnlyList<string>> SuggestHoldersAsync(int limit, CancellationToken cancellationToken) => inner.SuggestHoldersAsync(limit, cancellationToken);

        public ValueTask<IReadOnlyList<CheckpointSuggestion>> SuggestCheckpointsAsync(string? taskId, string prefix, int limit, CancellationToken cancellationToken) => inner.SuggestCheckpointsAsync(taskId, prefix, limit, cancellationToken);

        public ValueTask<IReadOnlyList<ExecutionSuggestion>> SuggestExecutionsAsync(string? taskId, string prefix, int limit, CancellationToken cancellationToken) => inner.SuggestExecutionsAsync(taskId, prefix, limit, cancellationToken);

        public ValueTask<IReadOnlyList<string>> SuggestImagesAsync(int limit, CancellationToken cancellationToken) => inner.SuggestImagesAsync(limit, cancellationToken);

        public ValueTask<IReadOnlyList<string>> SuggestMetadataKeysAsync(int limit, CancellationToken cancellationToken) => inner.SuggestMetadataKeysAsync(limit, cancellationToken);

        public int Schema => inner.Schema;

        public ValueTask<RegistryVitals> VitalsAsync(CancellationToken cancellationToken) => inner.VitalsAsync(cancellationToken);

        public ICommitWatch Watch() => inner.Watch();

        public async ValueTask<TaskRow?> FindAsync(string taskId, CancellationToken cancellationToken)
        {
            var row = await inner.FindAsync(taskId, cancellationToken);
            if (!Reached)
            {
                Reached = true;
                await moment();
            }

            return row;
        }

        public ValueTask<TResult> WriteAsync<TResult>(RegistryWrite<TResult> write, CancellationToken cancellationToken) => inner.WriteAsync(write, cancellationToken);

        public Task<TResult>? WriteIfFree<TResult>(RegistryWrite<TResult> write) => inner.WriteIfFree(write);

        public ValueTask<IReadOnlyList<string>> IdsByPrefixAsync(string prefix, int limit, CancellationToken cancellationToken) => inner.IdsByPrefixAsync(prefix, limit, cancellationToken);

        public ValueTask<TaskPage> ListAsync(TaskQuery query, CancellationToken cancellationToken) => inner.ListAsync(query, cancellationToken);

        public IAsyncEnumerable<AgentTask> StreamAsync(TaskQuery query, CancellationToken cancellationToken) => inner.StreamAsync(query, cancellationToken);

        public IAsyncEnumerable<AgentTask> SearchAsync(SearchText text, TaskQuery filter, CancellationToken cancellationToken) => inner.SearchAsync(text, filter, cancellationToken);

        public ValueTask<IReadOnlyList<(string Id, AgentTaskStatus Status)>> UnfinishedAsync(long taskNumber, CancellationToken cancellationToken) => inner.UnfinishedAsync(taskNumber, cancellationToken);

        public ValueTask<IReadOnlyList<JournalEntry>> JournalAsync(long taskNumber, long afterSeq, CancellationToken cancellationToken) => inner.JournalAsync(taskNumber, afterSeq, cancellationToken);

        public ValueTask<IReadOnlyList<string>> UnprojectedAsync(int limit, CancellationToken cancellationToken) => inner.UnprojectedAsync(limit, cancellationToken);

        public ValueTask<IReadOnlyList<PendingDeletion>> PendingDeletionsAsync(CancellationToken cancellationToken) => inner.PendingDeletionsAsync(cancellationToken);

        public ValueTask<bool> HasExpiredLeasesAsync(CancellationToken cancellationToken) => inner.HasExpiredLeasesAsync(cancellationToken);

        public IAsyncEnumerable<TaskAgent> AgentsAsync(AgentQuery query, CancellationToken cancellationToken) => inner.AgentsAsync(query, cancellationToken);

        public ValueTask<LockLook> LookAtLocksAsync(IReadOnlyList<string> resources, long? ticket, CancellationToken cancellationToken) => inner.LookAtLocksAsync(resources, ticket, cancellationToken);

        public ValueTask<IReadOnlyList<LeaseLook>> LocksAsync(string? resourcePattern, string? owner, CancellationToken cancellationToken) => inner.LocksAsync(resourcePattern, owner, cancellationToken);

        public ValueTask<TaskStatistic> StatisticAsync(int recent, CancellationToken cancellationToken) => inner.StatisticAsync(recent, cancellationToken);

        public ValueTask<IReadOnlyList<Lease>> LeasesAsync(string resource, CancellationToken cancellationToken) => inner.LeasesAsync(resource, cancellationToken);

        public ValueTask<IReadOnlyList<CheckpointRow>> CheckpointsAsync(string taskId, CancellationToken cancellationToken) => inner.CheckpointsAsync(taskId, cancellationToken);

        public ValueTask<CheckpointRow?> FindCheckpointAsync(string checkpointId, CancellationToken cancellationToken) => inner.FindCheckpointAsync(checkpointId, cancellationToken);

        public ValueTask<IReadOnlyList<Execution>> ExecutionsAsync(string taskId, string? idPattern, int? last, CancellationToken cancellationToken) => inner.ExecutionsAsync(taskId, idPattern, last, cancellationToken);

        public ValueTask<AskedExecution?> FindExecutionAsync(string executionId, CancellationToken cancellationToken) => inner.FindExecutionAsync(executionId, cancellationToken);

        public ValueTask<string?> CancelReasonAsync(string executionId, CancellationToken cancellationToken) => inner.CancelReasonAsync(executionId, cancellationToken);

        public ValueTask<IReadOnlyList<ApprovalRequest>> ApprovalsAsync(bool waiting, CancellationToken cancellationToken) => inner.ApprovalsAsync(waiting, cancellationToken);

        public ValueTask<SandboxRow?> SandboxAsync(string taskId, CancellationToken cancellationToken) => inner.SandboxAsync(taskId, cancellationToken);

        public ValueTask<IReadOnlyList<SandboxRow>> SandboxesAsync(CancellationToken cancellationToken) => inner.SandboxesAsync(cancellationToken);

        public ValueTask<IReadOnlyList<PoolRow>> PoolAsync(CancellationToken cancellationToken) => inner.PoolAsync(cancellationToken);

        public ValueTask<(long Hits, long Misses)> PoolCountsAsync(CancellationToken cancellationToken) => inner.PoolCountsAsync(cancellationToken);

        public ValueTask<IReadOnlyList<RoomWaiter>> RoomLineAsync(CancellationToken cancellationToken) => inner.RoomLineAsync(cancellationToken);

        public ValueTask<IReadOnlyList<OpenExecution>> OpenExecutionsAsync(CancellationToken cancellationToken) => inner.OpenExecutionsAsync(cancellationToken);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

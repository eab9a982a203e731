using OpenCode.Common;
using OpenCode.Registry;
using OpenCode.Tasks;

namespace OpenCode.Tests.Unit.Tasks;

public sealed class DependencyTests
{
    private static CancellationToken Token => TestStore.Token;

    [Fact]
    public async Task Task_is_ready_when_the_last_of_what_it_depends_on_completes()
    {
        await using var store = await TestStore.OpenAsync();
        var tasks = store.Runtime.Tasks;
        await CreateAsync(store, "a");
        await CreateAsync(store, "b");
        var waiting = await CreateAsync(store, "c", "b", "a");
        Assert.Equal(["b", "a"], waiting.DependsOn);
        Assert.False(waiting.Ready);
        Assert.Equal(["a", "b"], await ReadyAsync(store.Runtime));

        await EndAsync(store.Runtime, "a");
        Assert.False((await tasks.GetAsync("c", Token)).Ready);
        await EndAsync(store.Runtime, "b");
        var ready = await tasks.GetAsync("c", Token);
        Assert.True(ready.Ready);
        Assert.Equal(waiting.Version, ready.Version);
        Assert.Equal(["b", "a"], ready.DependsOn);
        Assert.Equal(["c"], await ReadyAsync(store.Runtime));
        Assert.Equal(["Task created: c; waits for 'b' (Pending), 'a' (Pending)", "Ready now: 'b' is Completed, and it was the last task this one waited for"], await LogAsync(store.Runtime, "c"));
        var started = await tasks.StartAsync("c", Actor.Operator, Token);
        Assert.False(started.Ready);
        Assert.Empty(await ReadyAsync(store.Runtime));
        await AgreeAsync(store.Runtime, "a", "b", "c");
    }

    [Fact]
    public async Task What_is_told_to_others_is_in_their_files_when_the_call_returns()
    {
        await using var store = await TestStore.OpenAsync();
        await CreateAsync(store, "a");
        await CreateAsync(store, "b", "a");
        await EndAsync(store.Runtime, "a");
        // Without asking for anything that would finish what is unfinished.
        Assert.Empty(await store.Runtime.Registry.UnprojectedAsync(10, Token));
        await AgreeAsync(store.Runtime, "b");
    }

    [Theory]
    [InlineData("start")]
    [InlineData("attach")]
    [InlineData("resume")]
    [InlineData("resume for an agent")]
    [InlineData("resume from a checkpoint")]
    public async Task Start_of_a_task_that_waits_names_each_blocker_and_what_to_do(string how)
    {
        await using var store = await TestStore.OpenAsync();
        var tasks = store.Runtime.Tasks;
        foreach (var id in (string[])["pending", "running", "failed", "cancelled", "completed"])
        {
            await CreateAsync(store, id);
        }

        await EndAsync(store.Runtime, "completed");
        await tasks.StartAsync("running", Actor.Operator, Token);
        await tasks.StartAsync("failed", Actor.Operator, Token);
        var waiting = await CreateAsync(store, "w", "pending", "running", "failed", "cancelled", "completed");
        await tasks.FailAsync("failed", "broken", null, null, Actor.Operator, Token);
        await tasks.CancelAsync("cancelled", null, Actor.Operator, Token);
        var checkpoint = await store.Runtime.Checkpoints.CreateAsync("w", null, Actor.Operator, Token);
        var before = await store.Runtime.Tasks.GetAsync("w", Token);
        var refused = await Assert.ThrowsAsync<OpenCodeException>(() => how switch
        {
            "start" => tasks.StartAsync("w", Actor.Operator, Token),
            "attach" => tasks.AttachAsync("w", new AttachRequest("worker"), Token),
            "resume" => tasks.ResumeAsync(new ResumeRequest { Task = "w" }, Token),
            "resume for an agent" => tasks.ResumeAsync(new ResumeRequest { Task = "w", Agent = "worker" }, Token),
            _ => tasks.ResumeAsync(new ResumeRequest { Checkpoint = checkpoint.Id }, Token),
        });
        Assert.Equal((OpenCodeError.InvalidTransition, "w"), (refused.Error, refused.Target));
        Assert.Contains("'pending' is Pending: start and complete it; 'running' is Running: wait until it is completed; 'failed' is Failed: resume it, or delete it so that nothing waits for it; 'cancelled' is Cancelled: resume it", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("'completed'", refused.Message, StringComparison.Ordinal);
        var after = await tasks.GetAsync("w", Token);
        Assert.Equal((before.Version, AgentTaskStatus.Pending, 0), (after.Version, after.Status, after.Agents.Count));
        Assert.Equal(waiting.DependsOn, after.DependsOn);
        Assert.Single(await store.Runtime.Checkpoints.ListAsync("w", Token));
        var log = await LogAsync(store.Runtime, "w");
        Assert.Contains("Blocked: 'failed', which this task depends on, is Failed. Resume it, or delete it so that nothing waits for it", log);
        Assert.Contains("Blocked: 'cancelled', which this task depends on, is Cancelled. Resume it, or delete it so that nothing waits for it", log);
        await AgreeAsync(store.Runtime, "w");
    }

    [Fact]
    public async Task Restore_of_a_completed_task_makes_the_pending_ones_wait_again_and_lets_the_running_go_on()
    {
        await using var store = await TestStore.OpenAsync();
        var tasks = store.Runtime.Tasks;
        await CreateAsync(store, "a");
        await CreateAsync(store, "pending", "a");
        await CreateAsync(store, "running", "a");
        var checkpoint = await store.Runtime.Checkpoints.CreateAsync("a", null, Actor.Operator, Token);
        await EndAsync(store.Runtime, "a");
        await tasks.AttachAsync("running", new AttachRequest("worker") { Lease = TimeSpan.FromSeconds(5) }, Token);
        await store.Runtime.Checkpoints.RestoreAsync("a", checkpoint.Id, Actor.Operator, Token);
        Assert.False((await tasks.GetAsync("pending", Token)).Ready);
        Assert.Equal("Waits again for 'a', which was Completed and is Pending again", (await LogAsync(store.Runtime, "pending"))[^1]);
        Assert.DoesNotContain(await LogAsync(store.Runtime, "running"), m => m.StartsWith("Waits", StringComparison.Ordinal));
        await tasks.FailAsync("running", "it broke", null, null, Actor.Of("worker"), Token);

        // Taking it up again needs what it depends on, as a first start does.
        Assert.Equal(OpenCodeError.InvalidTransition, (await Assert.ThrowsAsync<OpenCodeException>(() => tasks.ResumeAsync(new ResumeRequest { Task = "running" }, Token))).Error);
        await EndAsync(store.Runtime, "a");
        Assert.True((await tasks.GetAsync("pending", Token)).Ready);
        Assert.Equal(AgentTaskStatus.Running, (await tasks.ResumeAsync(new ResumeRequest { Task = "running" }, Token)).Status);
        await AgreeAsync(store.Runtime, "a", "pending", "running");
        await CountsAgreeAsync(store.Runtime);
    }

    [Fact]
    public async Task Running_task_that_loses_its_agent_is_ready_only_when_nothing_it_depends_on_went_back()
    {
        await using var store = await TestStore.OpenAsync();
        var tasks = store.Runtime.Tasks;
        await CreateAsync(store, "a");
        var checkpoint = await store.Runtime.Checkpoints.CreateAsync("a", null, Actor.Operator, Token);
        await CreateAsync(store, "b", "a");
        await EndAsync(store.Runtime, "a");
        await tasks.AttachAsync("b", new AttachRequest("worker") { Lease = TimeSpan.FromSeconds(5) }, Token);
        store.Clock.Advance(TimeSpan.FromSeconds(6));
        Assert.True((await tasks.GetAsync("b", Token)).Ready);
        await tasks.AttachAsync("b", new AttachRequest("worker") { Lease = TimeSpan.FromSeconds(5) }, Token);
        await store.Runtime.Checkpoints.RestoreAsync("a", checkpoint.Id, Actor.Operator, Token);
        store.Clock.Advance(TimeSpan.FromSeconds(6));
        Assert.False((await tasks.GetAsync("b", Token)).Ready);
        Assert.Equal(["a"], await ReadyAsync(store.Runtime));
    }

    [Fact]
    public async Task Deleted_task_is_waited_for_no_longer()
    {
        await using var store = await TestStore.OpenAsync();
        var tasks = store.Runtime.Tasks;
        await CreateAsync(store, "a");
        await CreateAsync(store, "b");
        await CreateAsync(store, "done");
        await CreateAsync(store, "c", "a", "done", "b");
        await EndAsync(store.Runtime, "done");
        await tasks.DeleteAsync("a", false, Token);
        Assert.Equal(["done", "b"], (await tasks.GetAsync("c", Token)).DependsOn);
        await tasks.DeleteAsync("done", false, Token);
        Assert.False((await tasks.GetAsync("c", Token)).Ready);
        await tasks.DeleteAsync("b", false, Token);
        var free = await tasks.GetAsync("c", Token);
        Assert.True(free.Ready);
        Assert.Empty(free.DependsOn);
        Assert.Equal(
            ["Does not depend on 'a' any more, which was deleted", "Does not depend on 'done' any more, which was deleted", "Does not depend on 'b' any more, which was deleted; ready now"],
            (await LogAsync(store.Runtime, "c"))[1..]);

        // The id is another task's now, and nothing of the first one's.
        await CreateAsync(store, "a", "c");
        Assert.True((await tasks.GetAsync("c", Token)).Ready);
        await tasks.DeleteAsync("c", false, Token);
        Assert.True((await tasks.GetAsync("a", Token)).Ready);
        await AgreeAsync(store.Runtime, "a", "c");
        await CountsAgreeAsync(store.Runtime);
    }

    [Fact]
    public async Task Many_created_at_once_depend_on_each_other_in_any_order()
    {
        await using var store = await TestStore.OpenAsync();
        await CreateAsync(store, "there");
        await EndAsync(store.Runtime, "there");
        var created = await store.Runtime.Tasks.CreateManyAsync([New("c", "b", "there"), New("b", "a", "a"), New("a")], Token);
        Assert.Equal(["c", "b", "a"], created.Select(t => t.Id));
        Assert.Equal([false, false, true], created.Select(t => t.Ready));
        Assert.Equal(["a"], created[1].DependsOn);
        foreach (var id in (string[])["a", "b", "c"])
        {
            Assert.Equal([id], await ReadyAsync(store.Runtime));
            await EndAsync(store.Runtime, id);
        }

        await AgreeAsync(store.Runtime, "a", "b", "c");
    }

    [Theory]
    [InlineData("a:a", "'a' → 'a'")]
    [InlineData("a:b b:a", "'a' → 'b' → 'a'")]
    [InlineData("x:a a:b b:c c:b", "'b' → 'c' → 'b'")]
    [InlineData("x:y,z y:z z:x", "'x' → 'y' → 'z' → 'x'")]
    public async Task Ring_is_refused_by_its_names_and_nothing_is_created(string tasks, string ring)
    {
        await using var store = await TestStore.OpenAsync();
        var requests = tasks.Split(' ').Select(t => t.Split(':')).Select(t => New(t[0], t[1].Split(','))).ToList();
        var refused = await Assert.ThrowsAsync<OpenCodeException>(async () => await store.Runtime.Tasks.CreateManyAsync(requests, Token));
        Assert.Equal(OpenCodeError.InvalidArgument, refused.Error);
        Assert.Contains(ring, refused.Message, StringComparison.Ordinal);
        Assert.Equal(0, (await store.Runtime.Tasks.ListAsync(new TaskQuery(), Token)).Total);
    }

    [Fact]
    public async Task Ring_of_thousands_is_found_and_named_in_short_and_a_chain_of_thousands_is_none()
    {
        await using var store = await TestStore.OpenAsync();
        var chain = Enumerable.Range(0, 5_000).Select(i => New($"t{i}", $"t{i + 1}")).ToList();
        var ring = await Assert.ThrowsAsync<OpenCodeException>(async () => await store.Runtime.Registry.WriteAsync(new CreateTasks([.. chain.Append(New("t5000", "t0")).Select(Row)]), Token));
        Assert.Contains("'t0' → 't1' → 't2'", ring.Message, StringComparison.Ordinal);
        Assert.Contains("(4991 more) → 't0'", ring.Message, StringComparison.Ordinal);
        Assert.InRange(ring.Message.Length, 1, 500);
        await store.Runtime.Registry.WriteAsync(new CreateTasks([.. chain.Append(New("t5000")).Select(Row)]), Token);
        Assert.Equal(["t5000"], await ReadyAsync(store.Runtime));
    }

    [Fact]
    public async Task Ring_cannot_be_made_from_two_sides()
    {
        await using var store = await TestStore.OpenAsync();
        await using var other = await store.AgainAsync();
        for (var round = 0; round < 20; round++)
        {
            var (a, b) = ($"a{round}", $"b{round}");
            OpenCodeRuntime[] sides = [store.Runtime, other];
            // Each side makes one that depends on what the other makes at the same moment, one time with and one time without making that itself.
            IReadOnlyList<NewTask>[] wishes = round % 2 == 0 ? [[New(a, b)], [New(b, a)]] : [[New(a, b), New(b)], [New(b, a), New(a)]];
            var outcomes = await Task.WhenAll(sides.Zip(wishes, (side, wish) => Task.Run(async () =>
            {
                try
                {
                    await side.Tasks.CreateManyAsync(wish, Token);
                    return (OpenCodeError?)null;
                }
                catch (OpenCodeException e)
                {
                    return e.Error;
                }
            }, Token)));
            if (round % 2 == 0)
            {
                Assert.Equal([OpenCodeError.TaskNotFound, OpenCodeError.TaskNotFound], outcomes);
                continue;
            }

            Assert.Equal([null, OpenCodeError.TaskExists], outcomes.Order());
            var made = (await store.Runtime.Tasks.ListAsync(new TaskQuery { IdPattern = $"?{round}" }, Token)).Tasks;
            Assert.Equal(2, made.Count);
            Assert.Single(made, t => t.Ready);
        }
    }

    [Fact]
    public async Task Completion_and_deletion_by_two_runtimes_at_once_lose_no_count()
    {
        await using var store = await TestStore.OpenAsync();
        await using var other = await store.AgainAsync();
        string[] ids = [.. Enumerable.Range(0, 12).Select(i => $"d{i:D2}")];
        await store.Runtime.Tasks.CreateManyAsync([.. ids.Select(id => New(id))], Token);
        await store.Runtime.Tasks.CreateManyAsync([New("w1", ids), New("w2", ids[3..])], Token);
        await Task.WhenAll(ids.Select((id, i) => Task.Run(async () =>
        {
            var runtime = i % 2 == 0 ? store.Runtime : other;
            if (i % 3 == 0)
            {
                await runtime.Tasks.DeleteAsync(id, force: true, Token);
            }
            else
            {
                await EndAsync(runtime, id);
            }
        }, Token)));
        Assert.Equal(["w1", "w2"], await ReadyAsync(other));
        Assert.Single(await LogAsync(store.Runtime, "w1"), m => m.Contains("ready now", StringComparison.OrdinalIgnoreCase));
        await AgreeAsync(store.Runtime, ["w1", "w2", .. ids]);
        await CountsAgreeAsync(store.Runtime);
    }

    [Fact]
    public async Task Two_tasks_that_tell_each_others_dependents_at_once_do_not_wait_in_a_circle()
    {
        await using var store = await TestStore.OpenAsync(c => c with { BusyTimeout = TimeSpan.FromSeconds(30) });
        await using var other = await store.AgainAsync();
        // Each completes tasks on which the other's next one depends, so that both settle what the other has just changed.
        const int Pairs = 30;
        await store.Runtime.Tasks.CreateManyAsync([.. Enumerable.Range(0, Pairs).SelectMany(i => i == 0 ? (NewTask[])[New("l0"), New("r0")] : [New($"l{i}", $"r{i - 1}", $"l{i - 1}"), New($"r{i}", $"l{i - 1}", $"r{i - 1}")])], Token);
        for (var i = 0; i < Pairs; i++)
        {
            await Task.WhenAll(Task.Run(() => EndAsync(store.Runtime, $"l{i}"), Token), Task.Run(() => EndAsync(other, $"r{i}"), Token)).WaitAsync(TimeSpan.FromSeconds(60), Token);
        }

        await AgreeAsync(store.Runtime, [.. Enumerable.Range(0, Pairs).SelectMany(i => (string[])[$"l{i}", $"r{i}"])]);
    }

    [Theory]
    [InlineData("nonesuch", OpenCodeError.TaskNotFound, "nonesuch")]
    [InlineData("task_", OpenCodeError.InvalidArgument, "task_")]
    [InlineData("../x", OpenCodeError.InvalidArgument, "../x")]
    [InlineData("", OpenCodeError.InvalidArgument, "")]
    public async Task Dependency_that_is_no_one_task_is_refused(string dependency, OpenCodeError error, string target)
    {
        await using var store = await TestStore.OpenAsync();
        await CreateAsync(store, "task_1");
        await CreateAsync(store, "task_2");
        var refused = await Assert.ThrowsAsync<OpenCodeException>(() => CreateAsync(store, "w", dependency));
        Assert.Equal((error, target), (refused.Error, refused.Target));
        Assert.Contains($"'{dependency}'", refused.Message, StringComparison.Ordinal);
        Assert.Equal(2, (await store.Runtime.Tasks.ListAsync(new TaskQuery(), Token)).Total);
        Assert.Equal(["task_1"], (await CreateAsync(store, "w", "task_1")).DependsOn);
    }

    [Fact]
    public async Task Dependency_that_is_deleted_between_its_look_up_and_the_insert_is_TaskNotFound()
    {
        await using var store = await TestStore.OpenAsync();
        var refused = await Assert.ThrowsAsync<OpenCodeException>(async () => await store.Runtime.Registry.WriteAsync(new CreateTasks([Row(New("w", "gone"))]), Token));
        Assert.Equal((OpenCodeError.TaskNotFound, "gone"), (refused.Error, refused.Target));
    }

    [Fact]
    public async Task More_dependencies_than_the_limit_are_refused()
    {
        await using var store = await TestStore.OpenAsync();
        var refused = await Assert.ThrowsAsync<OpenCodeException>(() => CreateAsync(store, "w", [.. Enumerable.Range(0, 1_001).Select(i => $"d{i}")]));
        Assert.Equal(OpenCodeError.LimitExceeded, refused.Error);
        Assert.Contains("1000", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ready_comes_by_priority_then_age_and_agrees_with_a_naive_model()
    {
        await using var store = await TestStore.OpenAsync();
        var random = new Random(11);
        var made = new List<NewTask>();
        for (var i = 0; i < 1_700; i++)
        {
            made.Add(new NewTask
            {
                Id = $"t{i:D4}", Name = "n", Priority = random.Next(3) == 0 ? random.Next(-2, 3) * 1_000_000_000 : 0, Owner = random.Next(2) == 0 ? "ada" : "bob",
                DependsOn = i > 0 && random.Next(4) == 0 ? [$"t{random.Next(i):D4}"] : [],
            });
        }

        await store.Runtime.Registry.WriteAsync(new CreateTasks([.. made.Select(Row)]), Token);
        var all = (await store.Runtime.Registry.ListAsync(new TaskQuery(), Token)).Tasks;
        var model = all.Reverse().Where(t => t.DependsOn.Count == 0).OrderByDescending(t => t.Priority).ToList(); // stable: older first among equals
        foreach (var (owner, skip, first) in (IEnumerable<(string?, int, int?)>)[(null, 0, null), (null, 3, 1_001), ("ada", 0, null), ("bob", 550, 20), (null, 0, 500), (null, 0, 0)])
        {
            var query = new TaskQuery { Ready = true, Owner = owner, Skip = skip, First = first };
            var matching = model.Where(t => owner is null || t.Owner == owner).ToList();
            var wanted = matching.Skip(skip).Take(first ?? int.MaxValue).Select(t => t.Id).ToList();
            var page = await store.Runtime.Registry.ListAsync(query, Token);
            Assert.Equal(matching.Count, page.Total);
            Assert.Equal(wanted, page.Tasks.Select(t => t.Id));
            Assert.Equal(wanted, await store.Runtime.Registry.StreamAsync(query, Token).Select(t => t.Id).ToListAsync(Token));
        }
    }

    [Fact]
    public async Task Process_that_dies_after_the_commit_leaves_nothing_untold()
    {
        await using var store = await TestStore.OpenAsync();
        await CreateAsync(store, "a");
        await CreateAsync(store, "b", "a");
        await store.Runtime.Tasks.StartAsync("a", Actor.Operator, Token);
        // What a process does that is killed at the moment of truth: the commit, and nothing after it.
        await store.Runtime.Registry.WriteAsync(new TransitionTask("a", "complete", [AgentTaskStatus.Running], AgentTaskStatus.Completed, TaskEvent.Completed, Actor.Operator) { Result = new TaskResult(true, null, null, null) }, Token);
        Assert.Equal(["a", "b"], await store.Runtime.Registry.UnprojectedAsync(10, Token));
        await using var next = await store.AgainAsync();
        Assert.Empty(await next.Registry.UnprojectedAsync(10, Token));
        await AgreeAsync(next, "a", "b");
        Assert.StartsWith("Ready now", (await LogAsync(next, "b"))[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dependent_whose_files_are_damaged_does_not_fail_the_completion_it_is_told_of()
    {
        await using var store = await TestStore.OpenAsync();
        await CreateAsync(store, "a");
        await CreateAsync(store, "b", "a");
        await File.WriteAllTextAsync(store.Folder("b").State, "{", Token);
        await EndAsync(store.Runtime, "a");
        Assert.True((await store.Runtime.Tasks.GetAsync("b", Token)).Ready);
        await store.Runtime.Repair.RepairAsync("b", Token);
        await AgreeAsync(store.Runtime, "a", "b");
    }

    private static NewTask New(string id, params string[] dependsOn) => new() { Id = id, Name = id, DependsOn = dependsOn };

    private static NewTaskRow Row(NewTask task) => new(task.Id!, task.Name, null, task.Mode, task.Owner ?? "system", task.Priority, JsonMap.Empty, null) { DependsOn = task.DependsOn };

    private static async Task<AgentTask> CreateAsync(TestStore store, string id, params string[] dependsOn) => await store.Runtime.Tasks.CreateAsync(New(id, dependsOn), Token);

    private static async Task EndAsync(OpenCodeRuntime runtime, string id)
    {
        await runtime.Tasks.StartAsync(id, Actor.Operator, Token);
        await runtime.Tasks.CompleteAsync(id, null, null, Actor.Operator, Token);
    }

    private static async Task<List<string>> ReadyAsync(OpenCodeRuntime runtime) => await runtime.Tasks.StreamAsync(new TaskQuery { Ready = true }, Token).Select(t => t.Id).ToListAsync(Token);

    private static async Task<List<string>> LogAsync(OpenCodeRuntime runtime, string id) => [.. (await runtime.Memory.HistoryAsync(id, new LogQuery(), Token)).Entries.Select(e => e.Message)];

    private static async Task AgreeAsync(OpenCodeRuntime runtime, params string[] ids)
    {
        foreach (var id in ids)
        {
            await Agreement.CheckAsync(runtime, id, Token);
        }
    }

    /// <summary>The kept numbers are those a naive count gives.</summary>
    private static async Task CountsAgreeAsync(OpenCodeRuntime runtime)
    {
        var all = (await runtime.Registry.ListAsync(new TaskQuery(), Token)).Tasks;
        var statuses = all.ToDictionary(t => t.Id, t => t.Status);
        foreach (var task in all)
        {
            var row = await runtime.Registry.FindAsync(task.Id, Token);
            Assert.Equal(task.DependsOn.Count(id => statuses[id] is not AgentTaskStatus.Completed), row!.Unfinished);
        }
    }
}

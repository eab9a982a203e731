using OpenCode.Common;
using OpenCode.Registry;
using OpenCode.Tasks;

namespace OpenCode.Tests.Unit.Tasks;

public sealed class StatisticTests
{
    private static CancellationToken Token => TestStore.Token;

    [Fact]
    public async Task Empty_store_is_all_zeros_and_no_durations()
    {
        await using var store = await TestStore.OpenAsync();
        var statistic = await store.Runtime.Tasks.StatisticAsync(5, Token);
        Assert.Equal((0L, 0L, new StatusCounts(0, 0, 0, 0, 0), 0L, 0L), (statistic.Total, statistic.Ready, statistic.ByStatus, statistic.OtherOwners, statistic.TasksOfOtherOwners));
        Assert.Equal((new DurationStatistic(0, null, null), new LockStatistic(0, 0, 0, 0)), (statistic.Durations, statistic.Locks));
        Assert.Empty(statistic.ByOwner);
        Assert.Empty(statistic.Recent);
    }

    [Fact]
    public async Task Numbers_are_those_of_a_naive_count()
    {
        await using var store = await TestStore.OpenAsync();
        var tasks = store.Runtime.Tasks;
        var random = new Random(9);
        var durations = new List<double>();
        for (var i = 0; i < 60; i++)
        {
            var id = $"t{i:D2}";
            await tasks.CreateAsync(new NewTask { Id = id, Name = "n", Owner = $"o{random.Next(4)}", DependsOn = i % 10 == 9 ? ["t00"] : [] }, Token);
            if (i % 3 == 0 || i % 10 == 9)
            {
                continue;
            }

            await tasks.StartAsync(id, Actor.Operator, Token);
            if (i % 3 == 1)
            {
                var took = TimeSpan.FromMilliseconds(random.Next(1, 100_000));
                store.Clock.Advance(took);
                await (random.Next(3) switch
                {
                    0 => tasks.CompleteAsync(id, null, null, Actor.Operator, Token),
                    1 => tasks.FailAsync(id, "broken", null, null, Actor.Operator, Token),
                    _ => tasks.CancelAsync(id, null, Actor.Operator, Token),
                });
                durations.Add(took.TotalMilliseconds);
            }
        }

        await tasks.CancelAsync("t03", null, Actor.Operator, Token); // never started: no duration
        var all = (await tasks.ListAsync(new TaskQuery(), Token)).Tasks;
        var statistic = await tasks.StatisticAsync(7, Token);
        Assert.Equal(60, statistic.Total);
        Assert.Equal(all.Count(t => t.Ready), statistic.Ready);
        Assert.Equal(new StatusCounts(Of(AgentTaskStatus.Pending), Of(AgentTaskStatus.Running), Of(AgentTaskStatus.Completed), Of(AgentTaskStatus.Failed), Of(AgentTaskStatus.Cancelled)), statistic.ByStatus);
        Assert.Equal(all.CountBy(t => t.Owner).OrderByDescending(o => o.Value).ThenBy(o => o.Key, StringComparer.Ordinal).Select(o => new OwnerCount(o.Key, o.Value)), statistic.ByOwner);
        durations.Sort();
        Assert.Equal(new DurationStatistic(durations.Count, Rank(0.5), Rank(0.95)), statistic.Durations);
        Assert.Equal(all.Take(7).Select(t => t.Id), statistic.Recent.Select(t => t.Id));

        long Of(AgentTaskStatus status) => all.Count(t => t.Status == status);

        TimeSpan Rank(double part) => TimeSpan.FromMilliseconds(durations[(int)Math.Ceiling(part * durations.Count) - 1]);
    }

    [Fact]
    public async Task Owners_beyond_the_first_hundred_are_counted_together()
    {
        await using var store = await TestStore.OpenAsync();
        await store.Runtime.Registry.WriteAsync(new CreateTasks([.. Enumerable.Range(0, 400).Select(i => new NewTaskRow($"t{i}", "n", null, AgentTaskMode.Exclusive, i < 200 ? "most" : $"o{i % 150:D3}", 0, JsonMap.Empty, null))]), Token);
        var statistic = await store.Runtime.Tasks.StatisticAsync(0, Token);
        Assert.Equal(100, statistic.ByOwner.Count);
        Assert.Equal(new OwnerCount("most", 200), statistic.ByOwner[0]);
        Assert.Equal(new OwnerCount("o050", 2), statistic.ByOwner[1]);
        Assert.Equal((51L, 51L), (statistic.OtherOwners, statistic.TasksOfOtherOwners));
        Assert.Empty(statistic.Recent);
    }

    [Fact]
    public async Task Leases_are_counted_by_mode_and_those_that_ended_unseen()
    {
        await using var store = await TestStore.OpenAsync();
        var tasks = store.Runtime.Tasks;
        await tasks.CreateManyAsync([new NewTask { Id = "many", Name = "n", Mode = AgentTaskMode.Collaborative }, new NewTask { Id = "one", Name = "n" }, new NewTask { Id = "two", Name = "n" }], Token);
        foreach (var agent in (string[])["a", "b", "c"])
        {
            await tasks.AttachAsync("many", new AttachRequest(agent) { Lease = TimeSpan.FromSeconds(5) }, Token);
        }

        await tasks.AttachAsync("one", new AttachRequest("a"), Token);
        await tasks.AttachAsync("two", new AttachRequest("a") { NoExpiry = true }, Token);
        Assert.Equal(new LockStatistic(5, 2, 3, 0) { Total = 5 }, (await tasks.StatisticAsync(0, Token)).Locks);
        await tasks.DetachAsync("many", "c", null, Token);
        store.Clock.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(new LockStatistic(2, 2, 0, 2) { Total = 5, AverageHold = TimeSpan.FromSeconds(4) }, (await tasks.StatisticAsync(0, Token)).Locks);
        await tasks.DeleteAsync("many", true, Token);
        Assert.Equal(2, (await tasks.StatisticAsync(0, Token)).Locks.Expired);
    }

    [Fact]
    public async Task Agents_are_those_attached_now_with_their_leases()
    {
        await using var store = await TestStore.OpenAsync();
        var tasks = store.Runtime.Tasks;
        await tasks.CreateManyAsync([new NewTask { Id = "task_b", Name = "B", Mode = AgentTaskMode.Collaborative }, new NewTask { Id = "task_a", Name = "A" }, new NewTask { Id = "task_ab", Name = "AB" }], Token);
        var first = await tasks.AttachAsync("task_b", new AttachRequest("zoe"), Token);
        await tasks.AttachAsync("task_b", new AttachRequest("ana") { Lease = TimeSpan.FromSeconds(5) }, Token);
        await tasks.AttachAsync("task_a", new AttachRequest("ana") { NoExpiry = true }, Token);
        await tasks.AttachAsync("task_ab", new AttachRequest("bo*b"), Token);
        Assert.Equal(["ana task_a", "bo*b task_ab", "zoe task_b", "ana task_b"], await AgentsAsync(null, null));
        Assert.Equal(["ana task_a", "ana task_b"], await AgentsAsync("ana", null));
        Assert.Equal(["ana task_a"], await AgentsAsync(null, "task_a"));
        Assert.Equal(["ana task_b"], await AgentsAsync("ana", "task_b"));
        Assert.Equal(["bo*b task_ab"], await AgentsAsync("bo*b", null));
        Assert.Empty(await AgentsAsync("bo", null));
        var zoe = await tasks.AgentsAsync("zoe", null, Token).SingleAsync(Token);
        Assert.Equal(new TaskAgent { AgentId = "zoe", TaskId = "task_b", TaskName = "B", Mode = LeaseMode.Collaborative, Fence = first.Fence, AcquiredAt = first.AcquiredAt, ExpiresAt = first.ExpiresAt, Host = first.Host, ProcessId = first.ProcessId, LastSeen = first.AcquiredAt }, zoe);
        store.Clock.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(["ana task_a"], await AgentsAsync("ana", null));
        Assert.Equal(OpenCodeError.TaskNotFound, (await Assert.ThrowsAsync<OpenCodeException>(() => AgentsAsync(null, "nonesuch"))).Error);

        async Task<List<string>> AgentsAsync(string? agent, string? task) => await tasks.AgentsAsync(agent, task, Token).Select(a => $"{a.AgentId} {a.TaskId}").ToListAsync(Token);
    }

    [Fact]
    public async Task Agents_of_more_tasks_than_one_batch_are_all_read_once()
    {
        await using var store = await TestStore.OpenAsync();
        string[] ids = [.. Enumerable.Range(0, 600).Select(i => $"t{i:D3}")];
        await store.Runtime.Registry.WriteAsync(new CreateTasks([.. ids.Select(id => new NewTaskRow(id, "n", null, AgentTaskMode.Collaborative, "system", 0, JsonMap.Empty, null))]), Token);
        foreach (var id in ids)
        {
            await store.Runtime.Registry.WriteAsync(new AttachAgent(id, new LeaseRequest("a", null)), Token);
            await store.Runtime.Registry.WriteAsync(new AttachAgent(id, new LeaseRequest("b", null)), Token);
        }

        Assert.Equal(ids.SelectMany(id => (string[])[$"{id} a", $"{id} b"]), await store.Runtime.Tasks.AgentsAsync(null, null, Token).Select(a => $"{a.TaskId} {a.AgentId}").ToListAsync(Token));
        Assert.Equal(ids, await store.Runtime.Tasks.AgentsAsync("b", null, Token).Select(a => a.TaskId).ToListAsync(Token));
    }
}

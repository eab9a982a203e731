using Microsoft.Data.Sqlite;
using OpenCode.Common;
using OpenCode.Configuration;
using OpenCode.Locks;
using OpenCode.Tasks;
using OpenCode.Tests.Integration.Processes;
using OpenCode.Tests.StoreWorker;
using OpenCode.Tests.Unit;

namespace OpenCode.Tests.Integration.Crash;

/// <summary>
/// I1 to I4 for claims and locks: a worker among others is killed once at every step of claiming, working, locking, waiting and handing over, with hooks and without. What was bound to it
/// is had by the next who asks, what is its agent's ends with its time, and nobody waits for a dead one.
/// </summary>
public sealed class ShiftKillTests(ITestOutputHelper output)
{
    private static readonly Step[] OfLocks = [Step.TransactionBegun, Step.BeforeCommit, Step.AfterCommit, Step.Projected];
    private static readonly string[] Moments = [Shift.Waiting, Shift.Granted, Shift.Held, Shift.Hand, Shift.Queued, Shift.Joined, Shift.Hooking];

    private readonly KillMatrix _matrix = new("shift");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Worker_killed_at_every_step_leaves_its_locks_to_the_next_and_its_task_to_its_lease()
    {
        using var prepared = new TemporaryStore();
        await Shift.PrepareAsync(prepared.DataRoot, Token);
        var (trace, stories) = await UndisturbedAsync(prepared);
        var unreached = OfLocks.Select(s => s.ToString()).Concat(Moments).Except(trace).ToList();
        Assert.True(unreached.Count == 0, $"The shift does not reach {string.Join(", ", unreached)}: a step that is not reached is not proven.");
        await KillMatrix.EachAsync(trace, point => OnePointAsync(prepared, point, stories), output);
    }

    private async Task<(string[] Trace, string[] Stories)> UndisturbedAsync(TemporaryStore prepared)
    {
        using var store = Copy(prepared);
        await using var others = await Others.StartAsync(store.DataRoot);
        var (trace, stories) = await _matrix.UndisturbedAsync(store, others.ListenAsync);
        await others.EndAsync();
        await using var runtime = await OpenCodeRuntime.OpenAsync(Life.Configuration(store.DataRoot), Token);
        await NothingLeftAsync(runtime, store);
        return (trace, stories);
    }

    private async Task OnePointAsync(TemporaryStore prepared, int point, string[] stories)
    {
        using var store = Copy(prepared);
        await using var others = await Others.StartAsync(store.DataRoot);
        var acknowledged = await _matrix.KilledAsync(store, point, others.ListenAsync);
        using var later = Copy(store);
        var left = await others.TasksAsync();
        await others.InheritAsync();

        await using var runtime = await OpenCodeRuntime.OpenAsync(Life.Configuration(store.DataRoot), Token);
        var operations = Shift.Operations(others.ToldAsync);
        var now = await ShiftStory.TellAsync(runtime, Token);
        // Whoever looks ends what is over, which is the whole of the first operation.
        var before = stories[Math.Max(acknowledged - 1, 0)];
        var after = stories[acknowledged];
        Assert.True(now == before || now == after, $"after '{(acknowledged == 0 ? "nothing" : operations[acknowledged - 1].Name)}' was acknowledged and before '{operations[acknowledged].Name}' was:\n  found  {now}\n  before {before}\n  after  {after}");
        await AgreeAsync(runtime);
        await LaterAsync(later, left);

        await others.TakeBusyAsync();
        for (var next = now == after && before != after ? acknowledged + 1 : acknowledged; next < operations.Count; next++)
        {
            await operations[next].Do(runtime, Token);
        }

        Assert.Equal(stories[^1], await ShiftStory.TellAsync(runtime, Token));
        await others.EndAsync();
        await NothingLeftAsync(runtime, store);
    }

    /// <summary>When the leases of the dead are over: every task that had only their agents is there to be claimed, as after a lost agent, and no lock is left.</summary>
    private static async Task LaterAsync(TemporaryStore store, IReadOnlyDictionary<string, AgentTask> left)
    {
        await using var runtime = await OpenCodeRuntime.OpenAsync(Life.Configuration(store.DataRoot), TimeProvider.System, new ShiftedClock(TimeSpan.FromHours(3)), StepProbe.None, () => ProcessIdentity.Current, null, Token);
        var open = new List<string>();
        foreach (var id in Shift.TaskIds)
        {
            var (was, now) = (left[id], await runtime.Tasks.GetAsync(id, Token));
            var lost = was.Agents.Count > 0;
            Assert.Equal((lost ? AgentTaskStatus.Pending : was.Status, lost ? was.Attempt + 1 : was.Attempt, 0), (now.Status, now.Attempt, now.Agents.Count));
            open.AddRange(now.Status is AgentTaskStatus.Pending ? [id] : []);
        }

        Assert.Empty(await runtime.Locks.ListAsync(new LockQuery(), Token));
        Assert.Empty(await Line.OwnersAsync(runtime, Token));
        await AgreeAsync(runtime);
        var claimed = new List<string>();
        while (await runtime.Tasks.ClaimAsync(new ClaimRequest("successor"), Token) is { } claim)
        {
            claimed.Add(claim.TaskId);
        }

        Assert.Equal(open.Order(StringComparer.Ordinal), claimed.Order(StringComparer.Ordinal));
    }

    private static async Task NothingLeftAsync(OpenCodeRuntime runtime, TemporaryStore store)
    {
        await AgreeAsync(runtime);
        // As it is kept: a list would end first what is over.
        Assert.Empty(await runtime.Registry.LocksAsync(null, null, Token));
        Assert.Empty(await Line.OwnersAsync(runtime, Token));
        Assert.Empty(KillMatrix.Leftovers(store));
    }

    private static async Task AgreeAsync(OpenCodeRuntime runtime)
    {
        foreach (var id in Shift.TaskIds)
        {
            await Agreement.CheckAsync(runtime, id, Token);
        }
    }

    /// <summary>A store as it is at this moment, also while others have it open.</summary>
    private static TemporaryStore Copy(TemporaryStore store)
    {
        var copy = new TemporaryStore();
        foreach (var folder in Directory.EnumerateDirectories(store.DataRoot, "*", SearchOption.AllDirectories))
        {
            Directory.CreateDirectory(Path.Combine(copy.DataRoot, Path.GetRelativePath(store.DataRoot, folder)));
        }

        OpenCodeConfiguration from = Life.Configuration(store.DataRoot), to = Life.Configuration(copy.DataRoot);
        foreach (var file in Directory.EnumerateFiles(store.DataRoot, "*", SearchOption.AllDirectories).Where(f => !f.StartsWith(from.DatabaseFile, StringComparison.Ordinal)))
        {
            File.Copy(file, Path.Combine(copy.DataRoot, Path.GetRelativePath(store.DataRoot, file)));
        }

        using var source = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = from.DatabaseFile, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
        using var target = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = to.DatabaseFile, Pooling = false }.ToString());
        source.Open();
        target.Open();
        // A backup asks once, unless SQLite itself waits: whoever opens the database first after a kill makes its index anew.
        using (var wait = source.CreateCommand())
        {
            wait.CommandText = "PRAGMA busy_timeout = 20000";
            wait.ExecuteNonQuery();
        }

        source.BackupDatabase(target);
        return copy;
    }
}

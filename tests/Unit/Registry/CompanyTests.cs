using OpenCode.Common;
using OpenCode.Registry;
using OpenCode.Registry.Sqlite;
using OpenCode.Registry.Sqlite.Leading;

namespace OpenCode.Tests.Unit.Registry;

/// <summary>Doors that meet at the gate: one writes for the others, and every write is made once, whatever becomes of it.</summary>
public sealed class CompanyTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private static CancellationToken Token => TestStore.Token;

    [Fact]
    public async Task Doors_that_meet_often_have_one_leader_and_each_write_is_made_once()
    {
        await using var store = await TestStore.OpenAsync();
        Assert.SkipUnless(new LeaderFiles(store.Configuration.DatabaseFile).CanLead, "Nobody leads on this system.");
        var doors = new List<SqliteRegistry>();
        try
        {
            for (var i = 0; i < 12; i++)
            {
                doors.Add(await OpenAsync(store));
            }

            var numbers = new List<long>();
            await TestStore.UntilAsync(() =>
            {
                numbers.AddRange(Task.WhenAll(doors.SelectMany(d => Enumerable.Range(0, 2).Select(_ => Task.Run(() => ProveAsync(d, 50))))).GetAwaiter().GetResult().SelectMany(n => n));
                return doors.Count(d => d.Door.Leads) == 1 && doors.Count(d => d.Door.ExecutedForUs > 0) > 1;
            });
            Assert.Equal(numbers.Count, numbers.Distinct().Count());
            Assert.Equal(numbers.Count, numbers.Max() - numbers.Min() + 1); // a number is given to nobody else
        }
        finally
        {
            foreach (var door in doors)
            {
                await door.DisposeAsync();
            }
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Write_whose_leader_ends_in_the_middle_is_made_once_and_answered(bool committed)
    {
        await using var company = await Company.OpenAsync();
        var (store, files, registry, gate, leader) = company;

        leader.Next = frame =>
        {
            Assert.True(frame.Begin());
            using var session = new SqliteSession(store.Configuration);
            session.Run("BEGIN IMMEDIATE");
            frame.Execute(new DoorTransaction(session, TimeProvider.System.GetUtcNow(), ProcessIdentity.Current, apart: true));
            session.Run(committed ? "COMMIT" : "ROLLBACK");
            leader.Leader!.Stop(TimeSpan.Zero); // as if it died here: the follower is not told
        };
        leader.Ended.Reset();
        leader.Leader = Leader.TryMake(files, full: false, leader, StepProbe.None);
        leader.Leader!.Start();
        Assert.True(gate.TryEnter());
        var write = registry.WriteAsync(new CreateTasks([new NewTaskRow("once", "Once", null, AgentTaskMode.Exclusive, "system", 0, JsonMap.Empty, null)]), Token).AsTask();
        Assert.True(await Task.Run(() => leader.Ended.Wait(Patience, Token), Token));
        Assert.Equal(committed, await registry.FindAsync("once", Token) is not null);
        gate.Leave();
        var change = Assert.Single(await write.WaitAsync(Patience, Token));
        Assert.Equal(("once", 1L, "Once"), (change.Row.Task.Id, change.Row.Task.Version, change.Row.Task.Name));
        Assert.NotNull(await registry.FindAsync("once", Token));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Write_whose_leader_is_stopped_in_the_middle_is_made_once_and_answered(bool committed, bool told)
    {
        await using var company = await Company.OpenAsync();
        var (store, files, registry, gate, leader) = company;

        using var session = new SqliteSession(store.Configuration);
        var begun = Taken();
        Begin(leader, files, session, committed, begun);
        Assert.True(gate.TryEnter());
        var write = registry.WriteAsync(new CreateTasks([new NewTaskRow("once", "Once", null, AgentTaskMode.Exclusive, "system", 0, JsonMap.Empty, null)]), Token).AsTask();
        var frame = await begun.Task.WaitAsync(Patience, Token);
        await TestStore.UntilAsync(() => IsWaitedFor(store)); // it has given up waiting for the answer
        if (told)
        {
            // It goes on, and when it has told everybody, it forgets.
            frame.Tell();
            session.Run("BEGIN IMMEDIATE; DELETE FROM receipts; COMMIT");
        }

        gate.Leave();
        var change = Assert.Single(await write.WaitAsync(Patience, Token));
        Assert.Equal(("once", 1L, "Once"), (change.Row.Task.Id, change.Row.Task.Version, change.Row.Task.Name));
        Assert.NotNull(await registry.FindAsync("once", Token));
        if (!told)
        {
            frame.Tell(); // to nobody
        }
    }

    [Fact]
    public async Task Store_that_is_closed_does_not_wait_for_a_leader_that_was_stopped()
    {
        await using var company = await Company.OpenAsync();
        var (store, files, registry, gate, leader) = company;

        using var session = new SqliteSession(store.Configuration);
        var begun = Taken();
        Begin(leader, files, session, committed: true, begun);
        Assert.True(gate.TryEnter());
        var write = registry.WriteAsync(new ProveWrite(), Token).AsTask();
        await begun.Task.WaitAsync(Patience, Token);
        await Task.Run(async () => await registry.DisposeAsync(), Token).WaitAsync(Patience, Token); // while the leader is stopped, and somebody has the gate
        var e = await Assert.ThrowsAsync<OpenCodeException>(() => write.WaitAsync(Patience, Token));
        Assert.Equal(OpenCodeError.StoreUnavailable, e.Error);
        Assert.StartsWith("It is not known whether the change was made", e.Message, StringComparison.Ordinal);
        gate.Leave();
    }

    /// <summary>Leads, begins and executes the next frame, and does not answer it.</summary>
    private static void Begin(DoorOfTest leader, LeaderFiles files, SqliteSession session, bool committed, TaskCompletionSource<FrameOfTest> begun)
    {
        leader.Next = frame =>
        {
            Assert.True(frame.Begin());
            session.Run("BEGIN IMMEDIATE");
            frame.Execute(new DoorTransaction(session, TimeProvider.System.GetUtcNow(), ProcessIdentity.Current, apart: true));
            session.Run(committed ? "COMMIT" : "ROLLBACK");
            begun.SetResult(frame);
        };
        leader.Ended.Reset();
        leader.Leader = Leader.TryMake(files, full: false, leader, StepProbe.None);
        leader.Leader!.Start();
    }

    private static TaskCompletionSource<FrameOfTest> Taken() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>True while somebody waits at the gate: the first in line has the line's lock.</summary>
    private static bool IsWaitedFor(TestStore store)
    {
        using var line = new FileLock(store.Configuration.DatabaseFile + ".line.gate");
        if (!line.TryEnter())
        {
            return true;
        }

        line.Leave();
        return false;
    }

    [Fact]
    public async Task Write_that_the_leader_refuses_is_refused_with_the_same_words_as_at_home()
    {
        await using var company = await Company.OpenAsync();
        var (store, files, registry, gate, leader) = company;
        var home = await Assert.ThrowsAsync<OpenCodeException>(() => registry.WriteAsync(new BeatAgent("nobody", Actor.Of("ada", 1), null), Token).AsTask());
        using var session = new SqliteSession(store.Configuration);
        leader.Next = frame =>
        {
            Assert.True(frame.Begin());
            session.Run("BEGIN IMMEDIATE");
            frame.Execute(new DoorTransaction(session, TimeProvider.System.GetUtcNow(), ProcessIdentity.Current, apart: true));
            session.Run("COMMIT");
            frame.Tell();
        };
        leader.Ended.Reset();
        leader.Leader = Leader.TryMake(files, full: false, leader, StepProbe.None);
        leader.Leader!.Start();
        Assert.True(gate.TryEnter());
        var away = await Assert.ThrowsAsync<OpenCodeException>(() => registry.WriteAsync(new BeatAgent("nobody", Actor.Of("ada", 1), null), Token).AsTask().WaitAsync(Patience, Token));
        gate.Leave();
        Assert.True(registry.Door.ExecutedForUs > 0);
        Assert.Equal((home.Error, home.Message, home.Target), (away.Error, away.Message, away.Target));
    }

    private static async Task<long[]> ProveAsync(SqliteRegistry door, int count)
    {
        var numbers = new long[count];
        for (var i = 0; i < count; i++)
        {
            numbers[i] = await door.WriteAsync(new ProveWrite(), Token);
        }

        return numbers;
    }

    /// <summary>Has a door find the gate taken once more; true when that was often enough.</summary>
    private static async Task<bool> MeetAsync(SqliteRegistry registry, FileLock gate)
    {
        Assert.True(gate.TryEnter());
        var write = registry.WriteAsync(new ProveWrite(), Token).AsTask();
        await Task.Delay(20 * Gate.Turn, Token); // as long as many others take
        gate.Leave();
        await write.WaitAsync(Patience, Token);
        return registry.Door.KeepsCompany;
    }

    private static Task<SqliteRegistry> OpenAsync(TestStore store) => SqliteRegistry.OpenAsync(store.Configuration, TimeProvider.System, StepProbe.None, () => ProcessIdentity.Current, Token);

    /// <summary>A store whose door has met so many others that it follows; nobody leads but the test.</summary>
    private sealed class Company : IAsyncDisposable
    {
        private readonly FileLock _seat;

        private Company(TestStore store, LeaderFiles files, SqliteRegistry registry)
        {
            (Store, Files, Registry) = (store, files, registry);
            _seat = new FileLock(files.Seat);
            Gate = new FileLock(store.Configuration.DatabaseFile + ".gate");
        }

        private TestStore Store { get; }

        private LeaderFiles Files { get; }

        private SqliteRegistry Registry { get; }

        private FileLock Gate { get; }

        private DoorOfTest Leader { get; } = new();

        public static async Task<Company> OpenAsync()
        {
            var store = await TestStore.OpenAsync();
            var files = new LeaderFiles(store.Configuration.DatabaseFile);
            Assert.SkipUnless(files.CanLead, "Nobody leads on this system.");
            var company = new Company(store, files, await CompanyTests.OpenAsync(store));
            Assert.True(company._seat.TryEnter());
            await TestStore.UntilAsync(() => MeetAsync(company.Registry, company.Gate).GetAwaiter().GetResult());
            return company;
        }

        public void Deconstruct(out TestStore store, out LeaderFiles files, out SqliteRegistry registry, out FileLock gate, out DoorOfTest leader) =>
            (store, files, registry, gate, leader) = (Store, Files, Registry, Gate, Leader);

        public async ValueTask DisposeAsync()
        {
            Leader.Dispose();
            Gate.Dispose();
            _seat.Dispose();
            await Registry.DisposeAsync();
            await Store.DisposeAsync();
        }
    }
}

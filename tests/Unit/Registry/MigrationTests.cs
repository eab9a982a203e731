using System.Globalization;
using Microsoft.Data.Sqlite;
using OpenCode.Common;
using OpenCode.Configuration;
using OpenCode.Registry;
using OpenCode.Registry.Sqlite;
using OpenCode.Tasks;

namespace OpenCode.Tests.Unit.Registry;

public sealed class MigrationTests
{
    private static CancellationToken Token => TestStore.Token;

    [Fact]
    public async Task Store_of_the_first_schema_with_tasks_in_it_goes_on()
    {
        var configuration = new OpenCodeConfiguration { DataRoot = Directory.CreateTempSubdirectory("opencode-unit-").FullName };
        MakeFirst(configuration.DatabaseFile);
        await using (var runtime = await OpenCodeRuntime.OpenAsync(configuration, Token))
        {
            Assert.Equal("0123456789abcdef0123456789abcdef", runtime.StoreId);
            Assert.Equal(["old_done", "old_pending"], (await runtime.Tasks.ListAsync(new TaskQuery(), Token)).Tasks.Select(t => t.Id).Order(StringComparer.Ordinal));
            var pending = await runtime.Tasks.GetAsync("old_pending", Token);
            Assert.True(pending.Ready);
            Assert.Empty(pending.DependsOn);
            Assert.Equal(("Old and waiting", "ada", 3, "{\"k\":1}"), (pending.Name, pending.Owner, pending.Priority, pending.Metadata.ToString()));
            Assert.False((await runtime.Tasks.GetAsync("old_done", Token)).Ready);
            // The folder of a task that was committed and not projected comes to be at the opening, as ever.
            await Agreement.CheckAsync(runtime, "old_pending", Token);

            await runtime.Tasks.CreateAsync(new NewTask { Id = "new", Name = "n", DependsOn = ["old_d", "old_p"] }, Token);
            Assert.Equal(["old_pending"], await runtime.Tasks.StreamAsync(new TaskQuery { Ready = true }, Token).Select(t => t.Id).ToListAsync(Token));
            await runtime.Tasks.StartAsync("old_pending", Actor.Operator, Token);
            await runtime.Tasks.CompleteAsync("old_pending", null, null, Actor.Operator, Token);
            Assert.True((await runtime.Tasks.GetAsync("new", Token)).Ready);
            Assert.Equal("old_pending", Assert.Single(await runtime.Registry.SearchAsync(SearchText.Parse("waiting"), new TaskQuery(), Token).ToListAsync(Token)).Id);
        }

        Directory.Delete(configuration.DataRoot, recursive: true);
    }

    [Fact]
    public async Task Two_processes_that_migrate_at_once_do_it_once()
    {
        var configuration = new OpenCodeConfiguration { DataRoot = Directory.CreateTempSubdirectory("opencode-unit-").FullName };
        MakeFirst(configuration.DatabaseFile);
        var opened = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => OpenCodeRuntime.OpenAsync(configuration, Token), Token)));
        foreach (var runtime in opened)
        {
            Assert.Equal(2, (await runtime.Tasks.ListAsync(new TaskQuery(), Token)).Total);
            await runtime.DisposeAsync();
        }

        Directory.Delete(configuration.DataRoot, recursive: true);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(8)]
    public async Task Leases_and_claims_on_hooks_of_an_older_store_go_on(int schema)
    {
        var configuration = new OpenCodeConfiguration { DataRoot = Directory.CreateTempSubdirectory("opencode-unit-").FullName };
        MakeFirst(configuration.DatabaseFile);
        var here = ProcessIdentity.Current;
        var far = TimeProvider.System.GetUtcNow().AddDays(1).ToUnixTimeMilliseconds();
        Run(configuration.DatabaseFile, $$"""
            INSERT INTO tasks (id, name, status, mode, owner, agents, priority, metadata, version, attempt, created_at, updated_at, started_at, last_seq, projected_seq, changed_by)
                VALUES ('old_run', 'Old and running', 1, 0, 'ada', 'ana', 0, '{}', 2, 1, 1767322800000, 1767322800000, 1767322800000, 3, 0, 'agent');
            INSERT INTO journal VALUES (3, 1, 1, 0, 0, 1767322800000, 1, 'Task created: Old and running', NULL, NULL);
            INSERT INTO journal VALUES (3, 2, 2, 1, 4, 1767322800000, 2, 'Lost agent eve', NULL, NULL);
            INSERT INTO journal VALUES (3, 3, 2, 1, 1, 1767322800000, 1, 'Started by agent ana', NULL, NULL);
            UPDATE counters SET value = 7 WHERE name = 'fence';
            INSERT INTO leases VALUES ('task:old_run', 6, 'ana', 0, 1767322800000, {{far}}, 86400000, '{{here.Host}}', {{int.MaxValue}}, '{{here.Started}}');
            INSERT INTO leases VALUES ('hooks:old_pending', 7, 'the operator', 0, 1767322800000, {{far}}, 86400000, '{{here.Host}}', {{int.MaxValue}}, '{{here.Started}}');
            """);
        for (var version = 1; version < schema; version++)
        {
            Run(configuration.DatabaseFile, string.Create(CultureInfo.InvariantCulture, $"{Script(version)}; PRAGMA user_version = {version + 1};"));
        }

        await using (var runtime = await OpenCodeRuntime.OpenAsync(configuration, Token))
        {
            // The agent's lease is the agent's, whatever became of its process; the claim on hooks ends with its process.
            var lease = Assert.Single(await runtime.Locks.ListAsync(new OpenCode.Locks.LockQuery(), Token));
            Assert.Equal(("task:old_run", "ana", 6L, true), (lease.Resource, lease.Owner, lease.Fence, lease.Detached));
            Assert.True((await runtime.Tasks.HeartbeatAsync("old_run", Actor.Of("ana", 6), "still here", Token)).Attached);
            Assert.Equal("still here", (await runtime.Tasks.AgentsAsync("ana", null, Token).SingleAsync(Token)).Progress);

            var statistic = (await runtime.Tasks.StatisticAsync(0, Token)).Locks;
            Assert.Equal((1L, 1L, 1L, 0L, 0L), (statistic.Active, statistic.Expired, statistic.Total, statistic.Waiting, statistic.Conflicts));
            var taken = (await runtime.Locks.AcquireAsync(new OpenCode.Locks.LockRequest(["r"], "bob"), Token))[0];
            Assert.True(taken.Fence > 7);
            await runtime.Locks.ReleaseAsync("r", "bob", taken.Fence, Token);
            await runtime.Tasks.CompleteAsync("old_run", null, null, Actor.Of("ana", 6), Token);
            Assert.Equal("old_pending", (await runtime.Tasks.ClaimAsync(new ClaimRequest("ana"), Token))!.TaskId);
            await Agreement.CheckAsync(runtime, "old_pending", Token);
        }

        Directory.Delete(configuration.DataRoot, recursive: true);
    }

    [Fact]
    public void Scripts_are_numbered_without_a_gap() =>
        Assert.Equal(Enumerable.Range(1, SqliteMigrations.Newest), Names().Select(n => int.Parse(n.Split('.')[^2][..3], CultureInfo.InvariantCulture)));

    /// <summary>A database as version 0.1.0 made it, by its own script.</summary>
    private static void MakeFirst(string file)
    {
        Run(file, $$"""
            PRAGMA journal_mode = WAL;
            {{Script(0)}};
            INSERT INTO meta VALUES ('store_id', '0123456789abcdef0123456789abcdef');
            INSERT INTO tasks (id, name, status, mode, owner, priority, metadata, version, attempt, created_at, updated_at, last_seq, projected_seq, changed_by)
                VALUES ('old_pending', 'Old and waiting', 0, 0, 'ada', 3, '{"k":1}', 1, 1, 1767322800000, 1767322800000, 1, 0, 'the operator');
            INSERT INTO journal VALUES (1, 1, 1, 0, 0, 1767322800000, 1, 'Task created: Old and waiting', '{"event":"created"}', NULL);
            INSERT INTO tasks (id, name, status, mode, owner, priority, metadata, version, attempt, created_at, updated_at, started_at, finished_at, last_seq, projected_seq, changed_by)
                VALUES ('old_done', 'Old and done', 2, 0, 'bob', 0, '{}', 3, 1, 1767322800000, 1767322800000, 1767322800000, 1767322801000, 3, 3, 'the operator');
            PRAGMA user_version = 1;
            """);
    }

    private static string Script(int index)
    {
        using var reader = new StreamReader(typeof(SqliteRegistry).Assembly.GetManifestResourceStream(Names()[index])!);
        return reader.ReadToEnd();
    }

    private static void Run(string file, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static List<string> Names() => [.. typeof(SqliteRegistry).Assembly.GetManifestResourceNames().Where(n => n.EndsWith(".sql", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
}

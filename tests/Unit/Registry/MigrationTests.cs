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

    [Fact]
    public void Scripts_are_numbered_without_a_gap() =>
        Assert.Equal(Enumerable.Range(1, SqliteMigrations.Newest), Names().Select(n => int.Parse(n.Split('.')[^2][..3], System.Globalization.CultureInfo.InvariantCulture)));

    /// <summary>A database as version 0.1.0 made it, by its own script.</summary>
    private static void MakeFirst(string file)
    {
        using var reader = new StreamReader(typeof(SqliteRegistry).Assembly.GetManifestResourceStream(Names()[0])!);
        using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $$"""
            PRAGMA journal_mode = WAL;
            {{reader.ReadToEnd()}};
            INSERT INTO meta VALUES ('store_id', '0123456789abcdef0123456789abcdef');
            INSERT INTO tasks (id, name, status, mode, owner, priority, metadata, version, attempt, created_at, updated_at, last_seq, projected_seq, changed_by)
                VALUES ('old_pending', 'Old and waiting', 0, 0, 'ada', 3, '{"k":1}', 1, 1, 1767322800000, 1767322800000, 1, 0, 'the operator');
            INSERT INTO journal VALUES (1, 1, 1, 0, 0, 1767322800000, 1, 'Task created: Old and waiting', '{"event":"created"}', NULL);
            INSERT INTO tasks (id, name, status, mode, owner, priority, metadata, version, attempt, created_at, updated_at, started_at, finished_at, last_seq, projected_seq, changed_by)
                VALUES ('old_done', 'Old and done', 2, 0, 'bob', 0, '{}', 3, 1, 1767322800000, 1767322800000, 1767322800000, 1767322801000, 3, 3, 'the operator');
            PRAGMA user_version = 1;
            """;
        command.ExecuteNonQuery();
    }

    private static List<string> Names() => [.. typeof(SqliteRegistry).Assembly.GetManifestResourceNames().Where(n => n.EndsWith(".sql", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
}

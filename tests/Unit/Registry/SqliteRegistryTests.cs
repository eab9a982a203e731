using Microsoft.Data.Sqlite;
using OpenCode.Common;
using OpenCode.Configuration;
using OpenCode.Locks;
using OpenCode.Registry;
using OpenCode.Registry.Sqlite;
using OpenCode.Tasks;

namespace OpenCode.Tests.Unit.Registry;

public sealed class SqliteRegistryTests
{
    private static CancellationToken Token => TestStore.Token;

    [Fact]
    public async Task List_and_stream_with_any_filter_agree_with_a_naive_model()
    {
        await using var store = await TestStore.OpenAsync();
        var random = new Random(7);
        string[] owners = ["ada", "bob", "ada'; DROP TABLE tasks", "%", "*"];
        var rows = Enumerable.Range(0, 300).Select(i => new NewTask { Name = $"n{i}", Id = $"{(i % 3 == 0 ? "a-" : "b_")}{i:x}", Owner = owners[random.Next(owners.Length)] }).ToList();
        await store.Runtime.Tasks.CreateManyAsync(rows, Token);
        foreach (var row in rows.Where(_ => random.Next(2) == 0).Take(60))
        {
            await store.Runtime.Registry.WriteAsync(new AttachAgent(row.Id!, new LeaseRequest(random.Next(2) == 0 ? "w1" : "w2", null)), Token);
        }

        var model = (await store.Runtime.Registry.ListAsync(new TaskQuery(), Token)).Tasks;
        Assert.Equal(rows.AsEnumerable().Reverse().Select(r => r.Id), model.Select(t => t.Id));
        string?[] patterns = [null, null, "*", "a-*", "b_?", "*[0-4]", "[", "a%", "A-*", "", "b_1*"];
        for (var round = 0; round < 200; round++)
        {
            var query = new TaskQuery
            {
                IdPattern = patterns[random.Next(patterns.Length)],
                Statuses = [.. Enumerable.Range(0, random.Next(4)).Select(_ => (AgentTaskStatus)random.Next(5))],
                Owner = random.Next(2) == 0 ? null : owners[random.Next(owners.Length)],
                Agent = random.Next(3) == 0 ? "w1" : null,
                Skip = random.Next(3) == 0 ? random.Next(40) : 0,
                First = random.Next(2) == 0 ? random.Next(50) : null,
            };
            var matching = model.Where(t => (query.IdPattern is not { } p || Matches(t.Id, p)) && (query.Statuses.Count == 0 || query.Statuses.Contains(t.Status))
                && (query.Owner ?? t.Owner) == t.Owner && (query.Agent is null || t.Agents.Contains(query.Agent))).ToList();
            var wanted = matching.Skip(query.Skip).Take(query.First ?? int.MaxValue).Select(t => t.Id).ToList();
            var page = await store.Runtime.Registry.ListAsync(query, Token);
            Assert.Equal(matching.Count, page.Total);
            Assert.Equal(wanted, page.Tasks.Select(t => t.Id));
            Assert.Equal(wanted, await store.Runtime.Registry.StreamAsync(query, Token).Select(t => t.Id).ToListAsync(Token));
        }
    }

    [Fact]
    public async Task Whether_a_lease_is_over_is_known_however_leases_were_lengthened_and_given_back()
    {
        await using var store = await TestStore.OpenAsync();
        var (registry, locks) = (store.Runtime.Registry, store.Runtime.Locks);
        async Task<bool> DueAsync(int seconds)
        {
            store.Clock.Advance(TimeSpan.FromSeconds(seconds));
            return await registry.HasExpiredLeasesAsync(Token);
        }

        var far = (await locks.AcquireAsync(new LockRequest(["far"], "a") { Lease = TimeSpan.FromSeconds(100), Detached = true }, Token))[0];
        var near = (await locks.AcquireAsync(new LockRequest(["near"], "a") { Lease = TimeSpan.FromSeconds(10), Detached = true }, Token))[0];
        Assert.False(await DueAsync(9));
        Assert.True(await DueAsync(1));
        await registry.WriteAsync(new SweepLeases(100), Token);
        Assert.False(await DueAsync(0));
        Assert.Equal("far", Assert.Single(await locks.ListAsync(new LockQuery(), Token)).Resource);

        // Shortened from the end at 100 to the end at 20.
        await locks.RenewAsync("far", "a", far.Fence, TimeSpan.FromSeconds(10), Token);
        Assert.False(await DueAsync(9));
        Assert.True(await DueAsync(1));

        // Given back before anybody looked: one look finds nothing, and there is none after it.
        near = (await locks.AcquireAsync(new LockRequest(["near"], "a") { Lease = TimeSpan.FromSeconds(10), Detached = true }, Token))[0];
        await registry.WriteAsync(new SweepLeases(100), Token);
        await locks.ReleaseAsync("near", "a", near.Fence, Token);
        Assert.True(await DueAsync(10));
        Assert.Empty(await registry.WriteAsync(new SweepLeases(100), Token));
        Assert.False(await DueAsync(1_000));
        Assert.Empty(await locks.ListAsync(new LockQuery(), Token));
    }

    [Fact]
    public async Task Statements_of_a_session_stay_bounded_over_many_queries()
    {
        await using var store = await TestStore.OpenAsync();
        var session = new SqliteSession(store.Configuration);
        for (var i = 1; i < 200; i++)
        {
            await store.Runtime.Registry.ListAsync(new TaskQuery { Statuses = [.. Enumerable.Repeat(AgentTaskStatus.Failed, i)], Owner = $"o{i}", IdPattern = $"x{i}*" }, Token);
        }

        session.Dispose();
        var readers = (System.Collections.IEnumerable)typeof(SqliteRegistry).GetField("_readers", System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Instance)!.GetValue(store.Runtime.Registry)!;
        var statements = typeof(SqliteSession).GetField("_statements", System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Instance)!;
        var counts = readers.Cast<SqliteSession>().Select(s => ((System.Collections.IDictionary)statements.GetValue(s)!).Count).ToList();
        Assert.NotEmpty(counts);
        Assert.All(counts, c => Assert.InRange(c, 1, 20));
    }

    [Fact]
    public async Task Statement_is_prepared_once_however_its_text_was_put_together()
    {
        await using var store = await TestStore.OpenAsync();
        using var session = new SqliteSession(store.Configuration);
        Assert.Same(session.Prepare("SELECT 1"), session.Prepare(string.Concat("SELECT", " 1")));
        Assert.Same(session.Prepare(new string("SELECT 2")), session.Prepare(new string("SELECT 2")));
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("ada", false)]
    [InlineData(null, true)]
    [InlineData("ada", true)]
    public async Task Statements_of_the_writer_stay_bounded_over_many_claims(string? owner, bool passes)
    {
        await using var store = await TestStore.OpenAsync();
        var registry = (SqliteRegistry)store.Runtime.Registry;
        for (var i = 0; i < 100; i++)
        {
            var write = new ClaimTask(new LeaseRequest("worker", TimeSpan.FromMinutes(1)), owner) { Except = passes ? [$"t{i}"] : [] };
            Assert.Null((await registry.WriteAsync(write, Token)).Change);
        }

        const System.Reflection.BindingFlags Inside = System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Instance;
        var door = typeof(SqliteRegistry).GetField("_door", Inside)!.GetValue(registry);
        var session = typeof(SqliteDoor).GetField("_session", Inside)!.GetValue(door);
        var statements = (System.Collections.IDictionary)typeof(SqliteSession).GetField("_statements", Inside)!.GetValue(session)!;
        Assert.InRange(statements.Count, 3, 50);
    }

    [Fact]
    public async Task Batch_with_refused_writes_among_good_ones_keeps_the_good_ones()
    {
        await using var store = await TestStore.OpenAsync();
        var registry = store.Runtime.Registry;
        await store.Runtime.Tasks.CreateAsync(new NewTask { Name = "t", Id = "taken" }, Token);
        // While the gate is held by somebody else, everything queues up and goes into one transaction then.
        using var gate = new FileLock(store.Configuration.DatabaseFile + ".gate");
        var held = await gate.AcquireAsync(TimeSpan.FromSeconds(5), Token);
        using var withdrawn = new CancellationTokenSource();
        var creates = Enumerable.Range(0, 20).Select(i => registry.WriteAsync(new CreateTasks([New($"new{i}"), New(i % 5 == 0 ? "taken" : $"second{i}")]), Token).AsTask()).ToList();
        var cancelled = registry.WriteAsync(new CreateTasks([New("withdrawn")]), withdrawn.Token).AsTask();
        var unknown = registry.WriteAsync(new Unknown(), Token).AsTask();
        await withdrawn.CancelAsync();
        held.Dispose();
        for (var i = 0; i < creates.Count; i++)
        {
            if (i % 5 == 0)
            {
                Assert.Equal(OpenCodeError.TaskExists, (await Assert.ThrowsAsync<OpenCodeException>(() => creates[i])).Error);
                Assert.Null(await registry.FindAsync($"new{i}", Token));
            }
            else
            {
                Assert.Equal(2, (await creates[i]).Count);
                Assert.NotNull(await registry.FindAsync($"new{i}", Token));
            }
        }

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        await Assert.ThrowsAsync<ArgumentException>(() => unknown);
        Assert.Null(await registry.FindAsync("withdrawn", Token));
    }

    [Fact]
    public async Task Database_of_a_newer_schema_is_refused_and_not_touched()
    {
        await using var store = await TestStore.OpenAsync();
        Execute(store.Configuration.DatabaseFile, "PRAGMA user_version = 99");
        var before = Hash(store.Configuration.DatabaseFile);
        var refused = await Assert.ThrowsAsync<OpenCodeException>(() => store.AgainAsync());
        Assert.Equal(OpenCodeError.StoreUnavailable, refused.Error);
        Assert.Contains("99", refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, Hash(store.Configuration.DatabaseFile));
    }

    [Theory]
    [InlineData("text")]
    [InlineData("foreign")]
    [InlineData("foreign with a version")]
    [InlineData("folder")]
    [InlineData("below a file")]
    public async Task Database_that_is_none_of_ours_is_refused_and_not_changed(string kind)
    {
        var root = Directory.CreateTempSubdirectory("opencode-unit-").FullName;
        var file = Path.Combine(root, "other.db");
        switch (kind)
        {
            case "text": await File.WriteAllTextAsync(file, new string('x', 5000), Token); break;
            case "foreign": Execute(file, "CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)"); break;
            case "foreign with a version": Execute(file, "CREATE TABLE theirs (x); PRAGMA user_version = 1"); break;
            case "folder": Directory.CreateDirectory(file); break;
            default: await File.WriteAllTextAsync(file, "x", Token); break;
        }

        var before = File.Exists(file) ? Hash(file) : "";
        var path = kind == "below a file" ? Path.Combine(file, "opencode.db") : file;
        var refused = await Assert.ThrowsAsync<OpenCodeException>(() => OpenCodeRuntime.OpenAsync(new OpenCodeConfiguration { DataRoot = Path.Combine(root, "data"), DatabasePath = path }, Token));
        Assert.Equal(kind is "folder" or "below a file" ? OpenCodeError.StoreUnavailable : OpenCodeError.StateCorrupt, refused.Error);
        Assert.Contains(kind == "below a file" ? file : path, refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.Exists(file) ? Hash(file) : "");
        Directory.Delete(root, recursive: true);
    }

    [Fact]
    public async Task Data_root_below_a_file_is_StoreUnavailable()
    {
        var file = Path.GetTempFileName();
        var refused = await Assert.ThrowsAsync<OpenCodeException>(() => OpenCodeRuntime.OpenAsync(new OpenCodeConfiguration { DataRoot = Path.Combine(file, "data") }, Token));
        Assert.Equal(OpenCodeError.StoreUnavailable, refused.Error);
        File.Delete(file);
    }

    [Fact]
    public async Task Database_locked_by_another_program_is_StoreUnavailable_and_then_works_again()
    {
        await using var store = await TestStore.OpenAsync();
        var task = await store.Runtime.Tasks.CreateAsync(new NewTask { Name = "t" }, Token);
        await using (var other = Connect(store.Configuration.DatabaseFile))
        {
            Run(other, "BEGIN EXCLUSIVE");
            var refused = await Assert.ThrowsAsync<OpenCodeException>(() => store.Runtime.Tasks.StartAsync(task.Id, Actor.Operator, Token)).WaitAsync(TimeSpan.FromSeconds(60), Token);
            Assert.Equal(OpenCodeError.StoreUnavailable, refused.Error);
            Assert.Contains("locked", refused.Message, StringComparison.Ordinal);
            Assert.Equal(AgentTaskStatus.Pending, (await store.Runtime.Tasks.GetAsync(task.Id, Token)).Status);
            Run(other, "ROLLBACK");
        }

        await store.Runtime.Tasks.StartAsync(task.Id, Actor.Operator, Token);
        await Agreement.CheckAsync(store.Runtime, task.Id, Token);
    }

    private static NewTaskRow New(string id) => new(id, "n", null, AgentTaskMode.Exclusive, "system", 0, JsonMap.Empty, null);

    // PowerShell's simple wildcards with sets, case kept: what SQLite's GLOB is to do.
    private static bool Matches(string id, string pattern) => pattern switch
    {
        "*" => true,
        "a-*" => id.StartsWith("a-", StringComparison.Ordinal),
        "b_?" => id.StartsWith("b_", StringComparison.Ordinal) && id.Length == 3,
        "*[0-4]" => id[^1] is >= '0' and <= '4',
        "b_1*" => id.StartsWith("b_1", StringComparison.Ordinal),
        _ => false,
    };

    private static string Hash(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(stream));
    }

    private static void Execute(string file, string sql)
    {
        using var connection = Connect(file);
        Run(connection, sql);
    }

    private static SqliteConnection Connect(string file)
    {
        var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        connection.Open();
        return connection;
    }

    private static void Run(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private sealed record Unknown : RegistryWrite<int>;
}

using OpenCode.Common;
using OpenCode.Configuration;
using OpenCode.Registry;
using OpenCode.Tasks;

namespace OpenCode.Tests.Unit.Tasks;

public sealed class FindTests
{
    private static readonly string[] Words = ["parser", "report", "invoice", "login", "cache", "index", "deploy", "retry", "schema", "layout", "metric", "socket", "buffer", "worker", "ledger", "export"];

    private static CancellationToken Token => TestStore.Token;

    [Theory]
    [InlineData("report", "slow")]
    [InlineData("repo", "slow")]
    [InlineData("REPORT customers", "slow")]
    [InlineData("customers report", "slow")]
    [InlineData("report cache", "")]
    [InlineData("uberarbeitung", "umlaut")]
    [InlineData("Über", "umlaut")]
    [InlineData("\"forty minutes\"", "slow")]
    [InlineData("\"minutes forty\"", "")]
    [InlineData("\"forty minut\"", "")]
    [InlineData("\"forty minutes", "slow")]
    [InlineData("fix-login", "login")]
    [InlineData("login: (fix) AND OR NOT *", "")]
    [InlineData("login: (fix) * - ^ { } + ,", "login")]
    [InlineData("C++ 100%", "login")]
    [InlineData("o'neill@example.com", "login")]
    [InlineData("NEAR(fix login, 2)", "")]
    [InlineData("name:login", "")]
    [InlineData("ticket 1741", "slow")]
    [InlineData("a\0b login", "")]
    [InlineData("login\0", "login")]
    public async Task Query_is_words_that_all_occur_whatever_characters_are_typed(string query, string found)
    {
        await using var store = await ExampleAsync();
        Assert.Equal(found.Split(' ', StringSplitOptions.RemoveEmptyEntries), await IdsAsync(store.Runtime, new TaskSearch { Query = query }));
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("\"\"")]
    [InlineData("*")]
    [InlineData("--- \"...\" \0")]
    public async Task Query_without_a_word_is_InvalidArgument(string query)
    {
        await using var store = await ExampleAsync();
        Assert.Equal(OpenCodeError.InvalidArgument, (await RefusedAsync(store.Runtime, new TaskSearch { Query = query })).Error);
    }

    [Fact]
    public async Task Query_of_any_characters_is_never_a_mistake_of_syntax()
    {
        await using var store = await ExampleAsync();
        var random = new Random(5);
        const string Alphabet = "ab \"'()*:^-+{}[],.\\/%_~!?<>=|&;\0\t\n#$@`\u00e9\u4e2d\ud83d\ude00";
        for (var round = 0; round < 500; round++)
        {
            var query = new string([.. Enumerable.Range(0, random.Next(1, 25)).Select(_ => Alphabet[random.Next(Alphabet.Length)])]) + " login";
            _ = await IdsAsync(store.Runtime, new TaskSearch { Query = query });
        }
    }

    [Fact]
    public async Task Query_of_too_many_words_is_LimitExceeded()
    {
        await using var store = await ExampleAsync();
        var refused = await RefusedAsync(store.Runtime, new TaskSearch { Query = string.Join(' ', Enumerable.Range(0, 65)) });
        Assert.Equal(OpenCodeError.LimitExceeded, refused.Error);
        Assert.Contains("64", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Best_comes_first_with_a_query_and_newest_without()
    {
        await using var store = await TestStore.OpenAsync();
        await store.Runtime.Tasks.CreateManyAsync(
            [
                new NewTask { Id = "name", Name = "cache" },
                new NewTask { Id = "twice", Name = "a task of some words", Description = "cache and cache again, cache" },
                new NewTask { Id = "metadata", Name = "a task", Description = "of some more words", Metadata = JsonMap.Parse("""{"area":"cache"}""") },
            ],
            Token);
        Assert.Equal("name", (await IdsAsync(store.Runtime, new TaskSearch { Query = "cache" }))[0]);
        Assert.Equal(["name"], await IdsAsync(store.Runtime, new TaskSearch { Query = "cache", First = 1 }));
        Assert.Equal(["metadata", "twice", "name"], await IdsAsync(store.Runtime, new TaskSearch { Match = "." }));
        Assert.Equal(["metadata", "twice"], await IdsAsync(store.Runtime, new TaskSearch { Match = "^A TASK", First = 2 }));
    }

    [Fact]
    public async Task Search_finds_what_is_there_now_across_a_long_backlog()
    {
        await using var store = await TestStore.OpenAsync();
        var registry = store.Runtime.Registry;
        await registry.WriteAsync(new CreateTasks([.. Enumerable.Range(0, 4_500).Select(i => new NewTaskRow($"t{i}", $"common number{i}", null, AgentTaskMode.Exclusive, i % 2 == 0 ? "ada" : "bob", 0, JsonMap.Empty, null))]), Token);
        Assert.Equal(["t4499"], await IdsAsync(store.Runtime, new TaskSearch { Query = "number4499" }));
        Assert.Equal(4_500, (await IdsAsync(store.Runtime, new TaskSearch { Query = "common" })).Count);
        Assert.Equal(10, (await IdsAsync(store.Runtime, new TaskSearch { Query = "common", First = 10 })).Count);

        // The limit comes after the conditions, those of the registry and the others.
        Assert.Equal(["t4498", "t4496", "t4494"], await IdsAsync(store.Runtime, new TaskSearch { Query = "common", Owner = "ada", First = 3 }));
        Assert.Equal(["t9", "t5"], await IdsAsync(store.Runtime, new TaskSearch { Query = "common", Match = "number[579]$", Owner = "bob", First = 3 }).ContinueWith(t => t.Result.Where(id => id != "t7").ToList(), TaskScheduler.Default));
        await registry.WriteAsync(new UpdateTask("t7", Actor.Operator, null) { Name = "Überarbeitung", Metadata = JsonMap.Parse("""{"k":"needle"}""") }, Token);
        Assert.Equal(["t7"], await IdsAsync(store.Runtime, new TaskSearch { Query = "uberarbeitung needle" }));
        Assert.Empty(await IdsAsync(store.Runtime, new TaskSearch { Query = "\"number7\"" }));
        await registry.WriteAsync(new DeleteTask("t7", false), Token);
        Assert.Empty(await IdsAsync(store.Runtime, new TaskSearch { Query = "needle" }));
    }

    [Fact]
    public async Task Search_takes_the_gate_only_when_something_is_to_be_indexed()
    {
        await using var store = await ExampleAsync(c => c with { BusyTimeout = TimeSpan.FromMilliseconds(300) });
        Assert.Equal(["slow"], await IdsAsync(store.Runtime, new TaskSearch { Query = "report" }));
        using var gate = new FileLock(store.Configuration.DatabaseFile + ".gate");
        using (await gate.AcquireAsync(TimeSpan.FromSeconds(5), Token))
        {
            Assert.Equal(["slow"], await IdsAsync(store.Runtime, new TaskSearch { Query = "report" }));
        }

        await store.Runtime.Registry.WriteAsync(new CreateTasks([new NewTaskRow("late", "late report", null, AgentTaskMode.Exclusive, "system", 0, JsonMap.Empty, null)]), Token);
        using (await gate.AcquireAsync(TimeSpan.FromSeconds(5), Token))
        {
            Assert.Equal(OpenCodeError.StoreUnavailable, (await RefusedAsync(store.Runtime, new TaskSearch { Query = "report" })).Error);
        }

        Assert.Equal(["late", "slow"], (await IdsAsync(store.Runtime, new TaskSearch { Query = "report" })).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("""{"ticket":1741}""", "slow")]
    [InlineData("""{"ticket":1741.0}""", "slow")]
    [InlineData("""{"ticket":"1741"}""", "")]
    [InlineData("""{"Ticket":1741}""", "")]
    [InlineData("""{"place":{"b":[1,2,{"c":null}],"a":"x"}}""", "slow")]
    [InlineData("""{"place":{"a":"x"}}""", "")]
    [InlineData("""{"place":{"a":"x","b":[2,1,{"c":null}]}}""", "")]
    [InlineData("""{"none":null}""", "slow")]
    [InlineData("""{"missing":null}""", "")]
    [InlineData("""{"ticket":1741,"flag":true}""", "slow")]
    [InlineData("""{"ticket":1741,"flag":false}""", "")]
    public async Task Metadata_have_the_keys_with_equal_values(string metadata, string found)
    {
        await using var store = await ExampleAsync();
        Assert.Equal(found.Split(' ', StringSplitOptions.RemoveEmptyEntries), await IdsAsync(store.Runtime, new TaskSearch { Metadata = JsonMap.Parse(metadata) }));
        Assert.Equal(found.Split(' ', StringSplitOptions.RemoveEmptyEntries), await IdsAsync(store.Runtime, new TaskSearch { Metadata = JsonMap.Parse(metadata), Query = "customer", Match = "fast" }));
    }

    [Theory]
    [InlineData("(", OpenCodeError.InvalidArgument)]
    [InlineData("[z-a]", OpenCodeError.InvalidArgument)]
    [InlineData("(a|aa)+$", OpenCodeError.LimitExceeded)]
    public async Task Pattern_that_is_bad_or_endless_is_named(string pattern, OpenCodeError error)
    {
        await using var store = await TestStore.OpenAsync();
        await store.Runtime.Tasks.CreateAsync(new NewTask { Name = new string('a', 200) + "!" }, Token);
        var refused = await RefusedAsync(store.Runtime, new TaskSearch { Match = pattern });
        Assert.Equal(error, refused.Error);
        Assert.Contains($"'{pattern}'", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Conditions_combine_as_in_a_naive_model()
    {
        await using var store = await TestStore.OpenAsync();
        var tasks = store.Runtime.Tasks;
        var random = new Random(3);
        await tasks.CreateManyAsync([.. Enumerable.Range(0, 400).Select(i => Random(random, i))], Token);
        foreach (var id in Enumerable.Range(0, 100).Select(i => $"t{i * 4}"))
        {
            await store.Runtime.Registry.WriteAsync(new AttachAgent(id, new LeaseRequest("w", null)), Token);
        }

        var all = (await tasks.ListAsync(new TaskQuery(), Token)).Tasks;
        for (var round = 0; round < 150; round++)
        {
            var (one, two) = (Words[random.Next(Words.Length)], Words[random.Next(Words.Length)]);
            var search = new TaskSearch
            {
                Query = random.Next(3) switch { 0 => null, 1 => one[..4], _ => $"{one} {two}" },
                Match = random.Next(2) == 0 ? null : $"{two[..3]}.*{random.Next(10)}",
                Statuses = random.Next(2) == 0 ? [] : [AgentTaskStatus.Running],
                Owner = random.Next(2) == 0 ? null : "ada",
                Metadata = random.Next(2) == 0 ? null : JsonMap.Parse($$"""{"n":{{random.Next(4)}}}"""),
            };
            if (search is { Query: null, Match: null, Owner: null, Metadata: null, Statuses.Count: 0 })
            {
                Assert.Equal(OpenCodeError.InvalidArgument, (await RefusedAsync(store.Runtime, search)).Error);
                continue;
            }

            var wanted = all.Where(t => (search.Query is null || search.Query.Split(' ').All(w => $"{t.Name} {t.Description}".Split(' ').Any(x => x.StartsWith(w, StringComparison.Ordinal))))
                && (search.Match is null || System.Text.RegularExpressions.Regex.IsMatch(t.Name, search.Match)) && (search.Statuses.Count == 0 || t.Status is AgentTaskStatus.Running)
                && (search.Owner is null || t.Owner == "ada") && (search.Metadata is null || t.Metadata["n"]!.Equals(search.Metadata["n"]))).Select(t => t.Id).ToList();
            var found = await IdsAsync(store.Runtime, search);
            if (search.Query is null)
            {
                Assert.Equal(wanted, found);
            }

            Assert.Equal(wanted.Order(StringComparer.Ordinal), found.Order(StringComparer.Ordinal));
            Assert.Equal(found.Take(3), await IdsAsync(store.Runtime, search with { First = 3 }));
        }
    }

    private static NewTask Random(Random random, int i) => new()
    {
        Id = $"t{i}", Name = $"{Words[random.Next(Words.Length)]} {Words[random.Next(Words.Length)]} number{i}", Owner = random.Next(2) == 0 ? "ada" : "bob",
        Description = string.Join(' ', Enumerable.Range(0, 8).Select(_ => Words[random.Next(Words.Length)])), Metadata = JsonMap.Parse($$"""{"n":{{random.Next(4)}}}"""),
    };

    private static async Task<TestStore> ExampleAsync(Func<OpenCodeConfiguration, OpenCodeConfiguration>? change = null)
    {
        var store = await TestStore.OpenAsync(change);
        await store.Runtime.Tasks.CreateManyAsync(
            [
                new NewTask { Id = "slow", Name = "Make the report fast", Description = "It takes forty minutes for all customers.", Metadata = JsonMap.Parse("""{"ticket":1741,"flag":true,"none":null,"place":{"a":"x","b":[1,2,{"c":null}]}}""") },
                new NewTask { Id = "login", Name = "Fix login", Description = "O'Neill@example.com cannot get in; the C++ part is 100 % sure." },
                new NewTask { Id = "umlaut", Name = "Überarbeitung" },
            ],
            Token);
        return store;
    }

    private static async Task<List<string>> IdsAsync(OpenCodeRuntime runtime, TaskSearch search) => await runtime.Tasks.FindAsync(search, Token).Select(t => t.Id).ToListAsync(Token);

    private static Task<OpenCodeException> RefusedAsync(OpenCodeRuntime runtime, TaskSearch search) => Assert.ThrowsAsync<OpenCodeException>(() => IdsAsync(runtime, search));
}

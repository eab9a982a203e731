using Microsoft.Data.Sqlite;
using OpenCode.Common;
using OpenCode.Tasks;

namespace OpenCode.Tests.Unit.Tasks;

/// <summary>The read that waits for nobody: never older than what was committed before it, and never an answer where there is more to do.</summary>
public sealed class ReadNowTests : IAsyncLifetime
{
    private TestStore _store = null!;

    private TaskService Tasks => _store.Runtime.Tasks;

    public async ValueTask InitializeAsync()
    {
        _store = await TestStore.OpenAsync();
        await Tasks.CreateAsync(new NewTask { Name = "n", Id = "T" }, TestStore.Token);
    }

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task GetNow_gives_what_another_runtime_has_just_committed()
    {
        await using var other = await _store.AgainAsync();
        for (var i = 1; i <= 50; i++)
        {
            var changed = await other.Tasks.UpdateAsync("T", new TaskPatch { Priority = i }, Actor.Operator, TestStore.Token);

            Assert.Equal((i, changed.Version), Tasks.GetNow("T") is { } task ? (task.Priority, task.Version) : default);
        }
    }

    [Fact]
    public async Task GetNow_gives_the_same_task_as_the_way_that_waits() =>
        Assert.Equal(TaskJson.Of(await Tasks.GetAsync("T", TestStore.Token)).ToJsonString(), TaskJson.Of(Tasks.GetNow("T")!).ToJsonString());

    [Theory]
    [InlineData("t")]
    [InlineData("none")]
    [InlineData("../T")]
    [InlineData("")]
    public void GetNow_of_what_is_no_whole_id_of_a_task_leaves_it_to_the_way_that_tells_why(string id) => Assert.Null(Tasks.GetNow(id));

    [Fact]
    public async Task GetNow_does_not_give_a_task_whose_lease_is_to_be_ended_first()
    {
        await Tasks.AttachAsync("T", new AttachRequest("ada") { Lease = TimeSpan.FromSeconds(30) }, TestStore.Token);
        Assert.Equal(["ada"], Tasks.GetNow("T")!.Agents);

        _store.Clock.Advance(TimeSpan.FromSeconds(31));

        Assert.Null(Tasks.GetNow("T"));
        Assert.Empty((await Tasks.GetAsync("T", TestStore.Token)).Agents);
        Assert.Empty(Tasks.GetNow("T")!.Agents);
    }

    [Fact]
    public async Task GetNow_of_a_locked_database_waits_for_nobody_and_reads_again_when_it_is_free()
    {
        await using var store = await TestStore.OpenAsync(configuration => configuration with { EnableWal = false }); // without the log readers wait for writers
        await store.Runtime.Tasks.CreateAsync(new NewTask { Name = "n", Id = "T" }, TestStore.Token);
        Assert.NotNull(store.Runtime.Tasks.GetNow("T"));
        using (var writer = new SqliteConnection($"Data Source={store.Configuration.DatabaseFile};Pooling=False"))
        {
            writer.Open();
            using var begin = writer.CreateCommand();
            begin.CommandText = "BEGIN EXCLUSIVE";
            begin.ExecuteNonQuery();

            Assert.Null(store.Runtime.Tasks.GetNow("T"));
        }

        Assert.NotNull(store.Runtime.Tasks.GetNow("T"));
    }
}

using System.Diagnostics;
using System.Globalization;
using OpenCode.Common;
using OpenCode.Configuration;
using OpenCode.Layers;
using OpenCode.Tasks;

namespace OpenCode.Tests.Unit.Tasks;

/// <summary>Following a log, on the clock of the machine: what is waited for are entries, never time.</summary>
public sealed class FollowTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly OpenCodeConfiguration _configuration = new() { DataRoot = Directory.CreateTempSubdirectory("opencode-unit-").FullName };
    private OpenCodeRuntime _runtime = null!;
    private string _id = "";

    private static CancellationToken Token => TestStore.Token;

    private TaskFolder Folder => new(_configuration.DataRoot, _id);

    public async ValueTask InitializeAsync()
    {
        _runtime = await OpenCodeRuntime.OpenAsync(_configuration, Token);
        _id = (await _runtime.Tasks.CreateAsync(new NewTask { Name = "followed" }, Token)).Id;
    }

    public async ValueTask DisposeAsync()
    {
        await _runtime.DisposeAsync();
        Directory.Delete(_configuration.DataRoot, recursive: true);
    }

    [Fact]
    public async Task Follow_begins_with_the_newest_and_goes_on_with_what_another_runtime_writes()
    {
        await LogAsync("a", "b", "c");
        await using var follower = new Follower(_runtime, _id, new LogQuery { Last = 2 });
        Assert.Equal(["b", "c"], await follower.TakeAsync(2));
        await using var other = await OpenCodeRuntime.OpenAsync(_configuration, Token);
        await other.Memory.LogAsync(_id, LogLevel.Info, "d", null, Actor.Operator, Token);
        Assert.Equal(["d"], await follower.TakeAsync(1));
        await other.Tasks.AttachAsync(_id, new AttachRequest("worker"), Token);
        await LogAsync("e");
        Assert.Equal(["Started by agent 'worker'", "e"], await follower.TakeAsync(2));
    }

    [Fact]
    public async Task Entries_of_many_writers_come_each_once_and_in_the_order_of_the_file()
    {
        const int Writers = 4;
        const int Each = 150;
        await using var follower = new Follower(_runtime, _id, new LogQuery { Last = 50 });
        var first = await follower.TakeAsync(1);
        var writers = Enumerable.Range(0, Writers).Select(w => Task.Run(
            async () =>
            {
                await using var runtime = await OpenCodeRuntime.OpenAsync(_configuration, Token);
                for (var i = 0; i < Each; i++)
                {
                    await runtime.Memory.LogAsync(_id, LogLevel.Info, $"{w}-{i}", null, Actor.Operator, Token);
                }
            },
            Token)).ToList();
        string[] told = [.. first, .. await follower.TakeAsync(Writers * Each)];
        await Task.WhenAll(writers);
        Assert.Equal((await _runtime.Memory.HistoryAsync(_id, new LogQuery(), Token)).Entries.Select(e => e.Message), told);
        Assert.Equal(told.Length, told.Distinct().Count());
    }

    [Fact]
    public async Task Latency_of_an_entry_is_under_a_fifth_of_a_second()
    {
        await using var follower = new Follower(_runtime, _id, new LogQuery { Last = 1 });
        await follower.TakeAsync(1);
        var latencies = new List<double>();
        for (var i = 0; i < 21; i++)
        {
            // An idle follower looks seldom: it is idle for as long as it takes to become so.
            await Task.Delay(TimeSpan.FromMilliseconds(100), Token);
            var clock = Stopwatch.StartNew();
            await LogAsync(string.Create(CultureInfo.InvariantCulture, $"{i}"));
            await follower.TakeAsync(1);
            latencies.Add(clock.Elapsed.TotalMilliseconds);
        }

        latencies.Sort();
        Assert.InRange(latencies[10], 0, 200);
    }

    [Fact]
    public async Task Torn_last_line_is_no_entry_and_what_comes_after_it_is_told_once()
    {
        await using var follower = new Follower(_runtime, _id, new LogQuery { Last = 50 });
        await follower.TakeAsync(1);
        await File.AppendAllTextAsync(Folder.Logs, "{\"timestamp\":\"2026-01-0", Token);
        await LogAsync("after");
        var told = await follower.TakeAsync(2);
        Assert.StartsWith("Cut off a torn last line", told[0], StringComparison.Ordinal);
        Assert.Equal("after", told[1]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Repair_that_writes_the_log_anew_repeats_nothing_and_loses_nothing(bool appendedBefore)
    {
        await LogAsync("one", "two");
        await using var follower = new Follower(_runtime, _id, new LogQuery { Last = 50 });
        Assert.Equal(["Task created: followed", "one", "two"], await follower.TakeAsync(3));
        // A damaged line before the place that was read up to, so that everything after it moves.
        var lines = await File.ReadAllLinesAsync(Folder.Logs, Token);
        await File.WriteAllTextAsync(Folder.Logs, string.Join('\n', [lines[0], "not an entry", .. lines[1..]]) + "\n", Token);
        if (appendedBefore)
        {
            await LogAsync("three");
        }

        Assert.False((await _runtime.Repair.RepairAsync(_id, Token)).Healthy);
        await LogAsync("four");
        Assert.Equal(appendedBefore ? ["three", "Repaired: logs.jsonl", "four"] : ["Repaired: logs.jsonl", "four"], await follower.TakeAsync(appendedBefore ? 3 : 2));
    }

    [Fact]
    public async Task Restore_tells_what_was_logged_before_it_then_itself_and_nothing_that_came_back()
    {
        await LogAsync("kept");
        var checkpoint = await _runtime.Checkpoints.CreateAsync(_id, null, Actor.Operator, Token);
        await LogAsync("given up");
        await using var follower = new Follower(_runtime, _id, new LogQuery { Last = 2 });
        Assert.Equal("given up", (await follower.TakeAsync(2))[1]);
        for (var round = 0; round < 5; round++)
        {
            await LogAsync($"before {round}");
            await _runtime.Checkpoints.RestoreAsync(_id, checkpoint.Id, Actor.Operator, Token);
            await LogAsync($"after {round}");
            var told = new List<string>();
            while (told.Count == 0 || told[^1] != $"after {round}")
            {
                // That the present was saved stands in the log for the moment before the restore replaces it: seen or not.
                told.AddRange((await follower.TakeAsync(1)).Where(m => !m.StartsWith("Checkpoint", StringComparison.Ordinal)));
            }

            Assert.Equal(3, told.Count);
            Assert.Equal($"before {round}", told[0]);
            Assert.StartsWith($"Restored from {checkpoint.Id}", told[1], StringComparison.Ordinal);
            Assert.Equal($"after {round}", told[2]);
        }
    }

    [Fact]
    public async Task Two_restores_between_two_looks_lose_nothing()
    {
        var early = await _runtime.Checkpoints.CreateAsync(_id, null, Actor.Operator, Token);
        await LogAsync("one");
        var tail = new LogTail(Folder, 1);
        tail.Begin(null, _ => true, null);
        await LogAsync("two");
        var late = await _runtime.Checkpoints.CreateAsync(_id, null, Actor.Operator, Token);
        await LogAsync("three");
        await _runtime.Checkpoints.RestoreAsync(_id, early.Id, Actor.Operator, Token);
        await LogAsync("four");
        await _runtime.Checkpoints.RestoreAsync(_id, late.Id, Actor.Operator, Token);
        await LogAsync("five");
        Assert.True(tail.HasChanged);
        using var held = new TaskLock(_id, new MemoryStream());
        var told = (tail.Continue() ?? tail.Turn(held)).Where(e => !e.Message.StartsWith("Checkpoint", StringComparison.Ordinal)).Select(e => e.Message[..Math.Min(8, e.Message.Length)]);
        Assert.Equal(["two", "three", "Restored", "four", "Restored", "five"], told);
        Assert.False(tail.HasChanged);
    }

    [Fact]
    public async Task Deletion_of_the_task_ends_with_TaskNotFound()
    {
        await using var follower = new Follower(_runtime, _id, new LogQuery { Last = 50 });
        await follower.TakeAsync(1);
        await _runtime.Tasks.DeleteAsync(_id, force: true, Token);
        var gone = await Assert.ThrowsAsync<OpenCodeException>(() => follower.TakeAsync(1));
        Assert.Equal((OpenCodeError.TaskNotFound, _id), (gone.Error, gone.Target));
        Assert.Contains("deleted", gone.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Task_that_is_not_there_is_TaskNotFound()
    {
        await using var follower = new Follower(_runtime, "nonesuch", new LogQuery());
        Assert.Equal(OpenCodeError.TaskNotFound, (await Assert.ThrowsAsync<OpenCodeException>(() => follower.TakeAsync(1))).Error);
    }

    [Fact]
    public async Task Filters_apply_to_what_arrives_and_First_ends()
    {
        await using var follower = new Follower(_runtime, _id, new LogQuery { Level = LogLevel.Warn, First = 3 });
        foreach (var (level, text) in ((LogLevel, string)[])[(LogLevel.Info, "i"), (LogLevel.Warn, "w"), (LogLevel.Debug, "d"), (LogLevel.Error, "e"), (LogLevel.Info, "j"), (LogLevel.Warn, "x"), (LogLevel.Warn, "y")])
        {
            await _runtime.Memory.LogAsync(_id, level, text, null, Actor.Operator, Token);
        }

        Assert.Equal(["w", "e", "x"], await follower.TakeAsync(3));
        Assert.True(await follower.EndsAsync());
    }

    [Fact]
    public async Task Before_ends_the_stream_when_its_time_has_come()
    {
        await LogAsync("in time");
        await using var follower = new Follower(_runtime, _id, new LogQuery { Last = 50, Before = TimeProvider.System.GetUtcNow().AddMilliseconds(300) });
        Assert.Equal(["Task created: followed", "in time"], await follower.TakeAsync(2));
        Assert.True(await follower.EndsAsync());
    }

    [Fact]
    public async Task Malformed_line_is_counted_and_passed_over()
    {
        var malformed = 0;
        await using var follower = new Follower(_runtime, _id, new LogQuery { Last = 50 }, count => malformed += count);
        await follower.TakeAsync(1);
        await File.AppendAllTextAsync(Folder.Logs, "not an entry\n", Token);
        await LogAsync("after");
        await LogAsync("later");
        Assert.Equal(["after", "later"], await follower.TakeAsync(2));
        Assert.Equal(1, malformed);
    }

    [Fact]
    public async Task Lost_agent_is_told_though_nobody_else_looks()
    {
        await using var follower = new Follower(_runtime, _id, new LogQuery { Last = 50 });
        await _runtime.Tasks.AttachAsync(_id, new AttachRequest("worker") { Lease = TimeSpan.FromSeconds(1) }, Token);
        Assert.StartsWith("Lost agent 'worker'", (await follower.TakeAsync(3))[2], StringComparison.Ordinal);
    }

    private async Task LogAsync(params string[] messages)
    {
        foreach (var message in messages)
        {
            await _runtime.Memory.LogAsync(_id, LogLevel.Info, message, null, Actor.Operator, Token);
        }
    }

    private sealed class Follower(OpenCodeRuntime runtime, string id, LogQuery query, Action<int>? onMalformed = null) : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private IAsyncEnumerator<LogEntry>? _entries;
        private Task<bool> _next = Task.FromResult(true);

        private IAsyncEnumerator<LogEntry> Entries => _entries ??= runtime.Memory.FollowAsync(id, query, onMalformed, _stop.Token).GetAsyncEnumerator(_stop.Token);

        public async Task<string[]> TakeAsync(int count)
        {
            var messages = new string[count];
            for (var i = 0; i < count; i++)
            {
                Assert.True(await NextAsync(), $"The stream ended after {i} of {count}.");
                messages[i] = Entries.Current.Message;
            }

            return messages;
        }

        public async Task<bool> EndsAsync() => !await NextAsync();

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await ((Task)_next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_entries is not null)
            {
                await _entries.DisposeAsync();
            }

            _stop.Dispose();
        }

        private Task<bool> NextAsync() => (_next = Entries.MoveNextAsync().AsTask()).WaitAsync(Patience, Token);
    }
}

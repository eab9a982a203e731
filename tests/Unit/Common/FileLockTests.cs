using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;
using OpenCode.Common;

namespace OpenCode.Tests.Unit.Common;

public sealed class FileLockTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("opencode-unit-").FullName;

    private string File => Path.Combine(_root, "x.lock");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task Lock_of_two_instances_lets_one_flow_in_at_a_time()
    {
        using var one = new FileLock(File);
        using var other = new FileLock(File);
        var inside = 0;
        var most = 0;
        await Parallel.ForEachAsync(Enumerable.Range(0, 400), new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = TestStore.Token }, async (i, token) =>
        {
            using var held = await (i % 2 == 0 ? one : other).AcquireAsync(TimeSpan.FromSeconds(60), token);
            most = Math.Max(most, Interlocked.Increment(ref inside));
            await Task.Yield();
            Interlocked.Decrement(ref inside);
        });
        Assert.Equal(1, most);
    }

    [Fact]
    public async Task Wait_that_is_given_up_names_its_limit_and_gives_the_lock_back()
    {
        using var one = new FileLock(File);
        using var other = new FileLock(File);
        var held = await one.AcquireAsync(TimeSpan.FromSeconds(5), TestStore.Token);
        var refused = await Assert.ThrowsAsync<OpenCodeException>(async () => await other.AcquireAsync(TimeSpan.FromMilliseconds(250), TestStore.Token));
        Assert.Equal(OpenCodeError.StoreUnavailable, refused.Error);
        Assert.Contains("0.25 s", refused.Message, StringComparison.Ordinal);
        held.Dispose();
        using var cancelled = new CancellationTokenSource();
        held = await one.AcquireAsync(TimeSpan.FromSeconds(60), TestStore.Token);
        var waiting = other.AcquireAsync(TimeSpan.FromSeconds(60), cancelled.Token).AsTask();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        held.Dispose();
        using (await other.AcquireAsync(TimeSpan.FromSeconds(60), TestStore.Token))
        {
        }

        using (await one.AcquireAsync(TimeSpan.FromSeconds(60), TestStore.Token))
        {
        }
    }

    [Fact]
    public void Ids_of_parallel_threads_are_unique_and_sort_by_time_also_when_the_clock_goes_back()
    {
        var now = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
        var clock = new FakeTimeProvider(now);
        var ids = new Ids(clock);
        var all = new ConcurrentBag<string>();
        Parallel.For(0, 20_000, _ => all.Add(ids.Task()));
        Assert.Equal(20_000, all.Distinct().Count());
        Assert.All(all, id => Assert.True(Input.IsId(id)));
        var back = new Ids(new ClockGoingBack(now));
        var sequence = Enumerable.Range(0, 1_000).Select(_ => back.Checkpoint()).ToList();
        Assert.Equal(sequence.Order(StringComparer.Ordinal), sequence);
        Assert.Equal(1_000, sequence.Distinct().Count());
    }

    [Theory]
    [InlineData("../../x")]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("a b")]
    [InlineData("ä")]
    [InlineData("a\n")]
    [InlineData("a\0")]
    [InlineData("a/b")]
    [InlineData("a\\b")]
    public void Id_that_is_none_is_InvalidArgument(string id) => Assert.Equal(OpenCodeError.InvalidArgument, Assert.Throws<OpenCodeException>(() => Input.Id(id)).Error);

    [Fact]
    public void Input_at_its_limits_is_taken_and_beyond_refused()
    {
        Assert.NotNull(Input.Id(new string('a', 128)));
        Assert.Equal(OpenCodeError.InvalidArgument, Assert.Throws<OpenCodeException>(() => Input.Id(new string('a', 129))).Error);
        Assert.NotNull(Input.Name(new string('ä', 255)));
        foreach (var bad in (string?[])[null, "", " ", new string('a', 256), "a\nb", "a\u0085", "\ud800"])
        {
            Assert.Equal(OpenCodeError.InvalidArgument, Assert.Throws<OpenCodeException>(() => Input.Name(bad)).Error);
        }

        var metadata = JsonMap.From(new Dictionary<string, string> { ["a"] = new('x', 1024 * 1024) });
        Assert.Equal(OpenCodeError.LimitExceeded, Assert.Throws<OpenCodeException>(() => Input.Metadata(metadata)).Error);
    }

    private sealed class ClockGoingBack(DateTimeOffset start) : TimeProvider
    {
        private int _calls;

        public override DateTimeOffset GetUtcNow() => start.AddMilliseconds(-_calls++);
    }
}

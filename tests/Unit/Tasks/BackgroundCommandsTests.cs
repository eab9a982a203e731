using Microsoft.Extensions.Time.Testing;
using OpenCode.Tasks;

namespace OpenCode.Tests.Unit.Tasks;

public sealed class BackgroundCommandsTests
{
    [Fact]
    public async Task More_than_the_most_is_refused_by_name_and_one_that_ends_makes_room()
    {
        var end = new TaskCompletionSource();
        await using var commands = new BackgroundCommands(TimeProvider.System);
        var running = Enumerable.Range(0, BackgroundCommands.Most).Select(i => commands.Run($"{i}", _ => end.Task, out var _)).ToArray();

        var refused = Assert.Throws<OpenCodeException>(() => { _ = commands.Run("more", _ => end.Task, out var _); });
        Assert.Equal(OpenCodeError.LimitExceeded, refused.Error);
        Assert.Contains($"{BackgroundCommands.Most}", refused.Message, StringComparison.Ordinal);

        end.SetResult();
        await Task.WhenAll(running);
        await TestStore.UntilAsync(() =>
        {
            try
            {
                _ = commands.Run("more", _ => Task.CompletedTask, out var _);
                return true;
            }
            catch (OpenCodeException)
            {
                return false;
            }
        });
    }

    [Fact]
    public async Task What_goes_on_already_is_not_begun_a_second_time()
    {
        var end = new TaskCompletionSource();
        await using var commands = new BackgroundCommands(TimeProvider.System);

        var first = commands.Run("k", _ => end.Task, out var isFirst);
        var second = commands.Run("k", _ => throw new InvalidOperationException("begun twice"), out var isSecond);

        Assert.Equal((true, false), (isFirst, isSecond));
        Assert.Same(first, second);
        end.SetResult();
        await second;
    }

    [Fact]
    public async Task Closing_gives_a_moment_then_ends_and_begins_nothing_new()
    {
        var clock = new FakeTimeProvider();
        var commands = new BackgroundCommands(clock);
        var quick = new TaskCompletionSource();
        var first = commands.Run("quick", _ => quick.Task, out _);
        var second = commands.Run("slow", ending => Task.Delay(Timeout.Infinite, ending), out _);

        var closing = commands.DisposeAsync().AsTask();
        quick.SetResult();
        await first;
        Assert.False(second.IsCompleted);
        Assert.Equal(OpenCodeError.StoreUnavailable, Assert.Throws<OpenCodeException>(() => { _ = commands.Run("new", _ => Task.CompletedTask, out var _); }).Error);

        clock.Advance(TimeSpan.FromSeconds(1));
        await closing;
        Assert.True(second.IsCanceled);
    }
}

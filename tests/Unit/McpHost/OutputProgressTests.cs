using OpenCode.McpHost.Tools;
using OpenCode.Sandboxes;

namespace OpenCode.Tests.Unit.McpHost;

public sealed class OutputProgressTests
{
    private readonly List<(long Lines, string Text)> _sent = [];

    [Fact]
    public async Task Lines_are_put_together_from_pieces_and_each_stream_apart()
    {
        await WatchAsync(progress =>
        {
            progress.Preparing(new SandboxProgress("Pulling x", "layer", 40));
            progress.Output(false, "one\ntw");
            progress.Output(true, "bad\r\n");
            progress.Output(false, "o\nrest");
        });

        Assert.Equal("Pulling x: layer 40 %\none\nstderr: bad\ntwo\nrest", string.Join('\n', _sent.Select(sent => sent.Text)));
        Assert.Equal(5, _sent[^1].Lines);
        Assert.Equal(_sent.Select(sent => sent.Lines).Order().Distinct(), _sent.Select(sent => sent.Lines));
    }

    [Fact]
    public async Task Slow_client_does_not_hold_the_command_up_and_learns_how_much_it_missed()
    {
        var slow = new TaskCompletionSource();
        await WatchAsync(
            progress =>
            {
                for (var i = 0; i < 100_000; i++)
                {
                    progress.Output(false, $"{i}\n");
                }

                slow.SetResult();
            },
            slow.Task);

        Assert.Contains(_sent, sent => sent.Text.Contains("lines left out", StringComparison.Ordinal));
        Assert.EndsWith("99999", _sent[^1].Text, StringComparison.Ordinal);
        Assert.Equal(100_000, _sent[^1].Lines);
    }

    [Fact]
    public async Task Line_without_an_end_is_cut_into_pieces()
    {
        await WatchAsync(progress => progress.Output(false, new string('x', 10_000)));

        Assert.Equal(10_000, _sent.Sum(sent => sent.Text.Count(c => c == 'x')));
        Assert.Equal(3, _sent[^1].Lines);
    }

    [Fact]
    public async Task Client_that_is_gone_does_not_fail_the_command()
    {
        var progress = new OutputProgress((_, _) => throw new IOException("gone"));

        Assert.Equal(1, await progress.WatchAsync(() =>
        {
            progress.Output(false, "line\n");
            return Task.FromResult(1);
        }));
    }

    private async Task WatchAsync(Action<OutputProgress> work, Task? before = null)
    {
        var progress = new OutputProgress(async (lines, text) =>
        {
            await (before ?? Task.CompletedTask);
            _sent.Add((lines, text));
        });
        await progress.WatchAsync(() =>
        {
            work(progress);
            return Task.FromResult(true);
        });
    }
}

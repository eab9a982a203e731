using System.Threading.Channels;
using OpenCode.Sandboxes.Docker.Runners;

namespace OpenCode.Tests.Unit.Sandboxes;

/// <summary>What comes out of a sandbox is believed only as far as a runner of ours could say it.</summary>
public sealed class RunnerLinkTests
{
    private static readonly byte[] Hello = RunnerProtocol.Frame(RunnerProtocol.Hello, 0, [1, 0, 0, 0, 0, 0, 1, 0, 64, 0, 0, 0]);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, byte[]> Hostile => new()
    {
        { "a kind that is none", RunnerProtocol.Frame(99, 1, []) },
        { "a kind of the other side's", RunnerProtocol.Frame(RunnerProtocol.Kill, 1, []) },
        { "a second greeting", Hello },
        { "a command that nobody gave", RunnerProtocol.Frame(RunnerProtocol.Started, 2, []) },
        { "an end before the beginning", RunnerProtocol.Frame(RunnerProtocol.Exited, 1, 0u) },
        { "a beginning twice", [.. RunnerProtocol.Frame(RunnerProtocol.Started, 1, []), .. RunnerProtocol.Frame(RunnerProtocol.Started, 1, [])] },
        { "two ends", [.. RunnerProtocol.Frame(RunnerProtocol.Started, 1, []), .. RunnerProtocol.Frame(RunnerProtocol.Exited, 1, 0u), .. RunnerProtocol.Frame(RunnerProtocol.Exited, 1, 0u)] },
        { "more output than was asked for", [.. Enumerable.Repeat(RunnerProtocol.Frame(RunnerProtocol.Out, 1, new byte[RunnerProtocol.MostContent]), (RunnerCommand.Window / RunnerProtocol.MostContent) + 1).SelectMany(static one => one)] },
        { "output after its end", [.. RunnerProtocol.Frame(RunnerProtocol.Started, 1, []), .. RunnerProtocol.Frame(RunnerProtocol.End, 1, []), .. RunnerProtocol.Frame(RunnerProtocol.Out, 1, [1])] },
        { "more room for input than there is", RunnerProtocol.Frame(RunnerProtocol.Taken, 1, 1u) },
        { "an exit code of the wrong length", RunnerProtocol.Frame(RunnerProtocol.Exited, 1, [0]) },
        { "a length beyond all bounds", [255, 255, 255, 255, RunnerProtocol.Out, 0, 0, 0, 1, 0, 0, 0] },
        { "bytes where zeros are", [0, 0, 0, 0, RunnerProtocol.Started, 1, 0, 0, 1, 0, 0, 0] },
        { "text", [.. "OCI runtime exec failed: exec format error\r\n"u8] },
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public async Task What_no_runner_says_ends_the_link_and_every_command_of_it(string what, byte[] said)
    {
        var stream = new Script();
        stream.Say(Hello);
        await using var link = await RunnerLink.OpenAsync(stream, TimeProvider.System, Token);
        var command = await StartAsync(link, hasInput: true);
        stream.Say(said);
        var ended = await Assert.ThrowsAnyAsync<RunnerBrokenException>(() => command.Gone.WaitAsync(TimeSpan.FromSeconds(30), Token));
        Assert.Contains("no runner says", what + ended.Message + ended.InnerException?.Message);
        Assert.False(link.IsOpen);
        Assert.True(stream.IsClosed);
        await Assert.ThrowsAsync<RunnerBrokenException>(() => StartAsync(link, hasInput: false));
    }

    [Fact]
    public async Task Another_version_is_no_runner_of_ours()
    {
        var stream = new Script();
        stream.Say(RunnerProtocol.Frame(RunnerProtocol.Hello, 0, [2, 0, 0, 0, 0, 0, 1, 0, 64, 0, 0, 0]));
        await Assert.ThrowsAsync<RunnerBrokenException>(() => RunnerLink.OpenAsync(stream, TimeProvider.System, Token));
        Assert.True(stream.IsClosed);
    }

    [Fact]
    public async Task Text_instead_of_a_greeting_is_no_runner()
    {
        var stream = new Script();
        stream.Say([.. "OCI runtime exec failed: exec: \"/.opencode/runner\": no such file or directory\r\n"u8]);
        stream.End();
        await Assert.ThrowsAsync<RunnerBrokenException>(() => RunnerLink.OpenAsync(stream, TimeProvider.System, Token));
    }

    [Fact]
    public async Task Frames_cut_anywhere_are_put_together_and_what_comes_after_a_release_is_passed_over()
    {
        var stream = new Script();
        byte[] all =
        [
            .. RunnerProtocol.Frame(RunnerProtocol.Started, 1, []), .. RunnerProtocol.Frame(RunnerProtocol.Out, 1, "hello"u8), .. RunnerProtocol.Frame(RunnerProtocol.Exited, 1, 7u << 8),
            .. RunnerProtocol.Frame(RunnerProtocol.End, 1, []),
        ];
        stream.Say(Hello);
        await using var link = await RunnerLink.OpenAsync(stream, TimeProvider.System, Token);
        var command = await StartAsync(link, hasInput: false);
        foreach (var one in all)
        {
            stream.Say([one]);
        }

        Assert.Null(await command.Begun);
        Assert.Equal(7, await command.Exited);
        var piece = await command.Pieces.ReadAsync(Token);
        Assert.Equal("hello"u8, piece.Bytes.AsSpan(0, piece.Length));
        await command.Pieces.Completion.WaitAsync(TimeSpan.FromSeconds(30), Token);
        await link.ReleaseAsync(command);
        stream.Say(RunnerProtocol.Frame(RunnerProtocol.Gone, 1, [1, 0]));
        var next = await StartAsync(link, hasInput: false);
        stream.Say(RunnerProtocol.Frame(RunnerProtocol.Started, next.Number, []));
        Assert.Null(await next.Begun);
        Assert.True(link.IsOpen);
    }

    [Fact]
    public async Task End_of_the_stream_breaks_what_runs()
    {
        var stream = new Script();
        stream.Say(Hello);
        await using var link = await RunnerLink.OpenAsync(stream, TimeProvider.System, Token);
        var command = await StartAsync(link, hasInput: false);
        stream.Say(RunnerProtocol.Frame(RunnerProtocol.Started, 1, []));
        Assert.Null(await command.Begun);
        stream.End();
        await Assert.ThrowsAsync<RunnerBrokenException>(() => command.Exited);
    }

    [Fact]
    public async Task Command_that_is_longer_than_a_runner_takes_is_not_sent()
    {
        var stream = new Script();
        stream.Say(Hello);
        await using var link = await RunnerLink.OpenAsync(stream, TimeProvider.System, Token);
        Assert.Null(await link.StartAsync(TimeSpan.FromSeconds(1), false, "/", [new string('x', RunnerProtocol.MostStart)], []));
        Assert.Equal(0, stream.Written);
    }

    private static async Task<RunnerCommand> StartAsync(RunnerLink link, bool hasInput) => (await link.StartAsync(TimeSpan.FromSeconds(30), hasInput, "/workspace", ["true"], []))!;

    /// <summary>A stream that says what it is told to.</summary>
    private sealed class Script : MemoryStream
    {
        private readonly Channel<byte[]> _said = Channel.CreateUnbounded<byte[]>();
        private byte[] _rest = [];

        public bool IsClosed { get; private set; }

        public int Written { get; private set; }

        public void Say(byte[] bytes) => _said.Writer.TryWrite(bytes);

        public void End() => _said.Writer.Complete();

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_rest.Length == 0)
            {
                if (!await _said.Reader.WaitToReadAsync(cancellationToken))
                {
                    return 0;
                }

                _rest = await _said.Reader.ReadAsync(cancellationToken);
            }

            var length = Math.Min(buffer.Length, _rest.Length);
            _rest.AsSpan(0, length).CopyTo(buffer.Span);
            _rest = _rest[length..];
            return length;
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Written += buffer.Length;
            return ValueTask.CompletedTask;
        }

        protected override void Dispose(bool disposing)
        {
            IsClosed = true;
            base.Dispose(disposing);
        }
    }
}

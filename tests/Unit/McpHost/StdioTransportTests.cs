using System.IO.Pipes;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using ModelContextProtocol.Protocol;
using OpenCode.McpHost.Stdio;

namespace OpenCode.Tests.Unit.McpHost;

/// <summary>Answers that are given on the thread that reads.</summary>
public sealed class StdioTransportTests : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly AnonymousPipeServerStream _input = new(PipeDirection.Out);
    private readonly AnonymousPipeClientStream _read;
    private readonly Output _output = new();
    private bool _takes = true;
    private StdioTransport? _transport;

    public StdioTransportTests() => _read = new AnonymousPipeClientStream(PipeDirection.In, _input.ClientSafePipeHandle);

    private StdioTransport Transport => _transport ??= new StdioTransport(
        _read,
        _output,
        Answer,
        _ => Volatile.Read(ref _takes),
        NullLoggerFactory.Instance);

    public async ValueTask DisposeAsync()
    {
        _output.Open();
        await _input.DisposeAsync();
        if (_transport is not null)
        {
            await _transport.DisposeAsync();
        }

        await _output.DisposeAsync();
        await _read.DisposeAsync();
    }

    [Fact]
    public async Task Direct_answers_and_messages_come_out_whole_and_in_their_order()
    {
        var transport = Transport;
        Add("direct 1", """{"jsonrpc":"2.0","id":1,"method":"ping"}""", "direct 2");

        var message = Assert.IsType<JsonRpcRequest>(await transport.MessageReader.ReadAsync(TestContext.Current.CancellationToken));
        await _output.WrittenAsync("direct 1 answered\ndirect 2 answered\n");
        await transport.SendMessageAsync(new JsonRpcResponse { Id = message.Id, Result = new JsonObject() }, TestContext.Current.CancellationToken);

        await _output.WrittenAsync("direct 1 answered\ndirect 2 answered\n{\"result\":{},\"id\":1,\"jsonrpc\":\"2.0\"}\n");
    }

    [Fact]
    public async Task Reading_goes_on_while_the_client_reads_no_answers_and_no_answer_is_lost()
    {
        _takes = false;
        _output.Shut();
        var transport = Transport;
        var lines = Enumerable.Range(0, 100).Select(i => $"direct {i}").ToArray();

        Add([.. lines, """{"jsonrpc":"2.0","id":1,"method":"ping"}"""]);

        // What comes behind them is heard, although none of them could be answered.
        Assert.IsType<JsonRpcRequest>(await transport.MessageReader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Patience, TestContext.Current.CancellationToken));
        Assert.Equal("", _output.Text);

        _output.Open();
        await TestStore.UntilAsync(() => _output.Text.Count(c => c == '\n') == lines.Length);
        Assert.Equal(lines.Select(line => line + " answered").Order(StringComparer.Ordinal), _output.Text.TrimEnd('\n').Split('\n').Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task End_of_the_input_waits_for_direct_answers_that_wait_for_room()
    {
        _takes = false;
        _output.Shut();
        var transport = Transport;
        Add("direct 1");
        await _input.DisposeAsync();
        await transport.Ended.WaitAsync(Patience, TestContext.Current.CancellationToken);

        var answered = transport.AnsweredAsync(Patience);
        Assert.False(answered.IsCompleted);
        _output.Open();

        await answered.WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Equal("direct 1 answered\n", _output.Text);
    }

    [Fact]
    public async Task Client_that_is_gone_ends_it()
    {
        _output.Break();
        var transport = Transport;

        Add("direct 1");

        await transport.Ended.WaitAsync(Patience, TestContext.Current.CancellationToken);
    }

    private static ReadOnlyMemory<byte>? Answer(ReadOnlyMemory<byte> line)
    {
        if (!line.Span.StartsWith("direct"u8))
        {
            return null;
        }

        return Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(line.Span) + " answered\n");
    }

    private void Add(params string[] lines) => _input.Write(Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n"))));

    /// <summary>What was written, once it is open.</summary>
    private sealed class Output : MemoryStream
    {
        private readonly Lock _lock = new();
        private readonly StringBuilder _text = new();
        private TaskCompletionSource _open = Opened();
        private volatile bool _broken;

        public string Text
        {
            get
            {
                lock (_lock)
                {
                    return _text.ToString();
                }
            }
        }

        public void Shut() => _open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Open() => _open.TrySetResult();

        public void Break() => _broken = true;

        public Task WrittenAsync(string text) => TestStore.UntilAsync(() => Text == text);

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            Assert.True(_open.Task.IsCompleted, "Whoever writes without waiting must have asked whether there is room.");
            Append(buffer);
        }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await _open.Task.ConfigureAwait(false);
            Append(buffer.Span);
        }

        private static TaskCompletionSource Opened()
        {
            var opened = new TaskCompletionSource();
            opened.SetResult();
            return opened;
        }

        private void Append(ReadOnlySpan<byte> text)
        {
            if (_broken)
            {
                throw new IOException("broken pipe");
            }

            lock (_lock)
            {
                _text.Append(Encoding.UTF8.GetString(text));
            }
        }
    }
}

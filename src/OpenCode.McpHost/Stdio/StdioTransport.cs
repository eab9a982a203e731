using System.Buffers;
using System.Collections.Concurrent;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Logging;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace OpenCode.McpHost.Stdio;

/// <summary>
/// One JSON-RPC message a line, over two streams. Beyond the SDK's own transport: a line has a limit, no line whatsoever ends the
/// reading, and requests that were read before the input ended still get their answers.
/// </summary>
internal sealed class StdioTransport : TransportBase
{
    /// <summary>The most bytes of a message: the largest metadata and description, every character escaped.</summary>
    public const int MostBytes = 8 * 1024 * 1024;

    private static readonly JsonTypeInfo<JsonRpcMessage> MessageType = (JsonTypeInfo<JsonRpcMessage>)McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(JsonRpcMessage));

    // Quotes and letters of other scripts as they are: this is no HTML, and escapes cost a model tokens.
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly LineReader _lines;
    private readonly Stream _output;
    private readonly Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>?> _direct;
    private readonly Func<int, bool> _takes;
    private readonly ILogger _log;
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly ConcurrentDictionary<RequestId, bool> _unanswered = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _unsent; // direct answers that wait for room
    private int _disposed;

    /// <summary>Begins to read.</summary>
    /// <param name="input">Where messages come from.</param>
    /// <param name="output">Where they go.</param>
    /// <param name="direct">Answers a line at once, on the thread that reads; null for a message that goes its ordinary way. An answer ends its line.</param>
    /// <param name="takes">Knows whether the output takes so many bytes without waiting.</param>
    /// <param name="loggers">Told about lines that are no messages.</param>
    public StdioTransport(Stream input, Stream output, Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>?> direct, Func<int, bool> takes, ILoggerFactory loggers)
        : base("stdio", loggers)
    {
        _direct = direct;
        _takes = takes;
        _lines = new LineReader(input, MostBytes);
        _output = output;
        _log = loggers.CreateLogger(nameof(StdioTransport));
        SetConnected();

        // A thread of its own: a read of standard input cannot be cancelled, and would take one of the pool's few threads for good.
        new Thread(ReadAll) { IsBackground = true, Name = "stdin" }.Start();
    }

    /// <summary>Completes when the client has closed its end, or can no longer be written to.</summary>
    public Task Ended => _ended.Task;

    /// <summary>After <see cref="Ended"/>: completes when every request that was read has its answer, or the limit is reached.</summary>
    public Task AnsweredAsync(TimeSpan limit)
    {
        CheckAnswered();
        return Task.WhenAny(_answered.Task, Task.Delay(limit));
    }

    public override async Task SendMessageAsync(JsonRpcMessage message, CancellationToken cancellationToken = default)
    {
        var line = Write(message);
        await _sending.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await PutAsync(line).ConfigureAwait(false);
        }
        finally
        {
            _sending.Release();
            if (message is JsonRpcResponse or JsonRpcError)
            {
                Forget(((JsonRpcMessageWithId)message).Id);
            }
        }
    }

    public override async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            SetDisconnected(); // what is still read goes nowhere, and the thread ends with the process
            await _sending.WaitAsync().ConfigureAwait(false);
            await _output.DisposeAsync().ConfigureAwait(false);
            _sending.Dispose();
        }
    }

    // By whoever has the right to send. Not cancelled once begun: half a message would spoil the stream for all that follow.
    private async ValueTask PutAsync(ReadOnlyMemory<byte> line)
    {
        try
        {
            if (_takes(line.Length))
            {
                Put(line); // a console's stream has a thread of the pool wait for each write that is not asked for so
                return;
            }

            await _output.WriteAsync(line, CancellationToken.None).ConfigureAwait(false);
            await _output.FlushAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            _ended.TrySetResult();
            throw new IOException("The client does not read any more.", e);
        }
    }

    private void Put(ReadOnlyMemory<byte> line)
    {
        _output.Write(line.Span);
        _output.Flush();
    }

    private static ReadOnlyMemory<byte> Write(JsonRpcMessage message)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Plain))
        {
            JsonSerializer.Serialize(writer, message, MessageType);
        }

        buffer.Write("\n"u8);
        return buffer.WrittenMemory;
    }

    private void ReadAll()
    {
        try
        {
            while (_lines.Read() is { } line)
            {
                if (!line.Bytes.Span.Trim(" \t\r"u8).IsEmpty)
                {
                    Take(line);
                }
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The client is gone, or the host is about to be.
            _log.LogDebug(e, "Reading has ended.");
        }

        _ended.TrySetResult();
    }

    private void Take(Line line)
    {
        try
        {
            if (!line.Cut && _direct(line.Bytes) is { } direct)
            {
                Send(direct);
                return;
            }

            if (!line.Cut && JsonSerializer.Deserialize(line.Bytes.Span, MessageType) is { } message)
            {
                Remember(message);
                WriteMessageAsync(message).GetAwaiter().GetResult(); // into an unbounded channel: never waits
                return;
            }

            _log.LogWarning("A line of input is no message: it is null, or longer than {Limit} bytes.", MostBytes);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // Whatever a line holds, and whatever the reader makes of it: the next line is read.
            _log.LogWarning("A line of {Length} bytes is no message: {Reason}", line.Bytes.Length, e.Message);
        }

        if (BrokenFrame.Answer(line, MostBytes) is { } answer)
        {
            SendMessageAsync(answer).GetAwaiter().GetResult();
        }
    }

    // On the thread that reads, which waits for nobody: a client that does not read its answers can still write, and be heard when it cancels something.
    private void Send(ReadOnlyMemory<byte> line)
    {
        try
        {
            if (_sending.Wait(0))
            {
                try
                {
                    if (_takes(line.Length))
                    {
                        Put(line);
                        return;
                    }
                }
                finally
                {
                    _sending.Release();
                }
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            _log.LogDebug(e, "The client does not read any more.");
            _ended.TrySetResult();
            return;
        }

        Interlocked.Increment(ref _unsent);
        _ = SendLaterAsync(line);
    }

    private async Task SendLaterAsync(ReadOnlyMemory<byte> line)
    {
        try
        {
            await _sending.WaitAsync().ConfigureAwait(false);
            try
            {
                await PutAsync(line).ConfigureAwait(false);
            }
            finally
            {
                _sending.Release();
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            _log.LogDebug(e, "An answer was not sent.");
        }
        finally
        {
            Interlocked.Decrement(ref _unsent);
            CheckAnswered();
        }
    }

    private void Remember(JsonRpcMessage message)
    {
        if (message is JsonRpcRequest request)
        {
            _ = (request.Params as JsonObject)?.Count; // finds a member that is there twice, now that the sender can be told
            _unanswered[request.Id] = true;
        }
        else if (message is JsonRpcNotification { Method: NotificationMethods.CancelledNotification, Params: JsonObject parameters })
        {
            // A cancelled request gets no answer.
            if (parameters["requestId"].Deserialize(McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(RequestId))) is RequestId id)
            {
                Forget(id);
            }
        }
    }

    private void Forget(RequestId id)
    {
        _unanswered.TryRemove(id, out _);
        CheckAnswered();
    }

    private void CheckAnswered()
    {
        if (_ended.Task.IsCompleted && _unanswered.IsEmpty && Volatile.Read(ref _unsent) == 0)
        {
            _answered.TrySetResult();
        }
    }
}

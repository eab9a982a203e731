using System.Buffers;
using System.Buffers.Binary;
using System.Threading.Channels;

namespace OpenCode.Sandboxes.Docker.Runners;

/// <summary>One command of a runner, as far as the runner has told of it. What cannot be so is a violation: whoever says it is no runner of ours any more.</summary>
internal sealed class RunnerCommand
{
    /// <summary>How many bytes of output may be on their way, or here and not yet taken.</summary>
    public const int Window = 256 * 1024;

    private readonly TaskCompletionSource<RunnerFailure?> _begun = New<RunnerFailure?>();
    private readonly TaskCompletionSource<int> _exited = New<int>();
    private readonly TaskCompletionSource<(bool Proven, bool TimedOut)> _gone = New<(bool, bool)>();
    private readonly Channel<Piece> _pieces = Channel.CreateUnbounded<Piece>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
    private readonly Channel<bool> _roomGrown = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private long _credit = Window;
    private long _inputRoom;
    private volatile bool _inputClosed;

    public RunnerCommand(uint number, bool hasInput, uint inputWindow)
    {
        Number = number;
        _inputRoom = hasInput ? inputWindow : 0;
        _inputClosed = !hasInput;
    }

    public uint Number { get; }

    /// <summary>Null when it runs; why not, when it does not.</summary>
    public Task<RunnerFailure?> Begun => _begun.Task;

    /// <summary>Its exit code as a shell counts it; after all output from before its end.</summary>
    public Task<int> Exited => _exited.Task;

    /// <summary>No process of its tree is left, when that is proven.</summary>
    public Task<(bool Proven, bool TimedOut)> Gone => _gone.Task;

    /// <summary>Its output, ending with it.</summary>
    public ChannelReader<Piece> Pieces => _pieces.Reader;

    /// <summary>So much output has been taken.</summary>
    public void Grant(int bytes) => Interlocked.Add(ref _credit, bytes);

    /// <summary>Waits until input can be sent, and takes up to so much of the room.</summary>
    /// <returns>How much may be sent; 0 when no more is wanted.</returns>
    public async Task<int> InputRoomAsync(int wanted, CancellationToken cancellationToken)
    {
        while (!_inputClosed)
        {
            var room = (int)Math.Min(wanted, Interlocked.Read(ref _inputRoom));
            if (room > 0)
            {
                Interlocked.Add(ref _inputRoom, -room);
                return room;
            }

            await _roomGrown.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        }

        return 0;
    }

    /// <summary>Takes what the runner says of it.</summary>
    /// <returns>False when that cannot be.</returns>
    public bool Take(byte kind, ReadOnlySpan<byte> content, uint inputWindow)
    {
        switch (kind, content.Length)
        {
            case (RunnerProtocol.Started, 0):
                return _begun.TrySetResult(null);
            case (RunnerProtocol.Failed, 8):
                _pieces.Writer.TryComplete();
                return _begun.TrySetResult(new RunnerFailure((RunnerStage)BinaryPrimitives.ReadUInt32LittleEndian(content), BinaryPrimitives.ReadInt32LittleEndian(content[4..])));
            case (RunnerProtocol.Out or RunnerProtocol.Error, > 0):
                if (Interlocked.Add(ref _credit, -content.Length) < 0)
                {
                    return false;
                }

                var bytes = ArrayPool<byte>.Shared.Rent(content.Length);
                content.CopyTo(bytes);
                return _pieces.Writer.TryWrite(new Piece(kind == RunnerProtocol.Error, bytes, content.Length));
            case (RunnerProtocol.Taken, 4):
                if (Interlocked.Add(ref _inputRoom, BinaryPrimitives.ReadUInt32LittleEndian(content)) > inputWindow)
                {
                    return false;
                }

                _roomGrown.Writer.TryWrite(true);
                return true;
            case (RunnerProtocol.Closed, 0):
                _inputClosed = true;
                _roomGrown.Writer.TryWrite(true);
                return true;
            case (RunnerProtocol.Exited, 4):
                return Begun.IsCompleted && _exited.TrySetResult(ExitCode(BinaryPrimitives.ReadInt32LittleEndian(content)));
            case (RunnerProtocol.End, 0):
                return Begun.IsCompleted && _pieces.Writer.TryComplete();
            case (RunnerProtocol.Gone, 2):
                return _gone.TrySetResult((content[0] == 1, content[1] == 1));
            default:
                return false;
        }
    }

    /// <summary>Nothing more will be told.</summary>
    public void Break(RunnerBrokenException why)
    {
        _begun.TrySetException(why);
        _exited.TrySetException(why);
        _gone.TrySetException(why);
        // Each is looked at by whoever waits for it, and by nobody else.
        _ = (_begun.Task.Exception, _exited.Task.Exception, _gone.Task.Exception);
        _inputClosed = true;
        _roomGrown.Writer.TryWrite(true);
        _pieces.Writer.TryComplete();
    }

    /// <summary>From what wait(2) gives: a signal counts from 128.</summary>
    private static int ExitCode(int status) => (status & 0x7f) is not 0 and var signal ? 128 + signal : (status >> 8) & 0xff;

    private static TaskCompletionSource<T> New<T>() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Some output, in a rented array.</summary>
    internal readonly record struct Piece(bool IsError, byte[] Bytes, int Length);
}

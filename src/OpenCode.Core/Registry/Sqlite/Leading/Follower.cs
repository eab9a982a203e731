using System.Net.Sockets;
using System.Security.Cryptography;
using OpenCode.Common;
using OpenCode.Configuration;

namespace OpenCode.Registry.Sqlite.Leading;

/// <summary>This process while another writes for it. Used by one thread at a time, whoever leads at the door; closed by any.</summary>
/// <param name="files">Where the leader is.</param>
/// <param name="configuration">The store.</param>
/// <param name="process">The process writes are made for.</param>
/// <param name="probe">What is told of its steps.</param>
internal sealed class Follower(LeaderFiles files, OpenCodeConfiguration configuration, Func<ProcessIdentity> process, StepProbe probe) : IDisposable
{
    /// <summary>
    /// How long a frame may lie unbegun, and be under way after that. The leader is busy, or it was stopped; the gate is fair in any case, and whoever has it knows what became of a frame: it is begun and its
    /// transaction ended by one who has it.
    /// </summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    // In milliseconds. As long as writers meet, the next write is sent at once instead of trying the gate first.
    private const long Preferred = 100;

    // In milliseconds. A leader that did not answer in time is not asked again so soon; one that does not listen has just begun, or ended.
    private const long Avoided = 1_000;
    private const long AvoidedDeaf = 20;

    private const int MostAnswerBytes = 64 * 1024 * 1024;

    private readonly FrameWriter _frame = new();
    private readonly long _limit = (long)Math.Min(Patience.TotalMilliseconds, configuration.BusyTimeout.TotalMilliseconds / 2);
    private FrameSocket? _leader;
    private FrameSocket? _doubtful;
    private FollowerSlots? _slots;
    private ProcessIdentity? _process;
    private int _slot;
    private long _number;
    private long _preferredUntil;
    private long _avoidedUntil;

    /// <summary>Who this is to the leader, for receipts; another one for each connection.</summary>
    public long Number { get; private set; }

    /// <summary>The number of the frame that was sent last.</summary>
    public long Frame => _number;

    /// <summary>True while others write too, so that asking is better than trying the gate.</summary>
    public bool IsPreferred => _leader is not null && Environment.TickCount64 < _preferredUntil;

    /// <summary>Finds the leader, unless there is none.</summary>
    public bool TryConnect()
    {
        if (_leader is not null && _process == process())
        {
            return true;
        }

        Leave();
        if (Environment.TickCount64 < _avoidedUntil || !files.HasLeader)
        {
            return false;
        }

        _process = process();
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(files.Address));
            _leader = new FrameSocket(socket, MostAnswerBytes);
            Number = Unlike();
            _number = Unlike() >> 4; // no frame of whoever had the slot before; two bits are the slot's own
            Frames.WriteHello(_frame, Number, configuration.SynchronousFull, _process);
            _leader.Send(_frame.End());
            if (!_leader.Wait((int)_limit))
            {
                throw new TimeoutException();
            }

            var welcome = new FrameReader(ReceiveRest(_leader));
            _slot = (int)welcome.Number();
            _slots = FollowerSlots.Open(files.Slots, welcome.Number());
            return true;
        }
        catch (Exception e) when (e is SocketException or IOException or InvalidDataException or UnauthorizedAccessException or TimeoutException)
        {
            socket.Dispose();
            Avoid(e);
            return false;
        }
    }

    /// <summary>Sends writes, and waits for the answers.</summary>
    /// <param name="next">The next write to send, or null; called once for each, and once more when there is room.</param>
    /// <param name="sent">How many were sent of those that were given; the last may not have fitted.</param>
    /// <param name="answers">How they came out, when they are <see cref="Asked.Answered"/>; valid until the next call.</param>
    public Asked Ask(Func<int, OwnWrite?> next, out int sent, out ReadOnlySpan<byte> answers)
    {
        answers = default;
        var frame = ++_number;
        sent = Frames.WriteWrites(_frame, frame, next);
        if (sent == 0)
        {
            return Asked.NotBegun;
        }

        try
        {
            _slots!.Ask(_slot, frame);
            probe.At(Step.FrameAsked);
            _leader!.Send(_frame.End());
            probe.At(Step.FrameSent);
            var answer = Answer(frame);
            probe.At(Step.AnswerHeard);
            answers = Frames.ReadAnswer(answer, frame, out var others);
            _preferredUntil = others ? Environment.TickCount64 + Preferred : 0;
            return Asked.Answered;
        }
        catch (Exception e) when (e is IOException or InvalidDataException or TimeoutException)
        {
            var outcome = _slots!.Withdraw(_slot, frame) ? Asked.NotBegun : Asked.Unknown;
            var doubtful = outcome is Asked.Unknown ? _leader : null;
            _leader = doubtful is null ? _leader : null;
            Avoid(e);
            _doubtful = doubtful;
            return outcome;
        }
    }

    /// <summary>What is to be done about the writes that were sent last, when it is not known whether they were made.</summary>
    public DoubtfulFrame Doubt(IReadOnlyList<OwnWrite> writes)
    {
        var doubtful = _doubtful;
        _doubtful = null;
        return new DoubtfulFrame(doubtful, Number, _number, writes);
    }

    /// <inheritdoc />
    public void Dispose() => Leave();

    private ReadOnlySpan<byte> Answer(long frame)
    {
        if (!_leader!.Wait((int)_limit) && (_slots!.Withdraw(_slot, frame) || !_leader.Wait((int)_limit)))
        {
            throw new TimeoutException();
        }

        return ReceiveRest(_leader);
    }

    /// <summary>The frame of which something has come, unless the leader has ended.</summary>
    private ReadOnlySpan<byte> ReceiveRest(FrameSocket leader)
    {
        while (true)
        {
            if (!leader.Receive())
            {
                throw new IOException("The leader has ended.");
            }

            if (leader.TryRead(out var frame))
            {
                return frame;
            }

            if (!leader.Wait((int)_limit))
            {
                throw new TimeoutException();
            }
        }
    }

    private static long Unlike() => BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long))) & long.MaxValue;

    private void Avoid(Exception e)
    {
        _avoidedUntil = Environment.TickCount64 + (e is TimeoutException ? Avoided : AvoidedDeaf);
        Leave();
    }

    private void Leave()
    {
        _leader?.Dispose();
        _leader = null;
        _doubtful?.Dispose();
        _doubtful = null;
        _slots?.Dispose();
        _slots = null;
        _preferredUntil = 0;
    }
}

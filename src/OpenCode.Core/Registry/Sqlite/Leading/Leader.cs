using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using System.Security.Cryptography;
using OpenCode.Common;

namespace OpenCode.Registry.Sqlite.Leading;

/// <summary>
/// This process while it writes for others: what they send goes through its door, together with its own writes, many in one transaction. It leads by having the seat, a lock file; when it dies,
/// the system gives the seat back and closes the followers' connections, and another leads. It stops by itself when nobody has sent anything for a while.
/// </summary>
/// <remarks>Nothing hangs on there being a leader: who has none, or is not answered, goes through the gate.</remarks>
[SuppressMessage("Design", "CA1001", Justification = "Its thread disposes of everything when it stops.")]
internal sealed class Leader
{
    /// <summary>How long nobody sends anything before it stops.</summary>
    internal static readonly TimeSpan Quiet = TimeSpan.FromSeconds(1);

    /// <summary>How long whoever closes its door waits for this to stop.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    // For so long a flow of writes is taken to go on, in milliseconds.
    private const long Recent = 20;

    private static readonly byte[] NothingToSay = new byte[FrameWriter.Prefix]; // a frame without anything in it

    private readonly LeaderFiles _files;
    private readonly FollowerSlots _slots;
    private readonly long _word; // known to nobody who cannot read the slots
    private readonly Socket _listener;
    private readonly bool _full;
    private readonly IDoorOfLeader _door;
    private readonly StepProbe _probe;
    private readonly List<LedFollower> _followers = [];
    private readonly Stack<int> _free = new(Enumerable.Range(0, FollowerSlots.Count));
    private readonly List<long> _gone = [];
    private readonly FrameWriter _frame = new();
    private readonly Socket _waker;
    private NativeStream.Watched[] _watched = [];
    private int _woken;
    private int _first;
    private readonly Thread _thread;
    private (LedFollower? Follower, long At) _last;
    private (LedFollower? Follower, long At) _before;
    private volatile bool _closing;

    private Leader(LeaderFiles files, FollowerSlots slots, long word, Socket listener, Socket waker, bool full, IDoorOfLeader door, StepProbe probe)
    {
        _files = files;
        _slots = slots;
        _word = word;
        _listener = listener;
        _waker = waker;
        _full = full;
        _door = door;
        _probe = probe;
        _thread = new Thread(Run) { IsBackground = true, Name = "writing for other processes" };
    }

    /// <summary>Makes what is needed to lead, for a process that has the seat.</summary>
    /// <param name="files">Where followers look for it.</param>
    /// <param name="full">True when what is committed here is on disk.</param>
    /// <param name="door">The door of this process.</param>
    /// <param name="probe">What is told of its steps.</param>
    /// <returns>Null when it cannot: the file system has no sockets, or the disk is full. Everybody goes on through the gate.</returns>
    public static Leader? TryMake(LeaderFiles files, bool full, IDoorOfLeader door, StepProbe probe)
    {
        FollowerSlots? slots = null;
        Socket? listener = null;
        Socket? waker = null;
        try
        {
            var word = BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long)));
            slots = FollowerSlots.Create(files.Slots, word);
            File.Delete(files.Address); // of one that died
            listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            listener.Bind(new UnixDomainSocketEndPoint(files.Address));
            if (!OperatingSystem.IsWindows())
            {
                // Before anybody can connect: what is written for others is written with this user's rights.
                File.SetUnixFileMode(files.Address, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }

            listener.Listen(FollowerSlots.Count);
            waker = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            waker.Connect(new UnixDomainSocketEndPoint(files.Address));
            return new Leader(files, slots, word, listener, waker, full, door, probe);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SocketException)
        {
            waker?.Dispose();
            listener?.Dispose();
            slots?.Dispose();
            return null;
        }
    }

    /// <summary>Begins to lead.</summary>
    public void Start() => _thread.UnsafeStart();

    /// <summary>Begins a follower's frame; false when it was withdrawn.</summary>
    public bool Begin(int slot, long frame)
    {
        try
        {
            return _slots.Begin(slot, frame);
        }
        catch (ObjectDisposedException)
        {
            return false; // it was still queued when this stopped, and its follower knows that it was not begun
        }
    }

    /// <summary>A follower was told how its frame came out.</summary>
    public void Answered() => _probe.At(Step.FrameAnswered);

    /// <summary>True when others write too, so that the follower gains by sending its next one here.</summary>
    public bool HasOthers(LedFollower follower)
    {
        var other = _last.Follower == follower ? _before.At : _last.At;
        var now = Environment.TickCount64;
        return now - other < Recent || now - _door.WroteAt < Recent;
    }

    /// <summary>
    /// Has what is queued executed together with what the followers send, as long as they send: this process's own writes, which need nobody to be woken, would otherwise go before all others. False when
    /// there is nobody to wait for.
    /// </summary>
    public bool TryWake()
    {
        if (_closing || Environment.TickCount64 - _last.At >= Recent)
        {
            return false;
        }

        return Interlocked.Exchange(ref _woken, 1) != 0 || Wake();
    }

    /// <summary>Stops, and waits for that; frames that were not begun are withdrawn by those who sent them.</summary>
    /// <param name="patience">How long to wait: what is under way may have to wait for the gate.</param>
    public void Stop(TimeSpan patience)
    {
        _closing = true;
        Wake();
        if (Thread.CurrentThread != _thread)
        {
            _thread.Join(patience);
        }
    }

    private bool Wake()
    {
        try
        {
            NativeStream.Send(_waker.SafeHandle, NothingToSay);
            return true;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            return false; // it has stopped by itself
        }
    }

    private void Run()
    {
        try
        {
            SayWhoWakes();
            _door.Queue(new Forgetting([]));
            // Who waits for an answer is silent too: a thread of this process may have the frame, or all of this process may have been stopped.
            for (var more = false; !_closing && (Wait(more ? TimeSpan.Zero : Quiet) || more || _followers.Exists(f => f.Waits));)
            {
                more = (Take() || more) && _door.Lead();
            }

            if (!_closing)
            {
                // Everybody was answered, and has been silent for so long that everybody has heard.
                _door.Queue(new Forgetting([.. _gone, .. _followers.Select(f => f.Number)]));
                _door.Lead();
            }
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
        {
            // It leads no more; the followers see that, and go through the gate.
        }
        finally
        {
            Close();
        }
    }

    /// <summary>Waits for somebody; false when nobody has come.</summary>
    private bool Wait(TimeSpan limit)
    {
        if (_watched.Length != _followers.Count + 1)
        {
            _watched = [new NativeStream.Watched((int)_listener.Handle), .. _followers.Select(f => f.Frames.Watched)];
        }

        return NativeStream.Wait(_watched, (int)limit.TotalMilliseconds);
    }

    /// <summary>Takes what was sent; true when there is something to write.</summary>
    private bool Take()
    {
        Volatile.Write(ref _woken, 0);
        var watched = _watched;
        var any = false;
        var count = _followers.Count;
        _first = count == 0 ? 0 : (_first + 1) % count; // who is taken first is answered first, and so is sooner there again
        List<LedFollower>? left = null;
        for (var n = 0; n < count; n++)
        {
            var i = (_first + n) % count;
            if (watched[i + 1].HasCome && !Receive(_followers[i], ref any))
            {
                (left ??= []).Add(_followers[i]);
            }
        }

        left?.ForEach(Leave);

        if (watched[0].HasCome)
        {
            Accept();
        }

        if (any && _gone.Count > 0)
        {
            _door.Queue(new Forgetting([.. _gone]));
            _gone.Clear();
        }

        return any;
    }

    private void Accept()
    {
        var socket = _listener.Accept();
        if (_free.Count == 0)
        {
            socket.Dispose(); // it goes through the gate
            return;
        }

        _followers.Add(new LedFollower(new FrameSocket(socket, Frames.MostBytes), _free.Pop()));
        _watched = [];
    }

    /// <summary>Takes what a follower has sent; false when it has gone.</summary>
    private bool Receive(LedFollower follower, ref bool any)
    {
        try
        {
            if (!follower.Frames.Receive())
            {
                return false;
            }

            while (follower.Frames.TryRead(out var frame))
            {
                if (follower.Process is not null)
                {
                    var (number, writes) = Frames.ReadWrites(frame);
                    Note(follower);
                    follower.BeginWaiting();
                    _door.Queue(new LedFrame(this, follower, number, writes));
                    _probe.At(Step.FrameTaken);
                    any = true;
                }
                else if (follower.Wakes)
                {
                    any = true;
                }
                else
                {
                    Welcome(follower, frame);
                }
            }

            return true;
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            return false; // broken, or nothing of ours: whoever it is goes through the gate
        }
    }

    private void SayWhoWakes()
    {
        _frame.Begin().Number(_word);
        NativeStream.Send(_waker.SafeHandle, _frame.End());
    }

    private void Welcome(LedFollower follower, ReadOnlySpan<byte> frame)
    {
        if (frame.Length == sizeof(long) && new FrameReader(frame).Number() == _word)
        {
            follower.Wakes = true;
            return;
        }

        // One that asks for more durability than there is here goes through the gate, as does one of another build.
        if (Frames.ReadHello(frame) is not { } hello || (hello.Full && !_full))
        {
            throw new InvalidDataException("Not one to write for.");
        }

        (follower.Number, follower.Process) = (hello.Follower, hello.Process);
        _frame.Begin().Number(follower.Slot);
        _frame.Number(_word);
        follower.Frames.Send(_frame.End());
        _probe.At(Step.FollowerWelcomed);
    }

    private void Note(LedFollower follower)
    {
        if (_last.Follower != follower)
        {
            _before = _last;
        }

        _last = (follower, Environment.TickCount64);
    }

    // Who ends a connection has been answered, or has withdrawn what it sent. One whose connection was ended from here looks for its receipt.
    private void Leave(LedFollower follower)
    {
        _followers.Remove(follower);
        _watched = [];
        _free.Push(follower.Slot);
        if (!follower.Waits)
        {
            _gone.Add(follower.Number);
        }

        follower.Dispose();
    }

    private void Close()
    {
        try
        {
            File.Delete(_files.Address);
            File.Delete(_files.Slots);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Nobody answers there any more; whoever leads next takes it away or does not lead.
        }

        _listener.Dispose();
        _probe.At(Step.LeaderLeft);
        foreach (var follower in _followers)
        {
            follower.Dispose();
        }

        _waker.Dispose();
        _slots.Dispose();
        _door.Stopped(this);
        _door.Lead();
    }
}

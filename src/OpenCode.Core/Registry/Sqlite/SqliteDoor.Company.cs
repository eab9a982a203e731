using System.Collections.Concurrent;
using OpenCode.Common;
using OpenCode.Registry.Sqlite.Leading;

namespace OpenCode.Registry.Sqlite;

/// <content>
/// Other processes. Each change of processes at the gate costs as much as several writes: another has to be woken, and reads anew what was changed meanwhile. So where many write at the same time, one of them
/// writes for all, many writes in one transaction. Whoever waits at the gate for many others, again and again, follows the leader, or leads when there is none; nobody else has to do with it.
/// </content>
internal sealed partial class SqliteDoor
{
    // So often within this time, in milliseconds, it waits for so many others. Two or three are quicker one after the other at the gate than one of them for all; but where one writes for many already, there
    // are many, and who goes to the gate beside it would be served before all of them.
    private const int OftenMet = 4;
    private const long MeetingTime = 1_000;
    private const long Unable = 60_000; // in milliseconds: so long after it could not lead, it does not try to
    private static readonly TimeSpan LongWait = 4 * Gate.Turn;

    private readonly LeaderFiles _files;
    private readonly Follower? _follower;
    private readonly FileLock? _seat;
    private readonly Lock _asking = new();
    private readonly ConcurrentQueue<OwnWrite> _executed = new();
    private readonly StandbyThreads _goingOn;
    private Leader? _leader;
    private int _meetings;
    private long _metFrom;
    private long _notLeadingUntil;

    /// <inheritdoc />
    public long WroteAt { get; private set; }

    /// <summary>True while this process writes for others.</summary>
    internal bool Leads => Volatile.Read(ref _leader) is not null;

    /// <summary>True once this process has waited for many others so often that it follows or leads.</summary>
    internal bool KeepsCompany => _meetings == OftenMet && WireWarmth.IsThere;

    /// <summary>How many writes another process has executed for this one.</summary>
    internal long ExecutedForUs { get; private set; }

    /// <inheritdoc />
    void IDoorOfLeader.Queue(PendingWrite write) => _queue.Enqueue(write);

    /// <inheritdoc />
    bool IDoorOfLeader.Lead()
    {
        if (Interlocked.CompareExchange(ref _led, 1, 0) != 0)
        {
            return false; // who executes now looks at the line again
        }

        var batch = new List<PendingWrite>();
        try
        {
            _gate.EnterFirst();
            ExecuteBatch(batch);
        }
        catch (Exception e)
        {
            Refuse(TimeSpan.Zero, e);
        }

        Interlocked.Exchange(ref _led, 0); // a full fence: the look at the line must not come before it
        foreach (var pending in batch)
        {
            if (pending is OwnWrite own)
            {
                _executed.Enqueue(own);
                _goingOn.Ask();
            }
            else
            {
                pending.Complete(here: true);
            }
        }

        return !_queue.IsEmpty || !_returned.IsEmpty;
    }

    // The flows of this process's writes go on beside the leader's thread. Not on the pool's threads, which look for work for a while before they sleep: several flows keep several of them looking, and
    // the processors are needed by those who write.
    private void GoOn()
    {
        if (_executed.TryDequeue(out var own))
        {
            own.Complete(here: true);
        }
    }

    /// <inheritdoc />
    void IDoorOfLeader.Stopped(Leader leader)
    {
        Volatile.Write(ref _leader, null);
        _seat!.Leave();
        if (_closed)
        {
            _seat.Dispose();
        }
    }

    // The leader writes by its own clock and reaches its own steps: who has others than the machine's goes through the gate.
    private (Follower? Follower, FileLock? Seat) Company() => _files.CanLead && _clock == TimeProvider.System
        ? (_probe.InCompany ? new Follower(_files, _configuration, _process, _probe) : null, new FileLock(_files.Seat))
        : (null, null);

    private void PartCompany()
    {
        Leader? leader;
        lock (_asking)
        {
            _follower?.Dispose();
            leader = Volatile.Read(ref _leader);
            if (leader is null)
            {
                _seat?.Dispose();
            }
        }

        // A process that ends now would take the answers to what is committed with it: the followers would have to look for them. The wait has a limit, because what is under way may have to wait for the gate.
        leader?.Stop(Leader.Patience);
    }

    /// <summary>Has what is queued executed by the leader, if there is one, or takes the lead. True when that was done, and somebody else may lead at the door.</summary>
    /// <param name="own">The write whose flow goes on here.</param>
    private bool ExecuteAsked(OwnWrite? own)
    {
        if (_seat is null || Volatile.Read(ref _leader) is not null || !_returned.IsEmpty || _meetings < OftenMet || !WireWarmth.IsThere)
        {
            return false;
        }

        var asked = new List<OwnWrite>();
        lock (_asking)
        {
            if (_closed)
            {
                return false;
            }

            if (_follower is null || !_follower.TryConnect())
            {
                TakeTheLead();
                return false;
            }

            Ask(_follower, asked);
        }

        if (asked.Count == 0)
        {
            return false;
        }

        ExecutedForUs += asked.Count;
        Interlocked.Exchange(ref _nextCommit, null)?.SetResult();
        HandOn();
        foreach (var each in asked)
        {
            each.Complete(here: each == own || asked.Count == 1);
        }

        return true;
    }

    /// <summary>Asks the leader for what is queued, as far as it travels and fits.</summary>
    /// <param name="follower">This process.</param>
    /// <param name="asked">What has its outcome then.</param>
    private void Ask(Follower follower, List<OwnWrite> asked)
    {
        List<OwnWrite> back;
        try
        {
            var outcome = follower.Ask(i => i < asked.Count ? asked[i] : TakeToAsk(asked), out var sent, out var answers);
            back = asked.GetRange(sent, asked.Count - sent); // what did not fit
            asked.RemoveRange(sent, back.Count);
            if (outcome is Asked.Answered && Frames.TryReadOutcomes(answers, asked) is { } not)
            {
                back.InsertRange(0, not);
            }
            else if (outcome is Asked.NotBegun)
            {
                back.InsertRange(0, asked);
            }
            else
            {
                _returned.Enqueue(follower.Doubt([.. asked]));
                asked.Clear();
            }
        }
        catch
        {
            GoBack([.. asked], asked); // a mistake of ours, which they are refused with
            throw;
        }

        GoBack(back, asked);
    }

    private void GoBack(IReadOnlyList<OwnWrite> back, List<OwnWrite> asked)
    {
        foreach (var own in back)
        {
            own.GoBack();
            _returned.Enqueue(own);
        }

        asked.RemoveAll(back.Contains);
    }

    private OwnWrite? TakeToAsk(List<OwnWrite> asked)
    {
        while (_queue.TryPeek(out var pending) && pending is OwnWrite own && WireWrite.Find(own.Write) is not null)
        {
            _queue.TryDequeue(out _); // only who leads takes anything out
            if (own.Begin())
            {
                asked.Add(own);
                return own;
            }
        }

        return null;
    }

    /// <summary>Counts how often this process waited for many others. Once that was often, it follows or leads for good: it writes a lot, and is not gone in a moment.</summary>
    private void Waited(TimeSpan wait)
    {
        if (_meetings == OftenMet || wait < (_files.HasLeader ? Gate.Turn : LongWait))
        {
            return;
        }

        var now = Environment.TickCount64;
        (_metFrom, _meetings) = now - _metFrom > MeetingTime ? (now, 1) : (_metFrom, _meetings + 1);
    }

    /// <summary>Leads, unless somebody does.</summary>
    private void TakeTheLead()
    {
        if (Environment.TickCount64 < _notLeadingUntil || !_seat!.TryEnter())
        {
            return;
        }

        _probe.At(Step.SeatTaken);
        var leader = Leader.TryMake(_files, _configuration.SynchronousFull, this, _probe);
        if (leader is null)
        {
            _seat.Leave();
            _notLeadingUntil = Environment.TickCount64 + Unable;
            return;
        }

        _probe.At(Step.LeaderListening);
        Volatile.Write(ref _leader, leader);
        leader.Start();
    }
}

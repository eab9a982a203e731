using OpenCode.Common;

namespace OpenCode.Registry.Sqlite;

/// <summary>
/// The lock file that writers of all processes take turns at, with a line before it. A lock that was given back is free for whoever asks first, and that is the process
/// that gave it back: those who wait have to be woken. So a process takes it again and again only for so long, and then goes to the end of the line.
/// </summary>
/// <remarks>
/// Only the first in line waits at the gate itself; the others wait at the line's own lock file, which wakes them one by one, in the order of their coming. Both locks are given back
/// by the system when a process dies. One that is stopped holds others up only while it has the gate or is the first in line. Used by one thread at a time, but for closing.
/// </remarks>
/// <param name="path">The gate's file; the line's is beside it.</param>
/// <param name="clock">What turns are measured by.</param>
internal sealed class Gate(string path, TimeProvider clock) : IDisposable
{
    /// <summary>
    /// How long a process goes before all others. Each change of processes costs as much as several short writes: another has to be woken, and reads
    /// anew all that was changed meanwhile. And the last in line waits for the turns of all.
    /// </summary>
    internal static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(2);

    /// <summary>How often it does so in any case, however slow the machine is: a turn that is over before anything was written is of no use.</summary>
    internal const int LeastInARow = 8;

    /// <summary>How long a process that has the writes of many goes before those in the line, who would otherwise get the gate only when the system wakes them between two of its transactions.</summary>
    internal static readonly TimeSpan First = 4 * Turn;

    // So many milliseconds it leaves the gate to them then. Not for as long as somebody is in line: one that was stopped there would stop all those it writes for.
    private const int LeftToLine = 3;

    private readonly FileLock _gate = new(path);
    private readonly FileLock _line = new(Path.ChangeExtension(path, ".line" + Path.GetExtension(path)));
    private long _began;
    private long _leftToLine;
    private int _inARow = LeastInARow; // the first turn begins like any other

    /// <summary>Takes the gate when that is fair and it is free; whoever took it gives it back with <see cref="Leave"/>.</summary>
    public bool TryEnter()
    {
        if (_inARow < LeastInARow || clock.GetElapsedTime(_began) < Turn)
        {
            var taken = _gate.TryEnter();
            _inARow += taken ? 1 : 0;
            return taken;
        }

        if (!_line.TryEnter())
        {
            return false;
        }

        try
        {
            if (!_gate.TryEnter())
            {
                return false;
            }
        }
        finally
        {
            _line.Leave();
        }

        Begin(); // nobody waits
        return true;
    }

    /// <summary>Takes the gate in turn, however long that takes.</summary>
    public void Enter()
    {
        _line.Enter();
        try
        {
            _gate.Enter();
        }
        finally
        {
            _line.Leave();
        }

        Begin();
    }

    /// <summary>Takes the gate before those in the line, for a process that has the writes of many; but again and again leaves it to them for a while.</summary>
    public void EnterFirst()
    {
        if (clock.GetElapsedTime(_leftToLine) >= First)
        {
            LeaveToLine();
            _leftToLine = clock.GetTimestamp();
        }

        _gate.Enter();
        Begin();
    }

    // Whoever is the first in line has the gate as soon as it runs, and the line is free when nobody is left in it.
    private void LeaveToLine()
    {
        for (var i = 0; i < LeftToLine; i++)
        {
            if (_line.TryEnter())
            {
                _line.Leave();
                return;
            }

            Thread.Sleep(1);
        }
    }

    private void Begin()
    {
        _began = clock.GetTimestamp();
        _inARow = 1;
    }

    /// <summary>Gives the gate back.</summary>
    public void Leave() => _gate.Leave();

    /// <summary>Takes the gate beside the door's writes; without a place in the line, which is for many short turns.</summary>
    public ValueTask<FileLock.Holder> AcquireAsync(TimeSpan limit, CancellationToken cancellationToken) => _gate.AcquireAsync(limit, cancellationToken);

    /// <summary>The error of a wait that was given up.</summary>
    public OpenCodeException TooLong(TimeSpan limit) => _gate.TooLong(limit);

    /// <inheritdoc />
    public void Dispose()
    {
        _gate.Dispose();
        _line.Dispose();
    }
}

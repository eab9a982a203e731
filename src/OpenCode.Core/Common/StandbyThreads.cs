namespace OpenCode.Common;

/// <summary>
/// Threads for work that blocks, kept from one piece of work to the next: a new thread for each, or one of the pool, costs more than the work.
/// Usually there is one; another is made when work is asked for while none is idle, and one that had nothing to do for a while ends.
/// </summary>
/// <param name="name">Their name in a debugger.</param>
/// <param name="work">What they do when asked. Never throws.</param>
internal sealed class StandbyThreads(string name, Action work)
{
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(10);

    private readonly object _state = new();
    private int _asked;
    private int _idle;

    /// <summary>Has the work done once more.</summary>
    public void Ask()
    {
        lock (_state)
        {
            _asked++;
            if (_idle >= _asked)
            {
                Monitor.Pulse(_state);
                return;
            }
        }

        // Unsafe: the work is nobody's in particular, so the flow that happened to be first is not its context.
        new Thread(Run) { IsBackground = true, Name = name }.UnsafeStart();
    }

    private void Run()
    {
        while (WaitUntilAsked())
        {
            work();
        }
    }

    private bool WaitUntilAsked()
    {
        lock (_state)
        {
            for (var waited = true; _asked == 0; _idle--)
            {
                if (!waited)
                {
                    return false;
                }

                _idle++;
                waited = Monitor.Wait(_state, Idle);
            }

            _asked--;
            return true;
        }
    }
}

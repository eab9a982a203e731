namespace OpenCode.Tests.Unit.Locks;

/// <summary>
/// What locks have to do, as simply as it can be said: a list of who holds, and one line of those who wait. Time is a number. After each step the first of the line
/// whose wishes are free, and before whom nobody stands at any of them, is served, until there is none.
/// </summary>
internal sealed class LockModel
{
    private readonly List<Held> _held = [];
    private readonly List<Waiting> _line = [];

    public long Now { get; set; }

    public IReadOnlyList<Held> Holders => _held;

    public IReadOnlyList<Waiting> Line => _line;

    public int Ended { get; private set; }

    public int Lost { get; private set; }

    public int Conflicts { get; set; }

    public int Served { get; private set; }

    /// <summary>True when a request is granted as it comes.</summary>
    public bool IsFree(string[] resources, LeaseMode mode) => !resources.Any(r => _held.Any(h => h.Resource == r && Excludes(h.Mode, mode)) || _line.Any(w => w.Resources.Contains(r) && Excludes(w.Mode, mode)));

    public void Take(int request, string[] resources, string owner, LeaseMode mode, long duration) =>
        _held.AddRange(resources.Select(r => new Held(request, r, owner, mode, duration) { Until = Now + duration }));

    public void Wait(int request, string[] resources, string owner, LeaseMode mode, long duration) => _line.Add(new Waiting(request, resources, owner, mode, duration));

    /// <summary>Ends what is over, and serves.</summary>
    public void Settle()
    {
        End(h => h.Until <= Now, lost: true);
        while (_line.Find(w => CanBeServed(w)) is { } next)
        {
            _line.Remove(next);
            Take(next.Request, next.Resources, next.Owner, next.Mode, next.Duration);
            Served++;
        }
    }

    public void End(Predicate<Held> which, bool lost)
    {
        var ended = _held.RemoveAll(which);
        Ended += ended;
        Lost += lost ? ended : 0;
    }

    public void Leave(Predicate<Waiting> which) => _line.RemoveAll(which);

    private bool CanBeServed(Waiting waiting) => !waiting.Resources.Any(r =>
        _held.Any(h => h.Resource == r && Excludes(h.Mode, waiting.Mode))
        || _line.TakeWhile(w => w != waiting).Any(w => w.Resources.Contains(r) && Excludes(w.Mode, waiting.Mode)));

    private static bool Excludes(LeaseMode one, LeaseMode other) => one is LeaseMode.Exclusive || other is LeaseMode.Exclusive;

    internal sealed record Held(int Request, string Resource, string Owner, LeaseMode Mode, long Duration)
    {
        public long Until { get; set; }

        public long Fence { get; set; }
    }

    internal sealed record Waiting(int Request, string[] Resources, string Owner, LeaseMode Mode, long Duration);
}

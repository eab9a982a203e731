using OpenCode.Tests.LockTaker.Histories;

namespace OpenCode.Tests.Unit.Histories;

/// <summary>A history written by hand. Times are milliseconds; the store's clock and the machine's run together. An owner is called as its process.</summary>
internal sealed class HistoryBuilder
{
    private readonly List<HistoryEvent> _events = [];
    private long _number;

    public IReadOnlyList<Violation> Check() => HistoryChecker.Check(_events);

    public IReadOnlyList<HistoryEvent> Events => _events;

    /// <summary>A request. Without a time of the answer there is none.</summary>
    public HistoryBuilder Call(string process, long from, long? to, Operation operation, Func<HistoryEvent, HistoryEvent> ask, Func<HistoryEvent, HistoryEvent>? told = null)
    {
        _number++;
        _events.Add(ask(Event(process, from, EventKind.Ask, operation)));
        if (to is { } answered)
        {
            var answer = Event(process, answered, EventKind.Told, operation);
            _events.Add(told?.Invoke(answer) ?? answer);
        }

        return this;
    }

    public HistoryBuilder Claim(string process, long from, long? to, string? task, long fence = 0, int attempt = 0, long lease = 1_000, int created = 0) => Call(
        process, from, to, Operation.Claim, a => a with { LeaseTime = lease }, t => task is null ? t : t with { Task = task, Attempt = attempt, Created = created, Leases = [TaskLease(task, process, fence, to + lease)] });

    public HistoryBuilder Attach(string process, long from, long? to, string task, long fence, LeaseMode mode = LeaseMode.Exclusive, long lease = 1_000) => Call(
        process, from, to, Operation.Attach, a => a with { Task = task, LeaseTime = lease }, t => t with { Leases = [TaskLease(task, process, fence, to + lease) with { Mode = mode }] });

    public HistoryBuilder Acquire(string process, long from, long? to, string resource, long fence, LeaseMode mode = LeaseMode.Exclusive, long lease = 1_000, bool bound = true) => Call(
        process, from, to, Operation.Acquire, a => a with { Resources = [resource], LeaseTime = lease }, t => t with { Leases = [new SeenLease(resource, process, fence, mode, to + lease, bound)] });

    public HistoryBuilder Renew(string process, long from, long? to, string resource, long fence, string? error = null, long lease = 1_000) => Call(
        process, from, to, Operation.Renew, a => a with { Resources = [resource], Fence = fence },
        t => error is null ? t with { Leases = [new SeenLease(resource, process, fence, LeaseMode.Exclusive, to + lease, true)] } : t with { Error = error });

    public HistoryBuilder Release(string process, long from, long? to, string resource, long? fence, string? error = null) =>
        Call(process, from, to, Operation.Release, a => a with { Resources = [resource], Fence = fence }, t => t with { Error = error });

    public HistoryBuilder Beat(string process, long from, long? to, string task, long fence, long lease = 1_000) =>
        Call(process, from, to, Operation.Beat, a => a with { Task = task, Fence = fence }, t => t with { Leases = [TaskLease(task, process, fence, to + lease)] });

    /// <summary>Any change in an agent's name.</summary>
    public HistoryBuilder Write(string process, long from, long? to, Operation operation, string task, long fence, string? error = null, string? key = null, long? value = null) =>
        Call(process, from, to, operation, a => a with { Task = task, Fence = fence, Key = key, Value = value }, t => t with { Error = error });

    public HistoryBuilder Get(string process, long from, long to, string task, params (string Key, long Value)[] values) =>
        Call(process, from, to, Operation.Get, a => a with { Task = task }, t => t with { Values = Values(values) });

    public HistoryBuilder Kill(string process, long at, long dead)
    {
        _events.Add(Event(process, at, EventKind.Did, Operation.Killed));
        _events.Add(Event(process, dead, EventKind.Did, Operation.Dead));
        return this;
    }

    /// <summary>A process that has finished, and ends by itself.</summary>
    public HistoryBuilder Leave(string process, long at, long dead)
    {
        _events.Add(Event(process, at, EventKind.Did, Operation.Leaves));
        _events.Add(Event(process, dead, EventKind.Did, Operation.Dead));
        return this;
    }

    public HistoryBuilder Final(string task, string status, string? key = null, params (string Key, long Value)[] values)
    {
        _events.Add(Event("registry", 1_000_000, EventKind.Found, Operation.FinalTask) with { Task = task, Status = status, Key = key, Values = values.Length == 0 ? null : Values(values) });
        return this;
    }

    public HistoryBuilder Journal(string task, params (string Owner, long Fence)[] grants)
    {
        _events.AddRange(grants.Select((g, i) => Event("registry", 1_000_000, EventKind.Found, Operation.FinalEntry) with { Task = task, Number = i, Owner = g.Owner, Fence = g.Fence }));
        return this;
    }

    public static SeenLease TaskLease(string task, string owner, long fence, long? expires) => new("task:" + task, owner, fence, LeaseMode.Exclusive, expires, false);

    private static Dictionary<string, long> Values((string Key, long Value)[] values) => values.Append(("meta:", 0)).ToDictionary(v => v.Item1, v => v.Item2, StringComparer.Ordinal);

    private HistoryEvent Event(string process, long at, EventKind kind, Operation operation) => new()
    {
        At = at * Time.Millisecond,
        Wall = at,
        Process = process,
        Owner = kind is EventKind.Ask or EventKind.Told ? process : null,
        Kind = kind,
        Operation = operation,
        Number = _number,
    };
}

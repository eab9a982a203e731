using System.Text.Json.Serialization;

namespace OpenCode.Tests.LockTaker.Histories;

/// <summary>One line of a log. What an event has nothing to say about is left out.</summary>
internal sealed record HistoryEvent
{
    /// <summary>When it was written, in nanoseconds of the machine's monotonic clock, which is the same for all its processes.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required long At { get; init; }

    /// <summary>The store's clock, read just before <see cref="At"/>, in Unix milliseconds; 0 when it was not read.</summary>
    public long Wall { get; init; }

    /// <summary>The process it is about: every start of one has its own name.</summary>
    public required string Process { get; init; }

    /// <summary>When it was written.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required EventKind Kind { get; init; }

    /// <summary>What it is about.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required Operation Operation { get; init; }

    /// <summary>The request's number within its process: a question and its answer have the same.</summary>
    public long Number { get; init; }

    /// <summary>The task.</summary>
    public string? Task { get; init; }

    /// <summary>The agent, or the owner of a lock, in whose name it is.</summary>
    public string? Owner { get; init; }

    /// <summary>The fence that was shown.</summary>
    public long? Fence { get; init; }

    /// <summary>The resources of locks.</summary>
    public IReadOnlyList<string>? Resources { get; init; }

    /// <summary>How long a lease was asked for, in milliseconds.</summary>
    public long? LeaseTime { get; init; }

    /// <summary>The lock under which a change is made: its resource.</summary>
    public string? Guard { get; init; }

    /// <summary>The lock under which a change is made: its fence.</summary>
    public long? GuardFence { get; init; }

    /// <summary>The member that is merged, or the mark a task is completed with.</summary>
    public string? Key { get; init; }

    /// <summary>The member's new value; each writer of a key only raises it.</summary>
    public long? Value { get; init; }

    /// <summary>The error's name; null when the request was carried out.</summary>
    public string? Error { get; init; }

    /// <summary>What a refusal is about: a task's id, or a resource.</summary>
    public string? Target { get; init; }

    /// <summary>Whom a refusal names as the holder.</summary>
    public string? Holder { get; init; }

    /// <summary>The leases that were told.</summary>
    public IReadOnlyList<SeenLease>? Leases { get; init; }

    /// <summary>The task's status.</summary>
    public string? Status { get; init; }

    /// <summary>Which time of being given this was.</summary>
    public int Attempt { get; init; }

    /// <summary>The task's priority.</summary>
    public int Priority { get; init; }

    /// <summary>When the task was created, in Unix milliseconds of the store's clock.</summary>
    public long Created { get; init; }

    /// <summary>The merged members that were seen, of metadata or state.</summary>
    public IReadOnlyDictionary<string, long>? Values { get; init; }
}

namespace OpenCode.Tests.LockTaker.Histories;

/// <summary>A lease somebody was told of as its own, and from when to when it surely had it.</summary>
internal sealed class Hold
{
    public required string Resource { get; init; }

    public required string Owner { get; init; }

    public required string Process { get; init; }

    public required long Fence { get; init; }

    public required LeaseMode Mode { get; init; }

    public required bool Bound { get; init; }

    /// <summary>It was granted from here...</summary>
    public required long GrantedFrom { get; init; }

    /// <summary>...to here, from where on the holder surely has it.</summary>
    public required long GrantedTo { get; init; }

    /// <summary>How long it lasts from each call in its holder's name, in nanoseconds; null when that is not known.</summary>
    public required long? LeaseTime { get; init; }

    /// <summary>When its time is up at the earliest, as last told.</summary>
    public long ExpiresAt { get; set; } = long.MaxValue;

    /// <summary>The first thing that may have ended it, other than that its holder was told it was over.</summary>
    public long EndedFrom { get; set; } = long.MaxValue;

    /// <summary>The first question whose answer was that it is over.</summary>
    public long LostFrom { get; set; } = long.MaxValue;

    /// <summary>From here on it is surely over.</summary>
    public long OverFrom { get; set; } = long.MaxValue;

    /// <summary>How that is known.</summary>
    public string OverBy { get; set; } = "";

    /// <summary>Up to here it ought to be held, by everything its holder was promised.</summary>
    public long DueTo => Math.Min(ExpiresAt, EndedFrom);

    /// <summary>Up to here it surely was held.</summary>
    public long SureTo => Math.Min(DueTo, LostFrom);

    /// <summary>True when both cannot be at one time.</summary>
    public bool Excludes(Hold other) => Mode is LeaseMode.Exclusive || other.Mode is LeaseMode.Exclusive;

    public override string ToString() => $"'{Owner}' (fence {Fence}, {Mode}, granted {Time.Text(GrantedFrom)} to {Time.Text(GrantedTo)}, surely held to {Time.Text(SureTo)})";
}

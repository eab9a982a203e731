namespace OpenCode.Registry.Sqlite.Leading;

/// <summary>The door of a process that leads.</summary>
internal interface IDoorOfLeader
{
    /// <summary>When a write of this process's own came last, in milliseconds.</summary>
    long WroteAt { get; }

    /// <summary>Puts something in the line.</summary>
    void Queue(PendingWrite write);

    /// <summary>Executes what is in the line, unless somebody does already. True when there is more by now.</summary>
    bool Lead();

    /// <summary>The leader has stopped.</summary>
    void Stopped(Leader leader);
}

namespace OpenCode.Sandboxes;

/// <summary>What alerts are about.</summary>
public enum UsageMeasure
{
    /// <summary>None: the sandbox is not measured any more.</summary>
    None,

    /// <summary>Memory without cache: raised at 85 %, over at 80 %.</summary>
    Memory,

    /// <summary>Processes and threads: raised at 80 %, over at 70 %.</summary>
    Pids,

    /// <summary>Processor time of a minute, in percent of all the sandbox can have: raised at 95 %, over at 80 %.</summary>
    Cpu,

    /// <summary>What the workspace takes on the disk: raised at 85 % of its quota, over at 80 %.</summary>
    Disk,
}

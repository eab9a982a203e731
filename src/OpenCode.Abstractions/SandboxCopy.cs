namespace OpenCode;

/// <summary>Something that was copied into a sandbox or out of it.</summary>
public sealed record SandboxCopy
{
    /// <summary>The task whose sandbox it is.</summary>
    public required string TaskId { get; init; }

    /// <summary>True for a copy into the sandbox, false for one out of it.</summary>
    public bool ToSandbox { get; init; }

    /// <summary>What was copied: a full path, on this machine or in the sandbox.</summary>
    public required string Path { get; init; }

    /// <summary>What it is now: a full path, in the sandbox or on this machine.</summary>
    public required string Destination { get; init; }

    /// <summary>How many files.</summary>
    public int Files { get; init; }

    /// <summary>How many folders.</summary>
    public int Folders { get; init; }

    /// <summary>How many symbolic links.</summary>
    public int Links { get; init; }

    /// <summary>The bytes of all files.</summary>
    public long Bytes { get; init; }

    /// <summary>Both paths, so that it reads well inside a string.</summary>
    public override string ToString() => $"{Path} -> {Destination}";
}

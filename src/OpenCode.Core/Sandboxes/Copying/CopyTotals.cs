namespace OpenCode.Sandboxes.Copying;

/// <summary>What was copied, counted.</summary>
internal sealed record CopyTotals
{
    public int Files { get; set; }

    public int Folders { get; set; }

    public int Links { get; set; }

    public long Bytes { get; set; }
}

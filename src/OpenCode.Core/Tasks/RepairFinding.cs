namespace OpenCode.Tasks;

/// <summary>A damage, and what became of it.</summary>
/// <param name="File">The file, relative to the task's folder.</param>
/// <param name="Problem">What is wrong with it.</param>
/// <param name="Action">What was done.</param>
/// <param name="Original">Where the damaged file was kept, or null when nothing was replaced.</param>
public sealed record RepairFinding(string File, string Problem, string Action, string? Original)
{
    /// <summary>File and problem, so that a list of findings reads well.</summary>
    public override string ToString() => $"{File}: {Problem}";
}

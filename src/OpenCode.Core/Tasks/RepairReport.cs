namespace OpenCode.Tasks;

/// <summary>What a repair found and did.</summary>
/// <param name="TaskId">The task.</param>
/// <param name="Healthy">True when nothing was damaged.</param>
/// <param name="Findings">One for each damage, in the order it was found.</param>
public sealed record RepairReport(string TaskId, bool Healthy, IReadOnlyList<RepairFinding> Findings);

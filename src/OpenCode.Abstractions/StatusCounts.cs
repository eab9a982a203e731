namespace OpenCode;

/// <summary>How many tasks there are of each status.</summary>
/// <param name="Pending">Not started, or given back.</param>
/// <param name="Running">Being worked on.</param>
/// <param name="Completed">Ended with a result.</param>
/// <param name="Failed">Ended with an error.</param>
/// <param name="Cancelled">Ended before they were done.</param>
public sealed record StatusCounts(long Pending, long Running, long Completed, long Failed, long Cancelled);

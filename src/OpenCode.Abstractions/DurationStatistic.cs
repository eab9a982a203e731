namespace OpenCode;

/// <summary>How long tasks took from their last start to their end. Exact: the nearest rank among all of them, not an estimate.</summary>
/// <param name="Count">How many tasks were started and are Completed, Failed or Cancelled.</param>
/// <param name="P50">Half of them took no longer; null when there are none.</param>
/// <param name="P95">Ninety-five of a hundred took no longer; null when there are none.</param>
public sealed record DurationStatistic(long Count, TimeSpan? P50, TimeSpan? P95);

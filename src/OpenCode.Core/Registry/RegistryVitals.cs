namespace OpenCode.Registry;

/// <summary>What the registry can tell of its own state without reading all of it.</summary>
/// <param name="Tasks">How many tasks there are.</param>
/// <param name="Unprojected">How many of them have changes that are not in their files; counted up to 1000.</param>
/// <param name="ExpiredLeases">How many leases are over their time and were not ended yet; counted up to 1000.</param>
/// <param name="PendingDeletions">How many deleted tasks are not wholly removed.</param>
/// <param name="Newest">When the newest task was created; null without tasks.</param>
public sealed record RegistryVitals(long Tasks, int Unprojected, int ExpiredLeases, int PendingDeletions, DateTimeOffset? Newest);

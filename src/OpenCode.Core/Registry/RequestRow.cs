using OpenCode.Common;

namespace OpenCode.Registry;

/// <summary>An idempotency key and what became of its request.</summary>
internal sealed record RequestRow(string Key, string Tool, string ArgumentsHash, string PlannedId, string? Response, ProcessIdentity Process, DateTimeOffset At);

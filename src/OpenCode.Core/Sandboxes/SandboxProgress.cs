namespace OpenCode.Sandboxes;

/// <summary>How far the making of a container is.</summary>
/// <param name="Activity">What is done, such as <c>Pulling debian:stable-slim</c>.</param>
/// <param name="Status">The present step.</param>
/// <param name="Percent">0 to 100, or null when it cannot be known.</param>
public sealed record SandboxProgress(string Activity, string Status, int? Percent);

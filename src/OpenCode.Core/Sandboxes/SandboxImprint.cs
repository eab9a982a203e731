namespace OpenCode.Sandboxes;

/// <summary>What exactly a container of a specification would be on the engine, whosever it is.</summary>
/// <param name="Fingerprint">A digest of the engine, of the image's id there, and of the whole profile; null when the engine lacks the image, or with a problem.</param>
/// <param name="Problem">Why such a container cannot be made for one folder and given to another, in a sentence; null when it can.</param>
public sealed record SandboxImprint(string? Fingerprint, string? Problem);

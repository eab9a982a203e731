namespace OpenCode.Cmdlets;

/// <summary>A configuration file that is trusted from now on, until it changes.</summary>
/// <param name="Path">The file.</param>
/// <param name="Sha256">SHA-256 of its contents, lower-case hex.</param>
/// <param name="Keys">The keys in it that count only because it is trusted.</param>
public sealed record ApprovedConfiguration(string Path, string Sha256, IReadOnlyList<string> Keys);

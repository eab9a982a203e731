using System.Management.Automation;

namespace OpenCode.Tests.Integration.Hosting;

/// <summary>What became of a script.</summary>
public sealed record ShellResult(IReadOnlyList<PSObject> Output, IReadOnlyList<ErrorRecord> Errors, IReadOnlyList<string> Warnings, IReadOnlyList<string> Verbose);

using System.Globalization;
using OpenCode.Tests.LockTaker.Histories;

namespace OpenCode.Tests.LockTaker.Torture;

/// <summary>What a run came to.</summary>
/// <param name="Options">The run.</param>
/// <param name="Violations">What must never be, and was.</param>
/// <param name="Failures">Processes that did not end as they should.</param>
/// <param name="Figures">What happened, in numbers.</param>
internal sealed record TortureReport(TortureOptions Options, IReadOnlyList<Violation> Violations, IReadOnlyList<string> Failures, string Figures)
{
    /// <summary>True when nothing went wrong.</summary>
    public bool Right => Violations.Count == 0 && Failures.Count == 0;

    /// <summary>All of it, with the first violations of each kind.</summary>
    public override string ToString() => string.Join(
        Environment.NewLine,
        [
            string.Create(CultureInfo.InvariantCulture, $"seed {Options.Seed}, {Options.Processes} processes, {Options.Time.TotalSeconds:0} s: {Figures}"),
            .. Failures,
            .. Violations.GroupBy(v => v.Kind).SelectMany(g => g.Take(5).Select(v => v.ToString()).Append(string.Create(CultureInfo.InvariantCulture, $"({g.Count()} of {g.Key})"))),
            .. Right ? Array.Empty<string>() : [$"The logs are kept in '{Options.Logs}'."],
        ]);
}

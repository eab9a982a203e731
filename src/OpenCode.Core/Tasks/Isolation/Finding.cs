namespace OpenCode.Tasks.Isolation;

/// <summary>A probe's finding, before it is known which task it is of.</summary>
internal sealed record Finding(string Name, string Expected, IsolationOutcome Outcome, string Actual, string Detail)
{
    public static Finding Of(string name, string expected, bool holds, string actual, string detail) =>
        new(name, expected, holds ? IsolationOutcome.Passed : IsolationOutcome.Failed, actual, detail);

    public static Finding NotTested(string name, string expected, string why) => new(name, expected, IsolationOutcome.NotTested, "", why);
}

namespace OpenCode.Sandboxes;

/// <summary>A measure of a sandbox has come near its limit, or is away from it again.</summary>
/// <param name="Measure">Which.</param>
/// <param name="Raised">True when it has come near; false when it is away again.</param>
/// <param name="Percent">What it is at.</param>
/// <param name="Text">A full sentence.</param>
public sealed record UsageAlert(UsageMeasure Measure, bool Raised, double Percent, string Text);

namespace OpenCode.Tests.LockTaker.Histories;

/// <summary>Something that must never be, and surely was.</summary>
/// <param name="Kind">What.</param>
/// <param name="Subject">The resource or task.</param>
/// <param name="Text">How it is known, as a sentence.</param>
internal sealed record Violation(ViolationKind Kind, string Subject, string Text)
{
    public override string ToString() => $"{Kind} at '{Subject}': {Text}";
}

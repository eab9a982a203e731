namespace OpenCode.Tests.LockTaker.Taking;

/// <summary>What a request came to.</summary>
/// <param name="Value">What it gave, when it was carried out.</param>
/// <param name="Error">What it was refused with.</param>
internal readonly record struct Answer<T>(T? Value, OpenCodeError? Error)
{
    /// <summary>True when it was carried out.</summary>
    public bool Done => Error is null;
}

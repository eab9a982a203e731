namespace OpenCode;

/// <summary>The outcome of a task.</summary>
/// <param name="Success">True for a completed task, false for a failed one.</param>
/// <param name="Data">Any JSON value: null, <see cref="bool"/>, <see cref="long"/>, <see cref="double"/>, <see cref="string"/>, an array, or a <see cref="JsonMap"/>.</param>
/// <param name="Message">A sentence for people.</param>
/// <param name="Error">What went wrong, when it did.</param>
public sealed record TaskResult(bool Success, object? Data, string? Message, string? Error);

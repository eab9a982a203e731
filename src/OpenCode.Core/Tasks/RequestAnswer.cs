namespace OpenCode.Tasks;

/// <summary>What a request with an idempotency key came to.</summary>
/// <param name="Json">The answer, as JSON.</param>
public sealed record RequestAnswer(string Json)
{
    /// <summary>False for an answer that gave nothing: the key is free again, as after a failure.</summary>
    public bool IsKept { get; init; } = true;
}

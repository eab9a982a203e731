namespace OpenCode.Tests.Integration.Sandboxes;

/// <summary>Proofs that take minutes run small, and in full where OPENCODE_TEST_LONG is 1.</summary>
internal static class LongRun
{
    public static bool IsWanted { get; } = Environment.GetEnvironmentVariable("OPENCODE_TEST_LONG") == "1";
}

namespace OpenCode.Tests.Integration.Sandboxes;

public sealed class RunnerKillTests() : KillTests(true);

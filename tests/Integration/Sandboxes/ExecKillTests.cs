namespace OpenCode.Tests.Integration.Sandboxes;

public sealed class ExecKillTests() : KillTests(false);

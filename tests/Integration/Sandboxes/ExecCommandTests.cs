namespace OpenCode.Tests.Integration.Sandboxes;

public sealed class ExecCommandTests() : CommandTests(false);

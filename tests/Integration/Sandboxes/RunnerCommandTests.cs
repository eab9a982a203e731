namespace OpenCode.Tests.Integration.Sandboxes;

public sealed class RunnerCommandTests() : CommandTests(true);

namespace OpenCode.Tests.Integration.Sandboxes;

public sealed class RunnerHardeningTests() : HardeningTests(true);

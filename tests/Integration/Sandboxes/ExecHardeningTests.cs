namespace OpenCode.Tests.Integration.Sandboxes;

public sealed class ExecHardeningTests() : HardeningTests(false);

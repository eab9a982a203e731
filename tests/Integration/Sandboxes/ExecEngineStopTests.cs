namespace OpenCode.Tests.Integration.Sandboxes;

public sealed class ExecEngineStopTests() : EngineStopTests(false);

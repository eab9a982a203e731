namespace OpenCode.Tests.Integration.Sandboxes;

public sealed class RunnerEngineStopTests() : EngineStopTests(true);

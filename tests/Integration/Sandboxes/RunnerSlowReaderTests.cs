namespace OpenCode.Tests.Integration.Sandboxes;

[Collection(AloneCollection.Name)]
public sealed class RunnerSlowReaderTests() : SlowReaderTests(true);

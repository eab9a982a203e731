namespace OpenCode.Tests.Integration.Sandboxes;

[Collection(AloneCollection.Name)]
public sealed class ExecSlowReaderTests() : SlowReaderTests(false);

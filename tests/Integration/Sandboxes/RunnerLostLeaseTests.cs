namespace OpenCode.Tests.Integration.Sandboxes;

public sealed class RunnerLostLeaseTests() : LostLeaseTests(true);

namespace OpenCode.Tests.Integration.Sandboxes;

public sealed class ExecLostLeaseTests() : LostLeaseTests(false);

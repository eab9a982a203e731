namespace OpenCode.Tests.Integration.Sandboxes;

/// <summary>The test that runs.</summary>
public static class Test
{
    /// <summary>Cancelled when the run is.</summary>
    public static CancellationToken Token => TestContext.Current.CancellationToken;
}

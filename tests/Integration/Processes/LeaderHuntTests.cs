using OpenCode.Tests.LockTaker.Claims;

namespace OpenCode.Tests.Integration.Processes;

/// <summary>Processes that write as fast as they can, so that one of them writes for the others; that one is killed, or stopped for longer than anybody waits for it, again and again, at any moment.</summary>
public sealed class LeaderHuntTests
{
    [Fact]
    public async Task Whatever_becomes_of_the_process_that_writes_for_the_others_no_write_is_lost_or_made_twice()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The leader is found in /proc/locks.");
        var root = Directory.CreateTempSubdirectory("opencode-hunt-");
        try
        {
            using var output = new StringWriter();
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            limit.CancelAfter(TimeSpan.FromMinutes(5));
            var exit = await new ClaimRun(1_000, 12, root.FullName, Door: true, output) { Hunts = 8, Seed = Random.Shared.Next() }.RunAsync(limit.Token);
            TestContext.Current.TestOutputHelper?.WriteLine(output.ToString());
            Assert.True(exit == 0, output.ToString());
        }
        finally
        {
            root.Delete(recursive: true);
        }
    }
}

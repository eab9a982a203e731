using OpenCode.Common;
using OpenCode.Tests.LockTaker.Claims;

namespace OpenCode.Tests.Integration.Crash;

/// <summary>
/// Many processes claim and complete tasks of one store as fast as they can, and one of them dies at each step of the election of the one that writes for the others, and of a frame's way to it
/// and back. The others go on with another, and what all of them were told is what the registry and its journals have.
/// </summary>
public sealed class ElectionKillTests(ITestOutputHelper output)
{
    [Fact]
    public Task Processes_killed_at_every_step_of_the_election_lose_nothing_and_make_nothing_twice() => KillAsync(
        [.. DeadlySteps.OfElection.Select(step => (step, 0)), (Step.TransactionBegun, 0), (Step.BeforeCommit, 0), (Step.AfterCommit, 0)]);

    [Fact]
    public Task Processes_killed_in_the_middle_of_the_flow_lose_nothing_and_make_nothing_twice() => KillAsync(
        [
            .. ((Step[])[Step.FrameTaken, Step.TransactionBegun, Step.BeforeCommit, Step.AfterCommit, Step.FrameAnswered]).Select(step => (step, 50)),
            .. ((Step[])[Step.FrameAsked, Step.FrameSent, Step.AnswerHeard]).Select(step => (step, 20)),
        ]);

    private async Task KillAsync(IReadOnlyList<(Step Step, int Times)> steps)
    {
        const int Survivors = 4;
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "Nobody leads on this system.");
        var root = Directory.CreateTempSubdirectory("opencode-election-");
        try
        {
            await using var said = new StringWriter();
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            limit.CancelAfter(TimeSpan.FromMinutes(3));
            var exit = await new ClaimRun(1_000, steps.Count + Survivors, root.FullName, Door: true, said) { Deadly = new DeadlySteps(steps, root.FullName) }.RunAsync(limit.Token);
            output.WriteLine(said.ToString());
            Assert.True(exit == 0, said.ToString());
        }
        finally
        {
            root.Delete(recursive: true);
        }
    }
}

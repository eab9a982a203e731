using OpenCode.Sandboxes;
using OpenCode.Sandboxes.Docker;

namespace OpenCode.Tests.Integration.Sandboxes;

public sealed class LateOutputTests
{
    [Fact]
    public async Task Last_output_after_a_long_silence_is_waited_for_when_the_engine_tells_of_the_end_first()
    {
        await using var sandbox = await Sandbox.StartAsync(false);
        await using var late = new LateEngine(TimeSpan.FromMilliseconds(300));
        await using var host = new DockerSandboxHost(late.Endpoint, TimeProvider.System);
        var output = new RecordedOutput();
        // Silent for longer than what comes after the end is waited for.
        var outcome = await host.RunAsync(sandbox.Container.Id, new SandboxCommand("exec_late", ["sleep 3; echo late"], true, "", TimeSpan.FromSeconds(60)), output, Test.Token);
        Assert.Equal(0, outcome.ExitCode);
        Assert.True(late.WasLate, "The output was not held back; the test shows nothing.");
        Assert.Equal("late\n", output.Out);
    }
}

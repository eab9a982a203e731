using OpenCode.Tests.Integration.Hosting;
using OpenCode.Tests.Integration.Sandboxes;

namespace OpenCode.Tests.Integration.Cmdlets;

[Collection(HostingCollection.Name)]
public sealed class InvokeTests
{
    private static readonly string Image = Environment.GetEnvironmentVariable("OPENCODE_TEST_IMAGE") is { Length: > 0 } image ? image : "opencode-test:busybox";

    [Theory]
    [InlineData("$t | Invoke-OcTask 'echo $((1+1)); echo e >&2; exit 3'", "2\n", "e\n", 3)]
    [InlineData("Invoke-OcTask $t 'echo $((1+1))'", "2\n", "", 0)]
    [InlineData("$t | Invoke-OcTask 'echo', '$((1+1))'", "$((1+1))\n", "", 0)]
    [InlineData("Invoke-OcTask $t @('pwd') -WorkingDirectory /tmp", "/tmp\n", "", 0)]
    [InlineData("$t | Add-OcAgent a | Invoke-OcTask 'pwd'", "/workspace\n", "", 0)]
    public async Task Command_isRun(string script, string output, string error, int exitCode)
    {
        await DockerEngine.RequireAsync();
        using var shell = ModuleShell.Connected();
        shell.Run($"$t = New-OcTask x -Image {Image}");
        try
        {
            var execution = shell.One<Execution>(script);
            Assert.Equal((output, error, exitCode), (execution.Stdout, execution.Stderr, execution.ExitCode));
            Assert.Equal(execution.Id, shell.One<Execution>("Get-OcTaskExecution $t -Last 1").Id);
        }
        finally
        {
            shell.Run("$t | Remove-OcTask -Force -Confirm:$false");
        }
    }

    [Fact]
    public async Task Output_streamsAsItComes_andTheExecutionIsLast()
    {
        await DockerEngine.RequireAsync();
        using var shell = ModuleShell.Connected();
        shell.Run($"$t = New-OcTask x -Image {Image}");
        try
        {
            var output = shell.Run("$t | Invoke-OcTask 'echo one; sleep 0.3; echo two >&2; sleep 0.3; echo three' -Stream");
            Assert.Equal(["one\n", "two\n", "three\n"], output.SkipLast(1).Select(static piece => piece.ToString()));
            Assert.Equal([false, true, false], output.SkipLast(1).Select(static piece => (bool)piece.Properties["IsError"].Value));
            Assert.Equal(0, Assert.IsType<Execution>(output[^1].BaseObject).ExitCode);

            var late = shell.Try("$t | Invoke-OcTask 'sleep 30' -Timeout 0.5");
            Assert.True(Assert.IsType<Execution>(Assert.Single(late.Output).BaseObject).TimedOut);
            Assert.Single(late.Warnings);
        }
        finally
        {
            shell.Run("$t | Remove-OcTask -Force -Confirm:$false");
        }
    }
}

using OpenCode.Tests.Integration.Hosting;
using OpenCode.Tests.Integration.Sandboxes;

namespace OpenCode.Tests.Integration.Cmdlets;

[Collection(HostingCollection.Name)]
public sealed class MeasureTests
{
    private static readonly string Image = Environment.GetEnvironmentVariable("OPENCODE_TEST_IMAGE") is { Length: > 0 } image ? image : "opencode-test:busybox";

    [Fact]
    public async Task Sandboxes_are_measured_one_by_one_together_and_until_they_stop()
    {
        await DockerEngine.RequireAsync();
        using var shell = ModuleShell.Connected();
        shell.Run($"$a = New-OcTask a -Image {Image}; $b = New-OcTask b -Image {Image}; $none = New-OcTask none");
        try
        {
            Assert.Empty(shell.Run("Measure-OcSandbox"));
            shell.Run("$null = $a, $b | Invoke-OcTask true");
            Assert.Equal(shell.One<string>("$a.Id"), shell.One<SandboxUsage>("Measure-OcSandbox $a").TaskId);

            var some = shell.Try("$none, $a, $b, $a | Measure-OcSandbox");
            Assert.Equal(shell.Run("$a.Id; $b.Id").Select(id => (string)id.BaseObject).Order(), some.Output.Select(u => ((SandboxUsage)u.BaseObject).TaskId).Order());
            Assert.Equal("SandboxFailed", Assert.Single(some.Errors).FullyQualifiedErrorId.Split(',')[0]);

            // A second of each at least, then both go.
            var all = shell.Run("$seen = @{}; Measure-OcSandbox -Continuous | % { $seen[$_.TaskId]++; if ($seen.Count -eq 2 -and -not $gone) { $gone = $true; $a, $b | Remove-OcTask -Force -Confirm:$false }; $_ }");
            Assert.True(all.Count >= 2);
            Assert.Empty(shell.Run("Measure-OcSandbox"));
        }
        finally
        {
            shell.Run("Get-OcTask | Remove-OcTask -Force -Confirm:$false");
        }
    }

    [Fact]
    public async Task Command_that_comes_near_a_limit_warns_and_the_log_says_so()
    {
        await DockerEngine.RequireAsync();
        using var shell = ModuleShell.Connected();
        shell.Run($"$t = New-OcTask x -Image {Image}");
        try
        {
            // What was killed counts until it is waited for; and the command ends when both lines were seen, however long samples take.
            var running = Task.Run(() => shell.Try("$t | Invoke-OcTask 'for i in $(seq 85); do sleep 600 & done; until [ -e near ]; do sleep 0.1; done; kill $(jobs -p); wait; until [ -e away ]; do sleep 0.1; done; true' -Timeout 120"));
            using var other = shell.Another();
            other.Run("$t = Get-OcTask");
            var lines = new[] { "near", "away" }.Select(seen =>
            {
                var level = seen == "near" ? LogLevel.Warn : LogLevel.Info;
                var line = other.One<LogEntry>($"do {{ $t | Get-OcTaskHistory -Follow | % {{ if ($_.Message -like 'Processes of the sandbox*' -and $_.Level -eq '{level}') {{ $_; break }} }} }} while ($false)");
                other.Run($"$null = $t | Invoke-OcTask 'touch {seen}'");
                return line;
            }).ToList();
            var run = await running;
            Assert.Empty(run.Errors);
            Assert.Contains("Processes of the sandbox", Assert.Single(run.Warnings), StringComparison.Ordinal);
            Assert.Equal(2, shell.Run("$t | Get-OcTaskHistory | ? { $_.Message -like 'Processes of the sandbox*' }").Count);
            Assert.Equal(("usage", "pids"), (lines[0].Data!["event"], lines[0].Data!["measure"]));
        }
        finally
        {
            shell.Run("$t | Remove-OcTask -Force -Confirm:$false");
        }
    }
}

using System.Diagnostics;
using System.Management.Automation;
using OpenCode.Tests.Integration.Sandboxes;

namespace OpenCode.Tests.Integration.Hosting;

[Collection(HostingCollection.Name)]
public sealed class StopTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private static readonly string Image = Environment.GetEnvironmentVariable("OPENCODE_TEST_IMAGE") is { Length: > 0 } image ? image : "opencode-test:busybox";

    [Fact]
    public async Task Stop_whileWaitingForALease_endsWithinASecond()
    {
        using var shell = ModuleShell.Connected();
        var id = shell.One<string>("$t = New-OcTask x; $null = $t | Add-OcAgent holder; $t.Id");
        await StopsSoonAsync(shell, $"'waiting'; Add-OcAgent {id} other -WaitSeconds 50; 'not reached'");
        Assert.Equal(["holder"], shell.Texts($"(Get-OcTask {id}).Agents"));
    }

    [Fact]
    public async Task Stop_duringACommand_endsWithinASecond_andKillsIt()
    {
        await DockerEngine.RequireAsync();
        using var shell = ModuleShell.Connected();
        var id = shell.One<string>($"$t = New-OcTask x -Image {Image}; $null = $t | Invoke-OcTask 'true'; $t.Id");
        try
        {
            await StopsSoonAsync(shell, $"Invoke-OcTask {id} 'echo began; sleep 1000' -Timeout 2000 -Stream; 'not reached'");
            AssertGone(shell, id, "sleep 1000");
        }
        finally
        {
            shell.Run($"Remove-OcTask {id} -Force -Confirm:$false");
        }
    }

    [Fact]
    public async Task EarlyStop_duringACommand_killsIt()
    {
        await DockerEngine.RequireAsync();
        using var shell = ModuleShell.Connected();
        var id = shell.One<string>($"$t = New-OcTask x -Image {Image}; $null = $t | Invoke-OcTask 'true'; $t.Id");
        try
        {
            var pieces = shell.Run($"foreach ($once in 1) {{ Invoke-OcTask {id} 'while true; do echo more; sleep 0.01; done' -Timeout 2000 -Stream | & {{ process {{ $_; break }} }} }}");
            Assert.Equal("more", Assert.Single(pieces).ToString().Split('\n')[0]);
            AssertGone(shell, id, "echo more");
            Assert.True(SpinWait.SpinUntil(() => shell.Texts($"(Get-OcTaskHistory {id}).Message").Any(static message => message.Contains("cancelled", StringComparison.Ordinal)), Limit));
        }
        finally
        {
            shell.Run($"Remove-OcTask {id} -Force -Confirm:$false");
        }
    }

    [Fact]
    public void EarlyStop_whileListing_endsTheProducer()
    {
        using var shell = ModuleShell.Connected();
        shell.Run("$null = 1..700 | New-OcTask");

        // What the pipeline has not taken does not fit the queue: a producer that was left behind would keep the store open.
        Assert.Single(shell.Run("foreach ($once in 1) { Get-OcTask | & { process { $_; break } } }"));
        shell.Run("Remove-Module OpenCode");
        OpenFiles.AssertNone(shell.Folder);
    }

    [Fact]
    public void EarlyStop_whileCreating_createsNoMoreThanBegun()
    {
        using var shell = ModuleShell.Connected();
        Assert.Single(shell.Run("foreach ($once in 1) { 1..1000 | New-OcTask | & { process { $_; break } } }"));
        Assert.Single(shell.Run("Get-OcTask"));
    }

    [Fact]
    public void Exception_ofACommandBehind_isLeftAlone()
    {
        using var shell = ModuleShell.Connected();
        shell.Run("$null = 1..3 | New-OcTask");
        var error = shell.Error("Get-OcTask | & { process { throw 'mine' } }");
        Assert.Equal("mine", error.FullyQualifiedErrorId);
        Assert.Equal(["caught"], shell.Texts("try { Get-OcTask | & { process { throw [System.FormatException]::new('mine') } } } catch [System.FormatException] { 'caught' }"));
    }

    private static void AssertGone(ModuleShell shell, string id, string text) =>
        Assert.True(SpinWait.SpinUntil(() => !shell.One<string>($"(Invoke-OcTask {id} 'ps').Stdout").Contains(text, StringComparison.Ordinal), Limit), $"'{text}' still runs in the sandbox.");

    private static async Task StopsSoonAsync(ModuleShell shell, string script)
    {
        using var output = new PSDataCollection<PSObject>();
        using var running = shell.Start(script);
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        output.DataAdded += (_, _) => began.TrySetResult();
        var run = running.BeginInvoke<PSObject, PSObject>(null, output);
        await began.Task.WaitAsync(Limit);
        var clock = Stopwatch.StartNew();
        await running.StopAsync(null, null);
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, Soon);
        Assert.Throws<PipelineStoppedException>(() => running.EndInvoke(run));
        Assert.DoesNotContain(output, static o => o?.ToString() == "not reached");
    }
}

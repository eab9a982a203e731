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
    public async Task Stop_whileWaitingForATask_endsWithinASecond_andLeavesIt()
    {
        using var shell = ModuleShell.Connected();
        var id = shell.One<string>("$t = New-OcTask x; $null = $t | Start-OcTask; $t.Id");
        await StopsSoonAsync(shell, $"'waiting'; Wait-OcTask {id}; 'not reached'");
        Assert.Equal(["Running 2"], shell.Texts($"$t = Get-OcTask {id}; \"$($t.Status) $($t.Version)\""));
    }

    [Fact]
    public async Task Stop_whileFollowing_endsWithinASecond_andLetsTheStoreGo()
    {
        using var shell = ModuleShell.Connected();
        var id = shell.One<string>("(New-OcTask x).Id");
        await StopsSoonAsync(shell, $"Get-OcTaskHistory {id} -Follow; 'not reached'");
        shell.Run("Remove-Module OpenCode");
        OpenFiles.AssertNone(shell.Folder);
    }

    [Fact]
    public void EarlyStop_whileFollowing_endsTheProducer()
    {
        using var shell = ModuleShell.Connected();
        shell.Run("$t = New-OcTask x; $t | Add-OcTaskLog one");
        Assert.Equal(["one"], shell.Texts("foreach ($once in 1) { Get-OcTaskHistory $t -Follow | & { process { if ($_.Message -eq 'one') { $_.Message; break } } } }"));
        shell.Run("Remove-Module OpenCode");
        OpenFiles.AssertNone(shell.Folder);
    }

    [Fact]
    public async Task Stop_whileCreatingMany_losesNoneThatWasGiven()
    {
        using var shell = ModuleShell.Connected();
        using var output = new PSDataCollection<PSObject>();
        await StopsSoonAsync(shell, "1..100000 | New-OcTask; 'not reached'", output);
        var known = shell.Texts("Get-OcTask | % Id").ToHashSet();
        Assert.All(output, task => Assert.Contains(((AgentTask)task.BaseObject).Id, known));
        Assert.All(shell.Run("Get-OcTask -First 50 | Repair-OcTask | % Healthy"), static healthy => Assert.True((bool)healthy.BaseObject));
    }

    [Fact]
    public async Task Stop_whileDeletingMany_leavesWholeTasksOrNone()
    {
        using var shell = ModuleShell.Connected();
        shell.Run("$null = 1..600 | New-OcTask");
        await StopsSoonAsync(shell, "Get-OcTask | & { process { $_; } } | & { process { 'deleting'; $_ | Remove-OcTask -Confirm:$false } }; 'not reached'");
        var left = shell.Texts("Get-OcTask | % Id");
        var folders = Directory.GetDirectories(Path.Combine(shell.Folder, "tasks")).Select(static f => Path.GetFileName(f)!).Where(static f => f[0] != '.');
        Assert.Equal(left.Order(), folders.Order());
        Assert.All(shell.Run("Get-OcTask -First 20 | Repair-OcTask | % Healthy"), static healthy => Assert.True((bool)healthy.BaseObject));
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

    /// <summary>Runs a script until it writes something, stops it, and sees it end within a second.</summary>
    internal static async Task StopsSoonAsync(ModuleShell shell, string script)
    {
        using var output = new PSDataCollection<PSObject>();
        await StopsSoonAsync(shell, script, output);
    }

    private static async Task StopsSoonAsync(ModuleShell shell, string script, PSDataCollection<PSObject> output)
    {
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

using System.Diagnostics;
using System.Management.Automation;
using OpenCode.Tests.Integration.Hosting;

namespace OpenCode.Tests.Integration.Cmdlets;

[Collection(HostingCollection.Name)]
public sealed class WaitTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("$t | Wait-OcTask")]
    [InlineData("$t.Id | woct")]
    [InlineData("Wait-OcTask $t")]
    [InlineData("Wait-OcTask -Id $t")]
    [InlineData("Wait-OcTask ($t | % { $_.Id.Substring(0, 30) })")]
    [InlineData("$t | % { [pscustomobject]@{ TaskId = $_.Id; Id = 'exec_other' } } | Wait-OcTask")]
    public void Tasks_areTakenInAnyForm_andGivenInTheirOrder(string script)
    {
        using var shell = ModuleShell.Connected();
        shell.Run("$t = 'c', 'a', 'b' | New-OcTask; foreach ($one in $t) { $null = $one | Start-OcTask | Complete-OcTask }");
        Assert.Equal(["c Completed", "a Completed", "b Completed"], shell.Texts($"foreach ($one in {script}) {{ \"$($one.Name) $($one.Status)\" }}"));
    }

    [Fact]
    public async Task Wait_endsWhenAnotherRunspaceEndsTheTask()
    {
        using var shell = ModuleShell.Connected();
        using var other = shell.Another();
        shell.Run("$t = 1..3 | New-OcTask; $null = $t | Start-OcTask");
        using var waiting = shell.Start("$t | Wait-OcTask | % Name");
        var run = waiting.InvokeAsync();
        other.Run("$null = Get-OcTask -Status Running | Stop-OcTask");
        Assert.Equal(["1", "2", "3"], (await run.WaitAsync(Limit)).Select(static o => o.ToString()));
    }

    [Fact]
    public void Timeout_writesWhatIsThere_andThenTheError()
    {
        using var shell = ModuleShell.Connected();
        shell.Run("$a = New-OcTask a; $b = New-OcTask b; $null = $b | Stop-OcTask");
        var result = shell.Try("$a, $b | Wait-OcTask -Timeout 0.2 | % Name");
        Assert.Equal(["b"], result.Output.Select(static o => o.ToString()));
        var error = Assert.Single(result.Errors);
        Assert.StartsWith("LockTimeout,", error.FullyQualifiedErrorId);
        Assert.Equal(ErrorCategory.OperationTimeout, error.CategoryInfo.Category);
        Assert.Equal(shell.Texts("$a.Id")[0], error.TargetObject);
        Assert.Contains("0.2 s", error.ToString());
    }

    [Fact]
    public void Any_andStatus_narrowTheWait()
    {
        using var shell = ModuleShell.Connected();
        shell.Run("$a = New-OcTask a; $b = New-OcTask b; $null = $b | Start-OcTask");
        Assert.Equal(["b"], shell.Texts("Wait-OcTask $a, $b -Any -Status Running -Timeout 30 | % Name"));
        Assert.Equal(["a", "b"], shell.Texts("Wait-OcTask $a, $b -Status Running, Pending -Timeout 30 | % Name"));
    }

    [Fact]
    public void Task_thatIsNotThere_isAnError_andTheOthersAreWaitedFor()
    {
        using var shell = ModuleShell.Connected();
        var result = shell.Try("$a = New-OcTask a; $null = $a | Stop-OcTask; 'nonesuch', $a, [version]'1.0' | Wait-OcTask | % Name");
        Assert.Equal(["a"], result.Output.Select(static o => o.ToString()));
        Assert.Equal(["InvalidArgument", "TaskNotFound"], result.Errors.Select(static e => e.FullyQualifiedErrorId.Split(',')[0]).Order());
        Assert.Equal(["nonesuch"], result.Errors.Select(static e => e.TargetObject).OfType<string>());
    }

    [Fact]
    public async Task Wait_overASecond_showsACount()
    {
        using var shell = ModuleShell.Connected();
        using var other = shell.Another();
        shell.Run("$t = 1..4 | New-OcTask; $null = $t | Start-OcTask; $null = $t[0] | Stop-OcTask");
        using var waiting = shell.Start("$t | Wait-OcTask");
        var shown = new TaskCompletionSource<ProgressRecord>(TaskCreationOptions.RunContinuationsAsynchronously);
        waiting.Streams.Progress.DataAdded += (_, e) => shown.TrySetResult(waiting.Streams.Progress[e.Index]);
        var clock = Stopwatch.StartNew();
        var run = waiting.InvokeAsync();
        var progress = await shown.Task.WaitAsync(Limit);
        Assert.True(clock.Elapsed >= TimeSpan.FromSeconds(1), $"Shown after {clock.ElapsedMilliseconds} ms already.");
        Assert.Equal(("1 of 4", 25), (progress.StatusDescription, progress.PercentComplete));
        other.Run("$null = Get-OcTask -Status Running | Stop-OcTask");
        Assert.Equal(4, (await run.WaitAsync(Limit)).Count);
        Assert.Equal(ProgressRecordType.Completed, waiting.Streams.Progress[^1].RecordType);
    }
}

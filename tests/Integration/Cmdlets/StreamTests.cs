using System.Management.Automation;
using OpenCode.Tests.Integration.Hosting;

namespace OpenCode.Tests.Integration.Cmdlets;

/// <summary>What cmdlets tell beside their objects.</summary>
[Collection(HostingCollection.Name)]
public sealed class StreamTests
{
    // Strict, and every error ends it: whatever is not as it should be is found.
    private const string Strict = "Set-StrictMode -Version Latest; $ErrorActionPreference = 'Stop'; ";

    private const string Life =
        Strict + """
        $t = New-OcTask 'a life' -Metadata @{ a = 1; nested = @{ list = 1, 2 } }
        $l = $t | Add-OcAgent ana
        $l | Add-OcTaskLog 'a line' -Level Warn -Data @{ n = 1 }
        $l | Add-OcTaskDecision 'this' -Reasoning 'that'
        $l | Set-OcTaskState @{ step = 1 }
        $c = $l | New-OcCheckpoint 'a point'
        $t | Set-OcTask -Priority 3
        $null = $t | Complete-OcTask -ErrorMessage 'it broke'
        $null = $c | Restore-OcCheckpoint -Confirm:$false
        $null = $t | Resume-OcTask ana
        $null = $t | Complete-OcTask @{ fine = $true } -Agent ana
        $null = $t | Wait-OcTask -Timeout 10
        $null = Get-OcTask $t; $null = Get-OcTaskHistory $t; $null = Get-OcTaskDecision $t; $null = Get-OcTaskState $t; $null = Get-OcTaskExecution $t; $null = Get-OcCheckpoint $t
        $null = $t | Repair-OcTask
        $c | Remove-OcCheckpoint -Confirm:$false
        $null = Test-OcHealth -Name Store, Clock
        $t | Remove-OcTask -Confirm:$false
        """;

    [Fact]
    public void Life_underStrictModeAndStop_isWhole_andSaysNothing()
    {
        using var shell = ModuleShell.Connected();
        using var running = shell.Start(Life);
        Assert.Empty(running.Invoke());
        Assert.Empty(running.Streams.Error);
        Assert.Empty(running.Streams.Warning);
        Assert.Empty(running.Streams.Verbose);
        Assert.Empty(running.Streams.Debug);
    }

    [Fact]
    public void Verbose_tellsTheStory_debugTheTimings()
    {
        using var shell = ModuleShell.Imported();
        using var running = shell.Start($"$VerbosePreference = 'Continue'; $DebugPreference = 'Continue'; $null = Connect-OcStore '{shell.Folder}'; {Life}");
        Assert.Empty(running.Invoke());
        string[] told = [.. running.Streams.Verbose.Select(static v => v.Message)];
        string[] story =
        [
            "Connected to the store '", "Created the task '", "Attached the agent 'ana' to 'task:", "Logged 6 characters at level Warn", "Wrote down a decision", "Changed step in the state data", "Took the checkpoint '",
            "Changed Priority of the task '", "Failed the task '", "Restored the task '", "Resumed the task '", "Completed the task '", "Waiting for all of 1 tasks", "Checked the files of the task '", "Deleted the checkpoint '", "Deleted the task '",
        ];
        var at = 0;
        foreach (var line in story)
        {
            at = Array.FindIndex(told, at, message => message.StartsWith(line, StringComparison.Ordinal)) + 1;
            Assert.True(at > 0, $"'{line}' is not told, or not in its turn: {string.Join(" | ", told)}");
        }

        Assert.Contains(told, static message => message.StartsWith("Completed the task", StringComparison.Ordinal) && message.EndsWith("in the name of agent 'ana'.", StringComparison.Ordinal) && message.Contains("(version ", StringComparison.Ordinal));
        Assert.Contains(told, static message => message.StartsWith("Changed Priority", StringComparison.Ordinal) && message.EndsWith("as the operator.", StringComparison.Ordinal));
        string[] timings = [.. running.Streams.Debug.Select(static d => d.Message)];
        Assert.Contains(timings, static message => message.StartsWith("Opening the store in ", StringComparison.Ordinal));
        foreach (var cmdlet in (string[])["New-OcTask", "Add-OcAgent", "Complete-OcTask", "Wait-OcTask", "Get-OcTaskHistory", "Remove-OcTask"])
        {
            Assert.Contains(timings, message => System.Text.RegularExpressions.Regex.IsMatch(message, $@"^{cmdlet}: the call on the store took \d+\.\d ms\.$"));
        }
    }

    [Fact]
    public void Verbose_ofOneCmdlet_isItsOwn()
    {
        using var shell = ModuleShell.Connected();
        var result = shell.Try("$t = New-OcTask x; $null = $t | Start-OcTask -Verbose; $null = $t | Complete-OcTask");
        Assert.Contains(result.Verbose, static message => message.StartsWith("Started the task '", StringComparison.Ordinal));
        Assert.DoesNotContain(result.Verbose, static message => message.StartsWith("Completed", StringComparison.Ordinal));
        Assert.DoesNotContain(shell.Try("$VerbosePreference = 'Continue'; $null = New-OcTask y -Verbose:$false").Verbose, static message => message.StartsWith("Created", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("1..100000 | New-OcTask", "Creating tasks")]
    [InlineData("while ($true) { $t }", "Checking tasks")]
    public async Task Many_overASecond_showACount(string producer, string activity)
    {
        using var shell = ModuleShell.Connected();
        shell.Run("$t = New-OcTask x");
        using var running = shell.Start(activity == "Creating tasks" ? producer : $"& {{ {producer} }} | Repair-OcTask");
        var shown = new TaskCompletionSource<ProgressRecord>(TaskCreationOptions.RunContinuationsAsynchronously);
        running.Streams.Progress.DataAdded += (_, e) => shown.TrySetResult(running.Streams.Progress[e.Index]);
        var run = running.BeginInvoke();
        var progress = await shown.Task.WaitAsync(TimeSpan.FromSeconds(60));
        await running.StopAsync(null, null);
        Assert.Throws<PipelineStoppedException>(() => running.EndInvoke(run));
        Assert.Equal(activity, progress.Activity);
        Assert.Matches(@"^[\d,]+ done$", progress.StatusDescription);
        Assert.Equal(-1, progress.PercentComplete);
    }
}

using System.Diagnostics;
using OpenCode.Tests.Integration.Hosting;

namespace OpenCode.Tests.Integration.Cmdlets;

/// <summary>The next task for an agent, what the agent says while it works, and how its claim goes with it into every cmdlet.</summary>
[Collection(HostingCollection.Name)]
public sealed class ReceiveTests
{
    [Fact]
    public void Tasks_comeByPriority_thenAge_eachOnce()
    {
        using var shell = ModuleShell.Connected();
        shell.Run("$null = New-OcTask old; $null = New-OcTask urgent -Priority 5; $null = New-OcTask young; $null = New-OcTask waits -DependsOn (New-OcTask last -Priority -1)");
        Assert.Equal(["urgent", "old", "young", "last"], shell.Texts("1..5 | % { Receive-OcTask ana } | % Name"));
        Assert.Equal(["Running ana"], shell.Texts("Get-OcTask -Status Running -First 1 | % { \"$($_.Status) $($_.Agents)\" }"));
    }

    [Fact]
    public void NoTask_isNothing_andNoError()
    {
        using var shell = ModuleShell.Connected();
        Assert.Empty(shell.Run("Receive-OcTask ana"));
        shell.Run("$null = New-OcTask x -Owner ben");
        Assert.Empty(shell.Run("Receive-OcTask ana -Owner ana"));
        Assert.Equal(["x"], shell.Texts("(Receive-OcTask ana -Owner ben).Name"));
    }

    [Fact]
    public void Wait_givesTheTaskThatComes()
    {
        using var shell = ModuleShell.Connected();
        using var other = shell.Another();
        using var waiting = shell.Start("Receive-OcTask ana -Wait -TimeoutSeconds 60 -LeaseSeconds 77");
        var running = waiting.BeginInvoke();
        Assert.False(running.IsCompleted);
        var id = other.One<string>("(New-OcTask x).Id");
        var claim = (TaskClaim)Assert.Single(waiting.EndInvoke(running)).BaseObject;
        Assert.Equal((id, "ana", "x"), (claim.TaskId, claim.AgentId, claim.Name));
        Assert.InRange((claim.ExpiresAt!.Value - claim.Lease.AcquiredAt).TotalSeconds, 76, 78);
    }

    [Fact]
    public void Wait_inVain_isLockTimeout()
    {
        using var shell = ModuleShell.Connected();
        var clock = Stopwatch.StartNew();
        var error = shell.Error("Receive-OcTask ana -Wait -TimeoutSeconds 0.3");
        Assert.True(clock.Elapsed >= TimeSpan.FromSeconds(0.3));
        Assert.Equal("LockTimeout OperationTimeout String ana", Refusal.Of(error));
        Assert.Contains("0.3 s", error.ToString());
        Assert.Equal("InvalidArgument InvalidArgument String ana", Refusal.Of(shell.Error("Receive-OcTask ana -TimeoutSeconds 1")));
    }

    [Fact]
    public async Task Stop_whileWaiting_endsWithinASecond_andTakesNothing()
    {
        using var shell = ModuleShell.Connected();
        await StopTests.StopsSoonAsync(shell, "'waiting'; Receive-OcTask ana -Wait; 'not reached'");
        Assert.Equal(["Pending"], shell.Texts("$null = New-OcTask x; (Get-OcTask).Status"));
    }

    [Theory]
    [InlineData("Receive-OcTask operator", "InvalidArgument InvalidArgument String operator")]
    [InlineData("Receive-OcTask ''", "ParameterArgumentValidationError InvalidData")]
    [InlineData("Receive-OcTask \"a`nb\"", "InvalidArgument InvalidArgument")]
    [InlineData("Receive-OcTask ana -Owner \"a`nb\"", "InvalidArgument InvalidArgument")]
    [InlineData("Receive-OcTask ana -LeaseSeconds 99999999", "InvalidArgument InvalidArgument String ana")]
    [InlineData("Receive-OcTask ana -Wait -TimeoutSeconds -1", "ParameterArgumentValidationError InvalidData")]
    public void WrongInput_isRefused_andNoTaskIsGiven(string script, string refusal)
    {
        using var shell = ModuleShell.Connected();
        shell.Run("$null = New-OcTask x");
        Assert.StartsWith(refusal, Refusal.Of(shell.Error(script)));
        Assert.Equal(["Pending"], shell.Texts("(Get-OcTask).Status"));
    }

    [Fact]
    public void ManyWorkers_haveEveryTaskOnce()
    {
        using var shell = ModuleShell.Connected();
        shell.Run("$null = 1..24 | New-OcTask");
        var done = new System.Collections.Concurrent.ConcurrentBag<string>();
        Parallel.For(0, 4, worker =>
        {
            using var one = shell.Another();
            foreach (var id in one.Texts($"while ($c = Receive-OcTask worker-{worker}) {{ ($c | Complete-OcTask $c.Name).Id }}"))
            {
                done.Add(id);
            }
        });
        Assert.Equal(24, done.Distinct().Count());
        Assert.Equal(24, done.Count);
        Assert.Equal(["Completed"], shell.Texts("Get-OcTask | % Status").Distinct());
    }

    [Theory]
    [InlineData("$c")]
    [InlineData("$c.Lease")]
    [InlineData("(Get-OcAgent ana)")]
    [InlineData("[System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($c))")]
    [InlineData("($c | Send-OcHeartbeat)")]
    public void Claim_carriesAgentAndFence_intoEveryChange(string form)
    {
        using var shell = ModuleShell.Connected();
        shell.Run($"$t = New-OcTask x; $c = Receive-OcTask ana; $k = $c | New-OcCheckpoint; $o = {form}");
        shell.Run("""
            $o | Add-OcTaskLog line; $o | Add-OcTaskDecision it; $o | Set-OcTask -Priority 1; $o | Set-OcTaskState @{ a = 1 }; $o | Set-OcTaskState -Update { @{ b = 2 } }
            $null = $o | New-OcCheckpoint; $null = $o | Send-OcHeartbeat 'half'; $null = $o | Get-OcTaskState; $null = $o | Get-OcTaskHistory
            """);
        Assert.Equal(["ana", "ana", "1 1 2"], shell.Texts("(Get-OcTaskHistory $t -Last 20 | ? Message -eq line).Data.agent; (Get-OcTaskDecision $t).AgentId; \"$((Get-OcTask $t).Priority) $((Get-OcTaskState $t).Data.a) $((Get-OcTaskState $t).Data.b)\""));
        Assert.Equal(["Completed by agent 'ana'"], shell.Texts("$null = $o | Complete-OcTask -Result 42; (Get-OcTaskHistory $t -Last 1).Message"));
        Assert.Equal(42L, shell.One<long>("(Get-OcTask $t).Result.Data"));
    }

    [Theory]
    [InlineData("Add-OcTaskLog late")]
    [InlineData("Add-OcTaskDecision late")]
    [InlineData("Set-OcTask -Priority 1")]
    [InlineData("Set-OcTaskState @{ a = 1 }")]
    [InlineData("Set-OcTaskState -Update { @{ a = 1 } }")]
    [InlineData("New-OcCheckpoint")]
    [InlineData("Restore-OcCheckpoint -Checkpoint $k -Confirm:$false")]
    [InlineData("Remove-OcAgent")]
    [InlineData("Stop-OcTask")]
    [InlineData("Complete-OcTask")]
    [InlineData("Complete-OcTask -ErrorMessage bad")]
    [InlineData("Invoke-OcTask true")]
    [InlineData("Send-OcHeartbeat")]
    public void OldClaim_changesNothing(string change)
    {
        using var shell = ModuleShell.Connected();
        shell.Run("$t = New-OcTask x; $c = Receive-OcTask ana; $k = $c | New-OcCheckpoint; $null = $t | Add-OcAgent ana");
        var before = shell.Texts("Get-OcTask $t | % Version; (Get-OcTaskHistory $t).Count");
        foreach (var form in (string[])["$c", "$c.Lease"])
        {
            Assert.StartsWith("LeaseLost,", shell.Error($"{form} | {change}").FullyQualifiedErrorId);
        }

        Assert.Equal(before, shell.Texts("Get-OcTask $t | % Version; (Get-OcTaskHistory $t).Count"));
    }

    [Fact]
    public void Task_thatIsPiped_bindsNoneOfItsAgents()
    {
        using var shell = ModuleShell.Connected();
        shell.Run("$null = New-OcTask x; $c = Receive-OcTask ana; $t = Get-OcTask $c; $t | Add-OcTaskLog 'of nobody'");
        Assert.Equal(["ana", "True"], shell.Texts("$t.Agents; $null -eq (Get-OcTaskHistory $t -Last 1).Data.agent"));
        Assert.Equal("InvalidArgument", shell.Error("$t | Send-OcHeartbeat").FullyQualifiedErrorId.Split(',')[0]);
    }

    [Fact]
    public void Heartbeat_renews_keepsTheNote_andTellsOfTheEnd()
    {
        using var shell = ModuleShell.Connected();
        shell.Run("$null = New-OcTask x; $c = Receive-OcTask ana");
        var answer = shell.One<AgentHeartbeat>("$c | Send-OcHeartbeat '3 of 7'");
        Assert.Equal((AgentTaskStatus.Running, true, "ana"), (answer.Status, answer.Attached, answer.AgentId));
        Assert.True(answer.ExpiresAt >= shell.One<TaskClaim>("$c").ExpiresAt);
        Assert.Equal(["3 of 7 True"], shell.Texts("Get-OcAgent ana | % { \"$($_.Progress) $($_.LastSeen -ge $_.AcquiredAt)\" }"));

        // Without a note the one before stays; by task and name it is the same.
        Assert.Equal(["3 of 7"], shell.Texts("$null = Send-OcHeartbeat $c.TaskId -Agent ana -Fence $c.Fence; (Get-OcAgent ana).Progress"));
        Assert.Equal(["4 of 7"], shell.Texts("$null = Send-OcHeartbeat $c.TaskId '4 of 7' -Agent ana; (Get-OcAgent ana).Progress"));
        shell.Run("$null = Stop-OcTask $c.TaskId 'not needed'");
        var last = shell.One<AgentHeartbeat>("$c | Send-OcHeartbeat");
        Assert.Equal((AgentTaskStatus.Cancelled, false, null), (last.Status, last.Attached, last.Fence));
        Assert.Equal("not needed", last.Error);
        Assert.StartsWith("LimitExceeded,", shell.Error("$c | Send-OcHeartbeat ('x' * 4001)").FullyQualifiedErrorId);
    }

    [Fact]
    public void Update_isGivenWhatIsThere_andMergesWhatItWrites()
    {
        using var shell = ModuleShell.Connected();
        shell.Run("$t = New-OcTask x; $t | Set-OcTaskState @{ n = 1; keep = 'it' }; $step = 5");
        Assert.Equal(["6 it"], shell.Texts("$t | Set-OcTaskState -Update { param($data) @{ n = $data.n + $step } } -PassThru | % { \"$($_.Data.n) $($_.Data.keep)\" }"));
        Assert.Equal(["7"], shell.Texts("Set-OcTaskState $t -Update { [pscustomobject]@{ n = $_.n + 1; keep = $null } } -PassThru | % { \"$($_.Data.n)$($_.Data.keep)\" }"));

        // Nothing written is nothing changed.
        Assert.Equal(["True"], shell.Texts("$v = (Get-OcTask $t).Version; $s = Set-OcTaskState $t -Update { param($data) if ($data.n -gt 100) { @{ n = 0 } } } -PassThru; $s.Version -eq $v -and (Get-OcTask $t).Version -eq $v"));
    }

    [Theory]
    [InlineData("{ throw 'mine' }", "mine")]
    [InlineData("{ [int]::Parse('x'); @{ n = 2 } }", "FormatException")]
    [InlineData("{ Get-OcTask nonesuch; @{ n = 2 } }", "TaskNotFound")]
    [InlineData("{ @{ n = 2 }; @{ n = 3 } }", "InvalidArgument")]
    [InlineData("{ 7 }", "InvalidArgument")]
    [InlineData("{ param($data) $data.n = 2; $data }", "")]
    public void Update_thatFails_changesNothing(string block, string id)
    {
        using var shell = ModuleShell.Connected();
        shell.Run("$t = New-OcTask x; $t | Set-OcTaskState @{ n = 1 }");
        Assert.StartsWith(id, shell.Error($"$t | Set-OcTaskState -Update {block}").FullyQualifiedErrorId);
        Assert.Equal(["1"], shell.Texts("(Get-OcTaskState $t).Data.n"));
    }

    [Fact]
    public void Update_thatSomebodyWasFasterThan_runsAgain_onACollaborativeTask()
    {
        using var shell = ModuleShell.Connected();
        using var other = shell.Another();
        shell.Run("$t = New-OcTask x -Mode Collaborative; $t | Set-OcTaskState @{ n = 1 }; $u = New-OcTask y");
        other.Set("t", shell.One<AgentTask>("$t"));
        other.Set("u", shell.One<AgentTask>("$u"));
        shell.Set("other", new Action(() => other.Run("$t | Set-OcTaskState @{ n = 10 }; $u | Set-OcTaskState @{ n = 10 }")));
        Assert.Equal(["11 2"], shell.Texts("$runs = 0; $t | Set-OcTaskState -Update { param($data) $script:runs++; if ($runs -eq 1) { $other.Invoke() }; @{ n = $data.n + 1 } }; \"$((Get-OcTaskState $t).Data.n) $runs\""));

        // On an exclusive one it is told, with both versions.
        var error = shell.Error("$runs = 0; $u | Set-OcTaskState -Update { param($data) $script:runs++; $other.Invoke(); @{ n = 1 } }");
        Assert.StartsWith("VersionConflict,", error.FullyQualifiedErrorId);
        var conflict = Assert.IsType<OpenCodeException>(error.Exception);
        Assert.Equal(conflict.ExpectedVersion + 1, conflict.PresentVersion);
        Assert.Equal(["1 10"], shell.Texts("\"$runs $((Get-OcTaskState $u).Data.n)\""));
    }

    [Fact]
    public async Task Stop_ofAnUpdate_endsWithinASecond_andChangesNothing()
    {
        using var shell = ModuleShell.Connected();
        shell.Run("$t = New-OcTask x; $t | Set-OcTaskState @{ n = 1 }");
        await StopTests.StopsSoonAsync(shell, "'updating'; $t | Set-OcTaskState -Update { while ($true) { } }; 'not reached'");
        Assert.Equal(["1"], shell.Texts("(Get-OcTaskState $t).Data.n"));
    }
}

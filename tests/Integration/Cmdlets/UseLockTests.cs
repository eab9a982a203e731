using OpenCode.Tests.Integration.Hosting;

namespace OpenCode.Tests.Integration.Cmdlets;

/// <summary>The block that runs under a lock: what it sees and gives, that the lock ends with it whatever ends it, and that it changes nothing without its lock.</summary>
[Collection(HostingCollection.Name)]
public sealed class UseLockTests
{
    // One command with a block of many lines; what is free afterwards is what the block has given back.
    private const string Free = "@(Get-OcLock).Count";

    [Fact]
    public void Block_isGivenItsLease_runsInTheSession_andStreams()
    {
        using var shell = ModuleShell.Connected();
        shell.Run("$block = 'mine'; $lease = 'mine'; $n = 1; function twice($x) { 2 * $x }");
        Assert.Equal(
            ["db operator", "db", "1", "mine mine", "4", "True"],
            shell.Texts("Use-OcLock db { param($l) \"$($l.Resource) $($l.Owner)\"; $_.Resource; @(Get-OcLock db).Count; \"$block $lease\"; twice 2; $script:n = 7; $l.Fence -gt 0 }"));
        Assert.Equal(["7", "0"], shell.Texts($"$n; {Free}"));
        Assert.Equal(["a", "b", "ana Collaborative"], shell.Texts("Use-OcLock b, a -Owner ana -Collaborative { param($leases) $leases.Resource; \"$($leases[0].Owner) $($leases[0].Mode)\" }"));

        // Each object is there before the block goes on.
        Assert.Equal(["1 held", "2 held"], shell.Texts("$s = ''; Use-OcLock db { 1; $s += 'x'; 2 } | % { \"$_ $(if (Get-OcLock db) { 'held' })\" }"));
    }

    [Theory]
    [InlineData("Use-OcLock db { throw 'mine' }")]
    [InlineData("Use-OcLock db { [int]::Parse('x'); 'on' }")]
    [InlineData("Use-OcLock db { Get-OcTask nonesuch; 'on' }")]
    [InlineData("Use-OcLock db { Get-OcTask nonesuch -ErrorAction Stop; 'on' }")]
    [InlineData("Use-OcLock db { 1, 2 } | & { process { throw 'behind' } }")]
    [InlineData("try { Use-OcLock db { throw 'mine' } } catch { throw }")]
    public void ErrorOfTheBlock_isTheCallers_andTheLockEnds(string script)
    {
        using var shell = ModuleShell.Connected();
        var plain = shell.Try(script.Replace("Use-OcLock db", "&", StringComparison.Ordinal));
        var locked = shell.Try(script);
        Assert.NotEmpty(plain.Errors);
        Assert.Equal(plain.Errors.Select(Refusal.Of), locked.Errors.Select(Refusal.Of));
        Assert.Equal(plain.Output.Select(static o => o.ToString()), locked.Output.Select(static o => o.ToString()));
        Assert.Equal(["0"], shell.Texts(Free));
    }

    [Theory]
    [InlineData("foreach ($once in 1) { Use-OcLock db { 1; break; 2 }; 'not reached' }", "1")]
    [InlineData("foreach ($each in 1, 2) { Use-OcLock db { $each; continue }; 'not reached' }", "1 2")]
    [InlineData("foreach ($once in 1) { Use-OcLock db { 1; 2 } | & { process { $_; break } } }", "1")]
    [InlineData("Use-OcLock db { 1; return; 2 }; 3", "1 3")]
    [InlineData("function f { Use-OcLock db { 1; return }; 2 }; f", "1 2")]
    public void EarlyEnd_ofTheBlock_givesTheLockBack(string script, string expected)
    {
        using var shell = ModuleShell.Connected();
        Assert.Equal(expected, string.Join(' ', shell.Texts(script)));
        Assert.Equal(["0"], shell.Texts(Free));
    }

    [Theory]
    [InlineData("Use-OcLock db { 'holding'; while ($true) { } }")]
    [InlineData("$t = New-OcTask x; Use-OcLock db { 'holding'; Wait-OcTask $t }")]
    [InlineData("Use-OcLock db { Use-OcLock cache { 'holding'; while ($true) { } } }")]
    public async Task Stop_ofTheBlock_givesTheLockBack(string script)
    {
        using var shell = ModuleShell.Connected();
        await StopTests.StopsSoonAsync(shell, script + "; 'not reached'");
        using var other = shell.Another();
        Assert.Empty(other.Run("Get-OcLock"));
    }

    [Fact]
    public async Task Stop_whileWaitingForTheLock_leavesTheLine()
    {
        using var shell = ModuleShell.Connected();
        shell.Run("$l = Lock-OcResource db -Owner ana");
        await StopTests.StopsSoonAsync(shell, "'waiting'; Use-OcLock db { 'not reached' } -WaitSeconds 500; 'not reached'");
        Assert.Equal(["0"], shell.Texts("(Get-OcTaskStatistic).Locks.Waiting"));
        Assert.Equal("ana", shell.Texts("Get-OcLock | % Owner").Single());
    }

    [Fact]
    public void LockThatIsTakenAway_stopsTheNextWrite_andNothingIsWritten()
    {
        using var shell = ModuleShell.Connected();
        using var other = shell.Another();
        shell.Set("other", new Action(() => other.Run("Unlock-OcResource -Owner ana -All -Confirm:$false")));
        var before = shell.Texts("$t = New-OcTask x; $k = $t | New-OcCheckpoint; $t | Add-OcTaskLog first; (Get-OcTask $t).Version");
        var result = shell.Try("""
            Use-OcLock db -Owner ana {
                $t | Set-OcTask -Priority 1
                $other.Invoke()
                $t | Set-OcTask -Priority 2
                $t | Set-OcTaskState @{ late = 1 }
                $t | Add-OcTaskLog late
                $t | Add-OcTaskDecision late -Agent operator
                $null = $t | New-OcCheckpoint late
                $k | Remove-OcCheckpoint -Confirm:$false
                $null = $t | Restore-OcCheckpoint -Checkpoint $k -Confirm:$false
                $t | Remove-OcTask -Confirm:$false
                New-OcTask late
                $t | Stop-OcTask
                $null = Lock-OcResource another
                (Get-OcTask $t).Priority
            }
            """);

        // Eleven changes, and the loss itself, once the block has ended; reading goes on.
        Assert.Equal(Enumerable.Repeat("LeaseLost", 12), result.Errors.Select(static error => error.FullyQualifiedErrorId.Split(',')[0]));
        Assert.Equal("LeaseLost,OpenCode.Cmdlets.Commands.UseOcLockCommand", result.Errors[^1].FullyQualifiedErrorId);
        Assert.Equal(["1"], result.Output.Select(static o => o.ToString()));
        Assert.Equal([$"{int.Parse(before[0], System.Globalization.CultureInfo.InvariantCulture) + 1} 1 Pending 0 0 1"], shell.Texts(
            "$n = Get-OcTask $t; \"$($n.Version) $($n.Priority) $($n.Status) $((Get-OcTaskState $t).Data.Count) $(@(Get-OcTaskDecision $t).Count) $(@(Get-OcCheckpoint $t).Count)\""));
        Assert.Equal(["first"], shell.Texts("Get-OcTaskHistory $t -Level Info | ? { $_.Seq -eq $null } | % Message"));
        Assert.Empty(shell.Run("Get-OcLock; Get-OcTask | ? Name -eq late"));

        // The flow is over with the block: the session goes on as before.
        Assert.Equal(["7"], shell.Texts("($t | Set-OcTask -Priority 7 -PassThru).Priority"));
    }

    [Fact]
    public void LossOfTheLock_isToldAfterABlockThatWroteNothing()
    {
        using var shell = ModuleShell.Connected();
        using var other = shell.Another();
        shell.Set("other", new Action(() => other.Run("Unlock-OcResource -Owner ana -All -Confirm:$false")));
        var result = shell.Try("Use-OcLock db, cache -Owner ana { 1; $other.Invoke(); 2 }; 3");
        Assert.Equal(["1", "2", "3"], result.Output.Select(static o => o.ToString()));
        Assert.Equal("LeaseLost PermissionDenied String cache", Refusal.Of(Assert.Single(result.Errors)));
    }

    [Fact]
    public void Nesting_isUnderBothLocks_andTheOuterOneGoesOn()
    {
        using var shell = ModuleShell.Connected();
        using var other = shell.Another();
        shell.Set("other", new Action(() => other.Run("Unlock-OcResource -Owner inner -All -Confirm:$false")));
        var result = shell.Try("""
            $t = New-OcTask x
            Use-OcLock a -Owner outer {
                Use-OcLock b -Owner inner { $other.Invoke(); $t | Set-OcTask -Priority 1 }
                $t | Set-OcTask -Priority 2
                @(Get-OcLock).Resource
            }
            (Get-OcTask $t).Priority
            """);
        Assert.Equal(["a", "2"], result.Output.Select(static o => o.ToString()));
        Assert.Equal(["LeaseLost String b", "LeaseLost String b"], result.Errors.Select(static e => $"{e.FullyQualifiedErrorId.Split(',')[0]} {e.TargetObject.GetType().Name} {e.TargetObject}"));

        // And the other way round: what has lost the outer one does nothing under the inner one either.
        shell.Set("other", new Action(() => other.Run("Unlock-OcResource -Owner outer -All -Confirm:$false")));
        Assert.NotEmpty(shell.Try("Use-OcLock a -Owner outer { Use-OcLock b -Owner inner { $other.Invoke(); $t | Set-OcTask -Priority 3 } }").Errors);
        Assert.Equal(["2", "0"], shell.Texts($"(Get-OcTask $t).Priority; {Free}"));
    }

    [Fact]
    public void SameOwner_inside_excludesItself()
    {
        using var shell = ModuleShell.Connected();
        Assert.Equal("LockHeld ResourceBusy String db", Refusal.Of(shell.Error("Use-OcLock db { Use-OcLock db { 'not reached' } }")));
        Assert.Equal(["0"], shell.Texts(Free));
    }

    [Fact]
    public void AnotherRunspace_isNotUnderTheLock()
    {
        using var shell = ModuleShell.Connected();
        using var other = shell.Another();
        shell.Run("$t = New-OcTask x");
        other.Set("t", shell.One<AgentTask>("$t"));
        shell.Set("other", new Action(() => Elsewhere(() => other.Run("Unlock-OcResource -Owner ana -All -Confirm:$false; $t | Set-OcTask -Priority 5; $null = Use-OcLock db -Owner ben { $t | Set-OcTask -Priority 6 }"))));
        var result = shell.Try("Use-OcLock db -Owner ana { $other.Invoke(); $t | Set-OcTask -Priority 9 }; (Get-OcTask $t).Priority");
        Assert.Equal(["6"], result.Output.Select(static o => o.ToString()));
        Assert.Equal(["LeaseLost", "LeaseLost"], result.Errors.Select(static error => error.FullyQualifiedErrorId.Split(',')[0]));
    }

    [Fact]
    public void WhatTheBlockCalls_inAnotherRunspace_isUnderTheLock()
    {
        using var shell = ModuleShell.Connected();
        using var other = shell.Another();
        shell.Run("$t = New-OcTask x");
        other.Set("t", shell.One<AgentTask>("$t"));
        IReadOnlyList<System.Management.Automation.ErrorRecord> errors = [];
        shell.Set("taken", new Action(() => Elsewhere(() => other.Run("Unlock-OcResource -Owner ana -All -Confirm:$false"))));
        shell.Set("called", new Action(() => errors = other.Try("$t | Set-OcTask -Priority 5").Errors));
        shell.Try("Use-OcLock db -Owner ana { $taken.Invoke(); $called.Invoke() }");
        Assert.Equal("LeaseLost", Assert.Single(errors).FullyQualifiedErrorId.Split(',')[0]);

        // And when the block is over, that runspace is as free as before.
        Assert.Equal(["5"], other.Texts("($t | Set-OcTask -Priority 5 -PassThru).Priority"));
    }

    [Fact]
    public void Lock_isRenewed_whileTheBlockRuns()
    {
        using var shell = ModuleShell.Connected();

        // Longer than the lease: without renewal the lock would have ended, and with it the last change.
        Assert.Equal(["True", "3"], shell.Texts("""
            $t = New-OcTask x
            Use-OcLock db -LeaseSeconds 1 {
                param($l)
                do { $now = Get-OcLock db } until ($now.ExpiresAt -gt $l.ExpiresAt.AddSeconds(1.5))
                $now.Fence -eq $l.Fence
                ($t | Set-OcTask -Priority 3 -PassThru).Priority
            }
            """));
        Assert.Equal(["0"], shell.Texts(Free));
    }

    [Fact]
    public void Block_ofTwoRunspaces_runsOneAfterTheOther()
    {
        using var shell = ModuleShell.Connected();
        shell.Run("$t = New-OcTask x; $t | Set-OcTaskState @{ n = 0 }");
        var id = shell.One<string>("$t.Id");
        Parallel.For(0, 4, _ =>
        {
            using var one = shell.Another();
            one.Run($"1..5 | % {{ Use-OcLock counter -WaitSeconds 60 {{ $n = (Get-OcTaskState {id}).Data.n; Set-OcTaskState {id} @{{ n = $n + 1 }} }} }}");
        });
        Assert.Equal(["20", "0"], shell.Texts($"(Get-OcTaskState $t).Data.n; {Free}"));
    }

    [Fact]
    public void WhatIf_takesNothing_andRunsNothing()
    {
        using var shell = ModuleShell.Connected();
        Assert.Empty(shell.Run("Use-OcLock db { 'not reached' } -WhatIf"));
        Assert.Empty(shell.Run("Lock-OcResource db -WhatIf; Get-OcLock"));
        shell.Run("$l = Lock-OcResource db; $l | Unlock-OcResource -WhatIf; $null = $l | Lock-OcResource -Renew -LeaseSeconds 5000 -WhatIf");
        Assert.Equal(["True"], shell.Texts("(Get-OcLock db).ExpiresAt -eq $l.ExpiresAt"));
    }

    // As from another prompt: the flow of the block does not go there.
    private static void Elsewhere(Action deed)
    {
        using (ExecutionContext.SuppressFlow())
        {
            Task.Run(deed).GetAwaiter().GetResult();
        }
    }
}

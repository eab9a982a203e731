using OpenCode.Tests.Integration.Completion;
using OpenCode.Tests.Integration.Hosting;

namespace OpenCode.Tests.Integration.Cmdlets;

/// <summary>Locks at the prompt: taken, shown, renewed and given back. UseLockTests has the block that runs under one.</summary>
[Collection(HostingCollection.Name)]
public sealed class LockCmdletTests
{
    [Fact]
    public void Lock_isTheOperators_whenNobodyIsNamed_andEndsWithUnlock()
    {
        using var shell = ModuleShell.Connected();
        var lease = shell.One<Lease>("$l = Lock-OcResource db; $l");
        Assert.Equal(("db", "operator", LeaseMode.Exclusive, false), (lease.Resource, lease.Owner, lease.Mode, lease.Detached));
        Assert.Equal(["db"], shell.Texts("Get-OcLock | % Resource"));
        Assert.Empty(shell.Run("Unlock-OcResource db; Get-OcLock"));
        Assert.Equal("LeaseLost PermissionDenied String db", Refusal.Of(shell.Error("Unlock-OcResource db")));
    }

    [Fact]
    public void Lock_ofAnother_isLockHeld_alsoForTheSameOwner_andTellsWho()
    {
        using var shell = ModuleShell.Connected();
        shell.Run("$null = Lock-OcResource db -Owner ana");
        foreach (var owner in (string[])["ben", "ana"])
        {
            var error = shell.Error($"Lock-OcResource db -Owner {owner}");
            Assert.Equal("LockHeld ResourceBusy String db", Refusal.Of(error));
            Assert.Contains("'ana' (pid ", error.ToString());
        }

        Assert.Equal("LockTimeout OperationTimeout String db", Refusal.Of(shell.Error("Lock-OcResource db -Owner ben -WaitSeconds 0.2")));
        Assert.Equal(["ana"], shell.Texts("Get-OcLock db | % Owner"));
    }

    [Fact]
    public void SeveralResources_areTakenInOrder_orNoneOfThem()
    {
        using var shell = ModuleShell.Connected();
        Assert.Equal(["a", "b", "c"], shell.Texts("Lock-OcResource c, a, b | % Resource"));
        Assert.Equal("LockHeld ResourceBusy String b", Refusal.Of(shell.Error("Lock-OcResource x, b -Owner ana")));
        Assert.Empty(shell.Run("Get-OcLock x"));
        Assert.Empty(shell.Run("Get-OcLock | Unlock-OcResource; Get-OcLock"));
    }

    [Fact]
    public void CollaborativeLocks_standBesideEachOther_andBesideNoExclusiveOne()
    {
        using var shell = ModuleShell.Connected();
        shell.Run("$null = 'ana', 'ben' | % { Lock-OcResource db -Owner $_ -Collaborative }");
        Assert.Equal(["ana Collaborative", "ben Collaborative"], shell.Texts("Get-OcLock db | % { \"$($_.Owner) $($_.Mode)\" }"));
        Assert.Equal("LockHeld ResourceBusy String db", Refusal.Of(shell.Error("Lock-OcResource db -Owner eve")));
    }

    [Fact]
    public void Renewing_lengthensTheLock_andKeepsItsFence()
    {
        using var shell = ModuleShell.Connected();
        shell.Run("$l = Lock-OcResource db -Owner ana -LeaseSeconds 5");
        Assert.Equal(["True True ana"], shell.Texts("$r = $l | Lock-OcResource -Renew -LeaseSeconds 500; \"$($r.Fence -eq $l.Fence) $(($r.ExpiresAt - $l.ExpiresAt).TotalSeconds -gt 400) $($r.Owner)\""));

        // Without a time it is as long as it was asked for last; what is written out is the same as the object.
        Assert.Equal(["True"], shell.Texts("$s = Lock-OcResource db -Owner ana -Fence $l.Fence -Renew; ($s.ExpiresAt - $r.ExpiresAt).TotalSeconds -ge 0"));
        Assert.Equal("LeaseLost PermissionDenied String db", Refusal.Of(shell.Error("Lock-OcResource db -Owner ana -Fence 99999 -Renew")));
        Assert.Equal("LeaseLost PermissionDenied String db", Refusal.Of(shell.Error("$l | Unlock-OcResource; $l | Lock-OcResource -Renew")));
    }

    [Fact]
    public void LeaseOfAFile_isRenewedAndGivenBackToo()
    {
        using var shell = ModuleShell.Connected();
        shell.Run("$l = Lock-OcResource db -Owner ana -Detached; $d = [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($l))");
        Assert.Equal(["ana True"], shell.Texts("$d | Lock-OcResource -Renew | % { \"$($_.Owner) $($_.Detached)\" }"));
        Assert.Empty(shell.Run("$d | Unlock-OcResource; Get-OcLock"));
    }

    [Fact]
    public void OldFence_releasesNothing()
    {
        using var shell = ModuleShell.Connected();
        shell.Run("$old = Lock-OcResource db; $old | Unlock-OcResource; $new = Lock-OcResource db");
        Assert.Equal("LeaseLost PermissionDenied String db", Refusal.Of(shell.Error("$old | Unlock-OcResource")));
        Assert.Single(shell.Run("Get-OcLock db"));
        Assert.Empty(shell.Run("Unlock-OcResource db; Get-OcLock"));
    }

    [Fact]
    public void OneThatIsGone_doesNotKeepTheOthersFromBeingGivenBack()
    {
        using var shell = ModuleShell.Connected();
        shell.Run("$null = Lock-OcResource a, c");
        Assert.Equal("LeaseLost PermissionDenied String b", Refusal.Of(shell.Error("Unlock-OcResource a, b, c")));
        Assert.Empty(shell.Run("Get-OcLock"));
    }

    [Fact]
    public void LeaseOfATask_isNotLockedOrReleasedByHand_andTheErrorSaysWhatIs()
    {
        using var shell = ModuleShell.Connected();
        shell.Run("$t = New-OcTask x; $l = $t | Add-OcAgent ana");
        foreach (var script in (string[])["$l | Lock-OcResource -Renew", "$l | Unlock-OcResource", "Lock-OcResource $l.Resource", "Use-OcLock $l.Resource { }"])
        {
            var error = shell.Error(script);
            Assert.StartsWith("InvalidArgument,", error.FullyQualifiedErrorId);
            Assert.Contains("detach it", error.ToString());
        }

        Assert.Equal(["ana"], shell.Texts("(Get-OcTask $t).Agents"));
    }

    [Theory]
    [InlineData("Lock-OcResource ''", "ParameterArgumentValidationError InvalidData")]
    [InlineData("Lock-OcResource $null", "ParameterArgumentValidationError InvalidData")]
    [InlineData("Lock-OcResource ('x' * 256)", "InvalidArgument InvalidArgument")]
    [InlineData("Lock-OcResource \"a`nb\"", "InvalidArgument InvalidArgument")]
    [InlineData("Lock-OcResource hooks:x", "InvalidArgument InvalidArgument String hooks:x")]
    [InlineData("Lock-OcResource x -Owner \"a`nb\"", "InvalidArgument InvalidArgument")]
    [InlineData("Lock-OcResource x -LeaseSeconds 0", "ParameterArgumentValidationError InvalidData")]
    [InlineData("Lock-OcResource x -LeaseSeconds 99999999", "InvalidArgument InvalidArgument String x")]
    [InlineData("Lock-OcResource x -WaitSeconds -1", "ParameterArgumentValidationError InvalidData")]
    [InlineData("Lock-OcResource (1..65)", "LimitExceeded LimitsExceeded")]
    [InlineData("Unlock-OcResource x -Owner \"a`nb\"", "InvalidArgument InvalidArgument")]
    [InlineData("Unlock-OcResource -All", "AmbiguousParameterSet|MissingMandatoryParameter InvalidArgument")]
    public void WrongInput_isRefused_andNothingIsLocked(string script, string refusal)
    {
        using var shell = ModuleShell.Connected();
        var error = shell.Error(script);
        Assert.Matches($"^({refusal.Split(' ')[0]})", error.FullyQualifiedErrorId);
        Assert.StartsWith(refusal[(refusal.IndexOf(' ', StringComparison.Ordinal) + 1)..], Refusal.Of(error)[(error.FullyQualifiedErrorId.Split(',')[0].Length + 1)..]);
        Assert.Empty(shell.Run("Get-OcLock"));
    }

    [Fact]
    public void LeaseThatIsPipedToLock_withoutRenew_isNotTakenForAName()
    {
        using var shell = ModuleShell.Connected();
        Assert.NotEmpty(shell.Try("$l = Lock-OcResource db; $l | Lock-OcResource").Errors);
        Assert.Equal(["db"], shell.Texts("Get-OcLock | % Resource"));
    }

    [Fact]
    public void GetOcLock_findsByNamesPatternsAndOwner_andWhatIsFreeIsNoError()
    {
        using var shell = ModuleShell.Connected();
        shell.Run("$null = Lock-OcResource db/main, db/log, 'a[1]*' -Owner ana; $null = Lock-OcResource cache -Owner ben; $t = New-OcTask x; $null = $t | Add-OcAgent ana");
        foreach (var (script, expected) in new[]
        {
            ("Get-OcLock db/*", "db/log db/main"),
            ("Get-OcLock DB/*", ""),
            ("Get-OcLock db/ma?n", "db/main"),
            ("Get-OcLock db/[k-m]*", "db/log db/main"),
            ("Get-OcLock cache, db/*, db/log", "cache db/log db/main"),
            ("Get-OcLock nobody", ""),
            ("Get-OcLock none*", ""),
            ("Get-OcLock -Owner ben", "cache"),
            ("Get-OcLock db/* -Owner ben", ""),
            ("Get-OcLock 'a`[1`]`*'", "a[1]*"),
            ("'cache', 'db/log' | Get-OcLock", "cache db/log"),
            ("Get-OcLock db/log | Get-OcLock", "db/log"),
            ("[pscustomobject]@{ Resource = 'cache' } | Get-OcLock", "cache"),
            ("Get-OcLock task:*", "task:" + shell.One<string>("$t.Id")),
        })
        {
            Assert.Equal($"{script}: {expected}", $"{script}: {string.Join(' ', shell.Texts($"{script} | % Resource"))}");
        }
    }

    [Fact]
    public void UnlockAll_takesLocksAndTasks_andGivesThemWithPassThru()
    {
        using var shell = ModuleShell.Connected();
        shell.Run("$null = Lock-OcResource a, b -Owner ana; $null = Lock-OcResource c; $t = New-OcTask x; $l = $t | Add-OcAgent ana");

        // A host that cannot ask refuses, as with what has a high impact everywhere.
        Assert.NotEmpty(shell.Try("Unlock-OcResource -Owner ana -All").Errors);
        Assert.Equal(4, shell.Run("Get-OcLock").Count);
        Assert.Empty(shell.Run("Unlock-OcResource -Owner ana -All -WhatIf"));
        Assert.Equal(4, shell.Run("Get-OcLock").Count);
        Assert.Equal(["a", "b", "task:" + shell.One<string>("$t.Id")], shell.Texts("Unlock-OcResource -Owner ana -All -PassThru -Confirm:$false | % Resource").Order());
        Assert.Equal(["c"], shell.Texts("Get-OcLock | % Resource"));
        Assert.Equal("Pending", shell.Texts("(Get-OcTask $t).Status")[0]);
        Assert.StartsWith("LeaseLost,", shell.Error("$l | Add-OcTaskLog late").FullyQualifiedErrorId);
        Assert.Empty(shell.Run("$ConfirmPreference = 'None'; Unlock-OcResource -Owner nobody -All -PassThru"));
    }

    [Fact]
    public void Locks_areCounted()
    {
        using var shell = ModuleShell.Connected();
        shell.Run("$l = Lock-OcResource a, b; $null = Lock-OcResource c -Collaborative; $l | Unlock-OcResource");
        Assert.NotEmpty(shell.Try("Lock-OcResource c").Errors);
        Assert.Equal(["1 0 1 3 1 0"], shell.Texts("(Get-OcTaskStatistic).Locks | % { \"$($_.Active) $($_.Exclusive) $($_.Collaborative) $($_.Total) $($_.Conflicts) $($_.Waiting)\" }"));
        Assert.Matches(@"^1 Active, 1 Collaborative, 3 Total, 1 Conflicts, AverageHold \d+\.\d+ s$", shell.Texts("(Get-OcTaskStatistic).OcLocks")[0]);
    }

    [Fact]
    public void LocksAreTabbed_andTasksAreNot()
    {
        using var shell = ModuleShell.Connected();
        shell.Run("$null = Lock-OcResource db/main -Owner ana; $null = Lock-OcResource 'the cache' -Owner ben; $null = New-OcTask x | Add-OcAgent ada");
        Assert.Equal(["db/main", "'the cache'"], shell.TabTexts("Unlock-OcResource "));
        Assert.Equal(["'the cache'"], shell.TabTexts("Get-OcLock the"));
        Assert.Equal(["ada", "ana"], shell.TabTexts("Unlock-OcResource -All -Owner a"));
        Assert.Equal(["db/main"], shell.TabTexts("Use-OcLock d"));
    }
}

using System.Management.Automation;
using OpenCode.Tests.Integration.Hosting;

namespace OpenCode.Tests.Integration.Cmdlets;

/// <summary>Tasks that wait for others, as they are typed.</summary>
[Collection(HostingCollection.Name)]
public sealed class DependencyTests
{
    [Theory]
    [InlineData("New-OcTask c -DependsOn $a, $b")]
    [InlineData("New-OcTask c -DependsOn $a.Id, $b.Id")]
    [InlineData("New-OcTask c -DependsOn $a.Id.Substring(0, 31), $b")]
    [InlineData("New-OcTask c -DependsOn (Get-OcTaskState $a), $b.Id")]
    [InlineData("New-OcTask c -DependsOn @($a, $b, $a)")]
    [InlineData("'c' | New-OcTask -DependsOn $a, $b")]
    [InlineData("[pscustomobject]@{ Name = 'c'; DependsOn = $a, $b } | New-OcTask")]
    [InlineData("[pscustomobject]@{ Name = 'c'; DependsOn = $a.Id, $b.Id } | New-OcTask")]
    [InlineData("(New-OcTask source -DependsOn $a, $b) | % { [pscustomobject]@{ Name = 'c'; DependsOn = $_.DependsOn } } | New-OcTask")]
    public void Dependencies_areTakenInAnyForm_andReadInOrder(string script)
    {
        using var shell = ModuleShell.Connected();
        string[] ids = shell.Texts("$a = New-OcTask a; $b = New-OcTask b; $a.Id; $b.Id");
        var task = shell.One<AgentTask>(script);
        Assert.Equal(ids, task.DependsOn);
        Assert.False(task.Ready);
        Assert.Equal(["a", "b"], shell.Texts("Get-OcTask -Ready | % Name"));
        Assert.Equal(["c True"], shell.Texts("$null = $a, $b | Start-OcTask | Complete-OcTask; Get-OcTask -Ready | ? Name -eq c | % { \"$($_.Name) $($_.Ready)\" }"));
    }

    [Theory]
    [InlineData("New-OcTask c -DependsOn nonesuch", "TaskNotFound", ErrorCategory.ObjectNotFound, "nonesuch")]
    [InlineData("New-OcTask c -DependsOn a, nonesuch", "TaskNotFound", ErrorCategory.ObjectNotFound, "nonesuch")]
    [InlineData("New-OcTask c -DependsOn same_", "InvalidArgument", ErrorCategory.InvalidArgument, "same_")]
    [InlineData("New-OcTask c -DependsOn 'a*'", "InvalidArgument", ErrorCategory.InvalidArgument, "a*")]
    [InlineData("New-OcTask c -DependsOn $null", "InvalidArgument", ErrorCategory.InvalidArgument, null)]
    [InlineData("New-OcTask c -DependsOn ''", "InvalidArgument", ErrorCategory.InvalidArgument, null)]
    [InlineData("New-OcTask c -DependsOn a, $null", "InvalidArgument", ErrorCategory.InvalidArgument, null)]
    [InlineData("New-OcTask c -DependsOn ([version]'1.2')", "InvalidArgument", ErrorCategory.InvalidArgument, "c")]
    [InlineData("New-OcTask c -Id c -DependsOn c", "InvalidArgument", ErrorCategory.InvalidArgument, "c")]
    public void Dependency_thatIsNoOneTask_isRefused(string script, string id, ErrorCategory category, string? target)
    {
        using var shell = ModuleShell.Connected();
        shell.Run("$null = New-OcTask x -Id a; $null = New-OcTask x -Id same_1; $null = New-OcTask x -Id same_2");
        var error = shell.Error(script);
        Assert.Equal((id, category), (error.FullyQualifiedErrorId.Split(',')[0], error.CategoryInfo.Category));
        if (target is not null)
        {
            Assert.Equal(target, error.TargetObject?.ToString());
        }

        Assert.Equal(3, shell.Run("Get-OcTask").Count);
    }

    [Fact]
    public void EmptyList_isNoDependency()
    {
        using var shell = ModuleShell.Connected();
        Assert.True(shell.One<AgentTask>("New-OcTask c -DependsOn @()").Ready);
        Assert.Equal(["True", "True"], shell.Texts("[pscustomobject]@{ Name = 'd'; DependsOn = '' }, [pscustomobject]@{ Name = 'e'; DependsOn = $null } | New-OcTask | % Ready"));
    }

    [Fact]
    public void Plan_fromThePipeline_isCreatedInAnyOrder_allOrNone()
    {
        using var shell = ModuleShell.Connected();
        const string Plan = "[pscustomobject]@{ Id = 'ship'; Name = 'Ship'; DependsOn = 'test', 'write' }, [pscustomobject]@{ Id = 'test'; Name = 'Test'; DependsOn = 'write' }, [pscustomobject]@{ Id = 'write'; Name = 'Write'; DependsOn = $null }";
        Assert.Equal(["ship", "test", "write"], shell.Texts($"{Plan} | New-OcTask | % Id"));
        Assert.Equal(["write"], shell.Texts("Get-OcTask -Ready | % Id"));
        shell.Run("Get-OcTask | Remove-OcTask -Confirm:$false");

        var ring = shell.Try($"{Plan}, [pscustomobject]@{{ Id = 'more'; Name = 'More'; DependsOn = 'last' }}, [pscustomobject]@{{ Id = 'last'; Name = 'Last'; DependsOn = 'more' }} | New-OcTask");
        Assert.Empty(ring.Output);
        Assert.StartsWith("InvalidArgument,", Assert.Single(ring.Errors).FullyQualifiedErrorId);
        Assert.Contains("'more' → 'last' → 'more'", ring.Errors[0].ToString());
        Assert.Empty(shell.Run("Get-OcTask"));
    }

    [Fact]
    public void Ready_isAFilterLikeTheOthers_byPriorityThenAge()
    {
        using var shell = ModuleShell.Connected();
        shell.Run("$first = New-OcTask first -Owner ana; $null = New-OcTask second; $null = New-OcTask urgent -Priority 5 -Owner ana; $waits = New-OcTask waits -DependsOn $first -Priority 9; $null = New-OcTask gone | Stop-OcTask");
        Assert.Equal(["urgent", "first", "second"], shell.Texts("Get-OcTask -Ready | % Name"));
        Assert.Equal(["urgent"], shell.Texts("Get-OcTask -Ready -First 1 | % Name"));
        Assert.Equal(["first"], shell.Texts("Get-OcTask -Ready -Owner ana -Skip 1 | % Name"));
        Assert.Empty(shell.Run("Get-OcTask -Ready -Status Running"));
        Assert.Empty(shell.Run("Get-OcTask $waits -Ready"));
        Assert.Single(shell.Run("Get-OcTask $first -Ready"));
        Assert.Equal("3", shell.Texts("(Get-OcTask -Ready -First 1 -IncludeTotalCount)[0].ToString()")[0].Split(' ')[^1]);
    }

    [Fact]
    public void Start_ofATaskThatWaits_namesWhatItWaitsFor()
    {
        using var shell = ModuleShell.Connected();
        shell.Run("$null = New-OcTask x -Id before; $t = New-OcTask x -DependsOn before");
        foreach (var script in (string[])["$t | Start-OcTask", "$t | Add-OcAgent worker", "$t | Resume-OcTask"])
        {
            var error = shell.Error(script);
            Assert.Equal(("InvalidTransition", ErrorCategory.InvalidOperation), (error.FullyQualifiedErrorId.Split(',')[0], error.CategoryInfo.Category));
            Assert.Contains("'before' is Pending: start and complete it", error.ToString());
        }

        Assert.Equal(["Running"], shell.Texts("Remove-OcTask before -Confirm:$false; ($t | Start-OcTask).Status"));
    }
}

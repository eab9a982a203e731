using System.Management.Automation;
using OpenCode.Tests.Integration.Hosting;

namespace OpenCode.Tests.Integration.Cmdlets;

/// <summary>Finding tasks, who works on what, and the store in numbers, as they are typed.</summary>
[Collection(HostingCollection.Name)]
public sealed class ReadingTests
{
    private const string Tasks = "$a = New-OcTask 'Make the report fast' -Owner ana -Metadata @{ ticket = 1741; place = @{ x = 1; y = 'z' } }; $b = New-OcTask 'Fix login' -Description 'The report of Monday'; $c = New-OcTask 'Write more' -Owner ana; $null = $c | Start-OcTask";

    [Theory]
    [InlineData("Find-OcTask report", "Make the report fast|Fix login")]
    [InlineData("Find-OcTask -Query 'repo'", "Make the report fast|Fix login")]
    [InlineData("fdoct '\"report fast\"'", "Make the report fast")]
    [InlineData("Find-OcTask 'report monday'", "Fix login")]
    [InlineData("Find-OcTask 'what: (is) \"this\"'", "")]
    [InlineData("Find-OcTask report -Owner ana", "Make the report fast")]
    [InlineData("Find-OcTask report -First 1", "Make the report fast")]
    [InlineData("Find-OcTask -Match '^(fix|write)'", "Write more|Fix login")]
    [InlineData("Find-OcTask -Match 'O' -Status Running, Failed", "Write more")]
    [InlineData("Find-OcTask -Owner ana", "Write more|Make the report fast")]
    [InlineData("Find-OcTask -Owner nobody", "")]
    [InlineData("Find-OcTask -Metadata @{ ticket = 1741 }", "Make the report fast")]
    [InlineData("Find-OcTask -Metadata @{ place = @{ y = 'z'; x = 1 } }", "Make the report fast")]
    [InlineData("Find-OcTask -Metadata '{\"place\":{\"x\":1,\"y\":\"z\"}}'", "Make the report fast")]
    [InlineData("Find-OcTask -Metadata ([pscustomobject]@{ ticket = 1741 }) -Query fast -Match report -Status Pending -Owner ana", "Make the report fast")]
    [InlineData("Find-OcTask -Metadata @{ ticket = '1741' }", "")]
    [InlineData("Find-OcTask report | Stop-OcTask | Find-OcTask -Status Cancelled -First 1", "Fix login")]
    public void Find_combinesWhatIsGiven(string script, string names)
    {
        using var shell = ModuleShell.Connected();
        shell.Run(Tasks);
        Assert.Equal(names.Split('|', StringSplitOptions.RemoveEmptyEntries), script.Contains("Stop-OcTask", StringComparison.Ordinal) ? shell.Texts("$null = Find-OcTask report | Stop-OcTask; Find-OcTask -Status Cancelled -First 1 | % Name") : shell.Texts($"{script} | % Name"));
    }

    [Theory]
    [InlineData("Find-OcTask", "InvalidArgument", null)]
    [InlineData("Find-OcTask -First 3", "InvalidArgument", null)]
    [InlineData("Find-OcTask -Metadata @{}", "InvalidArgument", null)]
    [InlineData("Find-OcTask ''", "InvalidArgument", "")]
    [InlineData("Find-OcTask '***'", "InvalidArgument", "***")]
    [InlineData("Find-OcTask -Match '('", "InvalidArgument", "(")]
    [InlineData("Find-OcTask x -Metadata '[1]'", "InvalidArgument", "x")]
    [InlineData("Find-OcTask x -Status Nonesuch", "CannotConvertArgument", null)]
    [InlineData("Find-OcTask $null", "ParameterArgumentValidationError", null)]
    [InlineData("Find-OcTask x -Match ''", "ParameterArgumentValidationError", null)]
    [InlineData("Find-OcTask x -First 0", "ParameterArgumentValidationError", null)]
    public void Find_refusesWhatItCannotLookFor(string script, string id, string? target)
    {
        using var shell = ModuleShell.Connected();
        shell.Run(Tasks);
        var error = shell.Error(script);
        Assert.StartsWith(id, error.FullyQualifiedErrorId);
        Assert.True(error.CategoryInfo.Category is ErrorCategory.InvalidArgument or ErrorCategory.InvalidData, error.CategoryInfo.ToString());
        if (target is not null)
        {
            Assert.Equal(target, error.TargetObject?.ToString());
        }
    }

    [Fact]
    public void Statistic_isOneObject_thatReadsWell()
    {
        using var shell = ModuleShell.Connected();
        Assert.Equal(0, shell.One<TaskStatistic>("Get-OcTaskStatistic").Total);
        shell.Run(Tasks + "; $null = $c | Complete-OcTask; $null = $b | Add-OcAgent worker; $null = 1..5 | New-OcTask -DependsOn $a");
        var statistic = shell.One<TaskStatistic>("$s = Get-OcTaskStatistic; $s");
        Assert.Equal((8L, 1L, new StatusCounts(6, 1, 1, 0, 0)), (statistic.Total, statistic.Ready, statistic.ByStatus));
        Assert.Equal(new LockStatistic(1, 1, 0, 0) { Total = 1 }, statistic.Locks);
        Assert.Equal(["6 system 6", "1 True", "5 5"], shell.Texts("\"$($s.ByStatus.Pending) $($s.ByOwner[0].Owner) $($s.ByOwner[0].Count)\"; \"$($s.Durations.Count) $($s.Durations.P50 -ge [timespan]::Zero)\"; \"$($s.Recent.Count) $($s.Recent[0].Name)\""));
        Assert.Equal(["2", "0"], shell.Texts("(goctst -Recent 2).Recent.Count; (goctst -Recent 0).Recent.Count"));
        Assert.StartsWith("ParameterArgumentValidationError", shell.Error("Get-OcTaskStatistic -Recent -1").FullyQualifiedErrorId);
    }

    [Theory]
    [InlineData("Get-OcAgent", "ana one|bob two|anna two")]
    [InlineData("goca ana", "ana one")]
    [InlineData("Get-OcAgent an*", "ana one|anna two")]
    [InlineData("Get-OcAgent AN*", "")]
    [InlineData("Get-OcAgent bob, ana", "bob two|ana one")]
    [InlineData("Get-OcAgent -Task $two", "bob two|anna two")]
    [InlineData("Get-OcAgent -Task $two.Id", "bob two|anna two")]
    [InlineData("Get-OcAgent b* -Task $two.Id.Substring(0, 31)", "bob two")]
    [InlineData("$one, $two | Get-OcAgent", "ana one|bob two|anna two")]
    [InlineData("Get-OcTask -Status Running | Get-OcAgent *a", "anna two|ana one")]
    [InlineData("Get-OcAgent bob | Get-OcAgent", "bob two|anna two")]
    [InlineData("[pscustomobject]@{ TaskId = $one.Id } | Get-OcAgent", "ana one")]
    [InlineData("Get-OcAgent nobody*", "")]
    [InlineData("Get-OcAgent -Task $idle", "")]
    public void Agents_areThoseAttachedNow(string script, string agents)
    {
        using var shell = ModuleShell.Connected();
        shell.Run("$one = New-OcTask one; $two = New-OcTask two -Mode Collaborative; $idle = New-OcTask idle; $null = $one | Add-OcAgent ana; $null = $two | Add-OcAgent bob; $null = $two | Add-OcAgent anna");
        Assert.Equal(agents.Split('|', StringSplitOptions.RemoveEmptyEntries), shell.Texts($"{script} | % {{ \"$($_.AgentId) $($_.TaskName)\" }}"));
    }

    [Fact]
    public void Agents_flowIntoWhatDetachesThem()
    {
        using var shell = ModuleShell.Connected();
        shell.Run("$one = New-OcTask one; $two = New-OcTask two -Mode Collaborative; $null = $one | Add-OcAgent ana; $null = $two | Add-OcAgent bob; $null = $two | Add-OcAgent anna");
        shell.Run("Get-OcAgent an* | Remove-OcAgent");
        Assert.Equal(["bob"], shell.Texts("Get-OcAgent | % Agent"));
        Assert.Equal(["x"], shell.Texts("$null = Get-OcAgent bob | Add-OcTaskLog x; (Get-OcTaskHistory $two -Last 1).Message"));
        var old = shell.Run("$old = Get-OcAgent bob; $null = $two | Add-OcAgent bob; $old");
        Assert.Single(old);
        Assert.StartsWith("LeaseLost,", shell.Error("$old | Remove-OcAgent").FullyQualifiedErrorId);
    }

    [Theory]
    [InlineData("Get-OcAgent nobody", "AgentNotAttached", ErrorCategory.PermissionDenied, "nobody")]
    [InlineData("Get-OcAgent nobody, ana", "AgentNotAttached", ErrorCategory.PermissionDenied, "nobody")]
    [InlineData("Get-OcAgent ana -Task other", "AgentNotAttached", ErrorCategory.PermissionDenied, "ana")]
    [InlineData("Get-OcAgent -Task nonesuch", "TaskNotFound", ErrorCategory.ObjectNotFound, "nonesuch")]
    [InlineData("Get-OcAgent -Task o", "InvalidArgument", ErrorCategory.InvalidArgument, "o")]
    [InlineData("Get-OcAgent -Task ([version]'1.2')", "InvalidArgument", ErrorCategory.InvalidArgument, "1.2")]
    [InlineData("Get-OcAgent ''", "ParameterArgumentValidationError", ErrorCategory.InvalidData, null)]
    [InlineData("Get-OcAgent $null", "ParameterArgumentValidationError", ErrorCategory.InvalidData, null)]
    public void Agent_thatIsNotThere_isAnError(string script, string id, ErrorCategory category, string? target)
    {
        using var shell = ModuleShell.Connected();
        shell.Run("$null = New-OcTask one -Id one | Add-OcAgent ana; $null = New-OcTask other -Id other");
        var error = shell.Error(script);
        Assert.Equal((id, category), (error.FullyQualifiedErrorId.Split(',')[0], error.CategoryInfo.Category));
        if (target is not null)
        {
            Assert.Equal(target, error.TargetObject?.ToString());
        }
    }
}

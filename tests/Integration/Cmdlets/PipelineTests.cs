using OpenCode.Tests.Integration.Hosting;

namespace OpenCode.Tests.Integration.Cmdlets;

/// <summary>Objects flow from cmdlet to cmdlet.</summary>
[Collection(HostingCollection.Name)]
public sealed class PipelineTests
{
    [Theory]
    [InlineData("$t")]
    [InlineData("$t.Id")]
    [InlineData("$t.Id.Substring(0, 20)")]
    [InlineData("$c")]
    [InlineData("$l")]
    [InlineData("(Get-OcTaskState $t)")]
    [InlineData("([pscustomobject]@{ TaskId = $t.Id; Id = 'exec_other' })")]
    [InlineData("([pscustomobject]@{ Id = $t.Id })")]
    [InlineData("([pscustomobject]@{ Task = $t })")]
    public void Task_isTakenInAnyForm(string form)
    {
        using var shell = ModuleShell.Connected();
        var id = shell.One<string>("$t = New-OcTask x; $l = $t | Add-OcAgent a; $c = $t | New-OcCheckpoint; $t.Id");
        Assert.Equal([id, id, id], shell.Texts($"({form} | Get-OcTaskState).TaskId; (Get-OcTaskState {form}).TaskId; (Get-OcTaskState -Id {form}).TaskId"));
        Assert.Equal(id, shell.One<AgentTask>($"{form} | Get-OcTask").Id);
    }

    [Theory]
    [InlineData("Get-OcTask -Status Pending | Add-OcAgent reviewer")]
    [InlineData("Get-OcTask -Status Pending | Add-OcAgent -Agent reviewer")]
    [InlineData("Add-OcAgent $t reviewer")]
    [InlineData("Add-OcAgent -Agent reviewer -Task $t")]
    [InlineData("Add-OcAgent reviewer -Task $t")]
    public void Agent_isTakenWhereItStands(string script)
    {
        using var shell = ModuleShell.Connected();
        shell.Run("$t = New-OcTask x");
        var lease = shell.One<Lease>(script);
        Assert.Equal("reviewer", lease.Owner);
        Assert.Equal(["reviewer"], shell.One<AgentTask>("Get-OcTask $t").Agents);
    }

    [Fact]
    public void SecondArgument_forManyTasks_isTheSameForAll()
    {
        using var shell = ModuleShell.Connected();
        shell.Run("$null = 1..3 | New-OcTask");
        Assert.Equal(["reviewer", "reviewer", "reviewer"], shell.Texts("Get-OcTask | Add-OcAgent reviewer | % Owner"));
        Assert.Equal(["hello", "hello", "hello"], shell.Texts("Get-OcTask | Add-OcTaskLog hello -PassThru | % Message"));
        Assert.Equal(3, shell.Run("Get-OcTask | New-OcCheckpoint 'a point'").Count);
    }

    [Fact]
    public void TaskGivenTwice_isRefused()
    {
        using var shell = ModuleShell.Connected();
        shell.Run("$t = New-OcTask x");
        Assert.StartsWith("InvalidArgument,", shell.Error("$t | Start-OcTask $t").FullyQualifiedErrorId);
        Assert.StartsWith("InvalidArgument,", shell.Error("$t | Add-OcAgent $t -Agent b").FullyQualifiedErrorId);
        Assert.Equal(AgentTaskStatus.Pending, shell.One<AgentTask>("Get-OcTask $t").Status);
    }

    [Fact]
    public void Properties_ofAnyObject_bindByName()
    {
        using var shell = ModuleShell.Connected();
        shell.Run("$t = New-OcTask x");
        Assert.Equal(["first Warn", "second Error"], shell.Texts(
            "[pscustomobject]@{ Message = 'first'; Level = 'Warn' }, [pscustomobject]@{ Message = 'second'; Level = 'Error' } | Add-OcTaskLog -Task $t -PassThru | % { \"$($_.Message) $($_.Level)\" }"));
        Assert.Equal(["n1 3 system 1", "n2 0 me "], shell.Texts(
            "[pscustomobject]@{ Name = 'n1'; Priority = 3; Metadata = @{ z = 1 } }, [pscustomobject]@{ Name = 'n2'; Owner = 'me' } | New-OcTask | % { \"$($_.Name) $($_.Priority) $($_.Owner) $($_.Metadata.z)\" }"));
    }

    [Fact]
    public void Lease_carriesAgentAndFence()
    {
        using var shell = ModuleShell.Connected();
        shell.Run("$t = New-OcTask x; $l = $t | Add-OcAgent a");
        Assert.Contains("agent 'a'", shell.One<string>("$null = $l | Complete-OcTask -ErrorMessage 'it broke'; (Get-OcTaskHistory $t -Last 1).Message"));
        shell.Run("$null = $t | Resume-OcTask b");
        Assert.Contains(shell.Error("$l | Add-OcTaskLog late").FullyQualifiedErrorId.Split(',')[0], (string[])["LeaseLost", "AgentNotAttached"]);
    }

    [Theory]
    [InlineData("$c | Restore-OcCheckpoint -Confirm:$false")]
    [InlineData("$c.Id | Restore-OcCheckpoint -Confirm:$false")]
    [InlineData("$t | Restore-OcCheckpoint $c -Confirm:$false")]
    [InlineData("$t | Restore-OcCheckpoint -Checkpoint $c.Id -Confirm:$false")]
    [InlineData("Restore-OcCheckpoint $t $c.Id -Confirm:$false")]
    [InlineData("Restore-OcCheckpoint $c.Id -Confirm:$false")]
    [InlineData("Restore-OcCheckpoint -Checkpoint $c -Confirm:$false")]
    public void Checkpoint_isTakenInAnyForm(string script)
    {
        using var shell = ModuleShell.Connected();
        shell.Run("$t = New-OcTask x; $c = $t | New-OcCheckpoint; $t | Set-OcTaskState @{ a = 1 }");
        Assert.Equal(shell.Texts("$c.Id"), shell.Texts($"({script}).Restored.Id"));
        Assert.Equal(["{}"], shell.Texts("(Get-OcTaskState $t).Data.ToString()"));
        Assert.Equal(2, shell.Run("$t | Get-OcCheckpoint").Count);
    }

    [Fact]
    public void Resume_fromACheckpoint_findsItsTask()
    {
        using var shell = ModuleShell.Connected();
        shell.Run("$t = New-OcTask x; $c = $t | New-OcCheckpoint; $null = $t | Stop-OcTask 'enough'");
        Assert.Equal(AgentTaskStatus.Running, shell.One<AgentTask>("Resume-OcTask -Checkpoint $c.Id").Status);
        shell.Run("$null = $t | Stop-OcTask");
        Assert.Equal(["a"], shell.One<AgentTask>("$c | Resume-OcTask -Agent a").Agents);
    }
}

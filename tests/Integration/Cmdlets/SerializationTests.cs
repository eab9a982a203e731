using OpenCode.Tests.Integration.Hosting;

namespace OpenCode.Tests.Integration.Cmdlets;

/// <summary>Objects that went through a job, another session or a file: what they were is to be read from them, and they still name their task.</summary>
[Collection(HostingCollection.Name)]
public sealed class SerializationTests
{
    private const string Copy = "function through($o) { [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($o)) }; ";

    private const string Setup = Copy + """
        $t = New-OcTask x -Metadata @{ a = 1; nested = @{ list = 1, 2; deep = @{ x = @{ y = 5 } } } }
        $l = $t | Add-OcAgent ana
        $l | Set-OcTaskState @{ step = 1 }
        $c = $t | New-OcCheckpoint 'a point'
        """;

    [Theory]
    [InlineData("$t")]
    [InlineData("$l")]
    [InlineData("$c")]
    [InlineData("(Get-OcTaskState $t)")]
    [InlineData("($t | Repair-OcTask)")]
    public void Copy_ofAnObject_namesItsTask(string form)
    {
        using var shell = ModuleShell.Connected();
        var id = shell.One<string>($"{Setup}; $t.Id");
        Assert.Equal([id, id, id, id], shell.Texts($"$d = through {form}; $d.pstypenames[0].StartsWith('Deserialized.OpenCode.') | ? {{ -not $_ }}; ($d | Get-OcTaskState).TaskId; (Get-OcTaskState $d).TaskId; ($d | Get-OcTask).Id; ($d | Wait-OcTask -Status Running).Id"));
    }

    [Fact]
    public void Copy_ofALease_carriesAgentAndFence()
    {
        using var shell = ModuleShell.Connected();
        shell.Run(Setup);
        Assert.Equal(["ana"], shell.Texts("(through $l) | Add-OcTaskLog 'from a job'; (Get-OcTaskHistory $t -Last 1).Data.agent"));
        Assert.Equal(["Completed"], shell.Texts("((through $l) | Complete-OcTask).Status"));
    }

    [Fact]
    public void Copy_ofACheckpoint_isStillOne()
    {
        using var shell = ModuleShell.Connected();
        shell.Run(Setup + "; $l | Remove-OcAgent");
        Assert.Equal(shell.Texts("$c.Id"), shell.Texts("((through $c) | Restore-OcCheckpoint -Confirm:$false).Restored.Id"));
        Assert.Equal(shell.Texts("$c.Id"), shell.Texts("(Restore-OcCheckpoint -Checkpoint (through $c) -Confirm:$false).Restored.Id"));

        // Resuming from it restores it, and does not merely resume its task.
        Assert.Equal(["Running", "{\"step\":1}"], shell.Texts("$t | Set-OcTaskState @{ step = 2 }; ((through $c) | Resume-OcTask).Status; (Get-OcTaskState $t).Data.ToString()"));
        shell.Run("(through $c) | Remove-OcCheckpoint -Confirm:$false");
        Assert.DoesNotContain(shell.Texts("$c.Id")[0], shell.Texts("Get-OcCheckpoint $t | % Id"));
    }

    [Fact]
    public void Copy_keepsMetadataResultAndNestedValues()
    {
        using var shell = ModuleShell.Connected();
        shell.Run(Setup + "; $t = $l | Complete-OcTask @{ fine = @{ really = $true; list = 1, 2 } } -Message 'done'; $d = through $t");
        Assert.Equal(["1 2 5", "Completed", "True True 2 done"], shell.Texts(
            "\"$($d.Metadata.a) $($d.Metadata.nested.list[1]) $($d.Metadata.nested.deep.x.y)\"; $d.Status; \"$($d.Result.Success) $($d.Result.Data.fine.really) $($d.Result.Data.fine.list[1]) $($d.Result.Message)\""));
        Assert.Equal(["state.json logs.jsonl decisions.md 64"], shell.Texts("$k = through $c; \"$($k.Files.Name) $($k.Files[0].Sha256.Length)\""));
        Assert.Equal(["1"], shell.Texts("(through (Get-OcTaskState $t)).Data.step"));

        // What came back can be handed on as data.
        Assert.Equal(["5 2"], shell.Texts("$n = New-OcTask y -Metadata $d.Metadata; \"$($n.Metadata.nested.deep.x.y) $($n.Metadata.nested.list[1])\""));
    }

    [Fact]
    public void Copy_ofWhatHoldsATask_keepsTheTask()
    {
        using var shell = ModuleShell.Connected();
        var id = shell.One<string>(Setup + "; $l | Remove-OcAgent; $r = through ($c | Restore-OcCheckpoint -Confirm:$false); $t.Id");
        Assert.Equal([id, "Pending", id], shell.Texts("$r.Task.Id; $r.Task.Status; ($r | Get-OcTask).Id"));
        Assert.Equal(shell.Texts("$c.Id"), shell.Texts("$r.Restored.Id"));
    }
}

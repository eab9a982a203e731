using OpenCode.Tests.Integration.Hosting;

namespace OpenCode.Tests.Integration.Cmdlets;

[Collection(HostingCollection.Name)]
public sealed class TaskCmdletTests
{
    [Theory]
    [InlineData("@{ n = $null; s = 'a'; i = 1; l = 1, 2; o = @{ b = $true } }")]
    [InlineData("([pscustomobject]@{ n = $null; s = 'a'; i = 1; l = 1, 2; o = [pscustomobject]@{ b = $true } })")]
    [InlineData("'{ \"n\": null, \"s\": \"a\", \"i\": 1, \"l\": [1, 2], \"o\": { \"b\": true } }'")]
    [InlineData("((New-OcTask source -Metadata @{ n = $null; s = 'a'; i = 1; l = 1, 2; o = @{ b = $true } }).Metadata)")]
    public void Metadata_isTakenInAnyForm(string metadata)
    {
        using var shell = ModuleShell.Connected();
        var task = shell.One<AgentTask>($"New-OcTask x -Metadata {metadata}");
        Assert.Null(task.Metadata["n"]);
        Assert.Equal("a", task.Metadata["s"]);
        Assert.Equal(1L, task.Metadata["i"]);
        Assert.Equal([1L, 2L], Assert.IsType<object[]>(task.Metadata["l"]));
        Assert.Equal(true, Assert.IsType<JsonMap>(task.Metadata["o"])["b"]);
        Assert.Equal(["a 2 True"], shell.Texts("$m = (Get-OcTask -First 1).Metadata; \"$($m.s) $($m.l[1]) $($m.o.b)\""));
    }

    [Theory]
    [InlineData("'plain text'", "plain text")]
    [InlineData("'[done] but not JSON'", "[done] but not JSON")]
    [InlineData("'5'", "5")]
    [InlineData("5", 5L)]
    [InlineData("$null", null)]
    [InlineData("$true", true)]
    public void Result_ofAPlainValue_isItself(string result, object? expected)
    {
        using var shell = ModuleShell.Connected();
        var task = shell.One<AgentTask>($"New-OcTask x | Start-OcTask | Complete-OcTask -Result {result}");
        Assert.Equal(AgentTaskStatus.Completed, task.Status);
        Assert.Equal(expected, task.Result?.Data);
    }

    [Fact]
    public void Result_ofAnObject_isJson()
    {
        using var shell = ModuleShell.Connected();
        Assert.Equal(["{\"a\":[1,{\"b\":2}]}"], shell.Texts("(New-OcTask x | Start-OcTask | Complete-OcTask '{\"a\":[1,{\"b\":2}]}').Result.Data.ToString()"));
        Assert.Equal(["x"], shell.Texts("(New-OcTask x | Start-OcTask | Complete-OcTask -Result (Get-OcTask -First 1)).Result.Data.Name"));
    }

    [Fact]
    public void Complete_withAnErrorMessage_fails()
    {
        using var shell = ModuleShell.Connected();
        var task = shell.One<AgentTask>("New-OcTask x | Start-OcTask | Complete-OcTask -ErrorMessage 'it broke' -Result @{ at = 3 }");
        Assert.Equal((AgentTaskStatus.Failed, "it broke"), (task.Status, task.Error));
    }

    [Fact]
    public void Get_filtersAndPages()
    {
        using var shell = ModuleShell.Connected();
        shell.Run("$null = 1..10 | New-OcTask -Owner ana; $null = 11..14 | New-OcTask -Owner bo; $null = Get-OcTask -Owner bo -First 2 | Add-OcAgent worker");
        Assert.Equal(["10", "9"], shell.Texts("Get-OcTask -Owner ana -First 2 | % Name"));
        Assert.Equal(["2", "1"], shell.Texts("Get-OcTask -Owner ana -Skip 8 | % Name"));
        Assert.Equal(2, shell.Run("Get-OcTask -Status Running, Failed").Count);
        Assert.Equal(2, shell.Run("Get-OcTask -Agent worker").Count);
        Assert.Empty(shell.Run("Get-OcTask -First 0"));
        Assert.Equal(14, shell.Run("Get-OcTask task_*").Count);
        Assert.Empty(shell.Run("Get-OcTask nonesuch*"));
        Assert.Equal("10", shell.Texts("(Get-OcTask -Owner ana -First 1 -IncludeTotalCount)[0].ToString()")[0].Split(' ')[^1]);
        Assert.Empty(shell.Run("Get-OcTask -Owner ana -First 1 | Get-OcTask -Status Failed"));
    }

    [Fact]
    public void New_fromThePipeline_keepsTheOrder()
    {
        using var shell = ModuleShell.Connected();
        var names = shell.Texts("1..1200 | New-OcTask | % Name");
        Assert.Equal(Enumerable.Range(1, 1200).Select(static i => $"{i}"), names);
        Assert.Equal(1200, shell.Run("Get-OcTask").Count);
    }

    [Fact]
    public void Set_changesWhatIsNamed_andNoMore()
    {
        using var shell = ModuleShell.Connected();
        var task = shell.One<AgentTask>("New-OcTask x -Owner ana -Metadata @{ a = 1; b = 2 } | Set-OcTask -Priority 5 -Metadata @{ b = $null; c = 3 } -PassThru");
        Assert.Equal(("x", "ana", 5, "{\"a\":1,\"c\":3}"), (task.Name, task.Owner, task.Priority, task.Metadata.ToString()));
        Assert.Empty(shell.Run("Get-OcTask | Set-OcTask -Name y"));
    }

    [Fact]
    public void Memory_readsBackWhatWasWritten()
    {
        using var shell = ModuleShell.Connected();
        shell.Run("$t = New-OcTask x; $l = $t | Add-OcAgent a; $l | Add-OcTaskDecision 'this' -Reasoning 'that' -Metadata @{ k = 1 }; $t | Add-OcTaskLog 'noise' -Level Debug; $t | Add-OcTaskLog 'bad' -Level Error -Data @{ n = 1 }");
        Assert.Equal(["this that 1 a"], shell.Texts("Get-OcTaskDecision $t -Agent a -Last 1 | % { \"$($_.Decision) $($_.Reasoning) $($_.Metadata.k) $($_.AgentId)\" }"));
        Assert.Equal(["bad 1"], shell.Texts("Get-OcTaskHistory $t -Level Warn | % { \"$($_.Message) $($_.Data.n)\" }"));
        Assert.Equal(["bad"], shell.Texts("(Get-OcTaskHistory $t -Last 1).Message"));
        Assert.Empty(shell.Run("Get-OcTaskHistory $t -Before 2001-01-01"));
        Assert.Equal(["{\"a\":1,\"b\":2}", "{\"c\":3}"], shell.Texts("$t | Set-OcTaskState @{ a = 1 }; ($t | Set-OcTaskState @{ b = 2 } -PassThru).Data.ToString(); ($t | Set-OcTaskState '{\"c\":3}' -Replace -PassThru).Data.ToString()"));
        Assert.True(shell.One<bool>("($t | Repair-OcTask).Healthy"));
    }

    [Fact]
    public void History_ofAMalformedLine_warns()
    {
        using var shell = ModuleShell.Connected();
        var id = shell.One<string>("$t = New-OcTask x; $t.Id");
        File.AppendAllText(Path.Combine(shell.Folder, "tasks", id, "logs.jsonl"), "not json\n");
        shell.Run("$t | Add-OcTaskLog after");
        var result = shell.Try("Get-OcTaskHistory $t");
        Assert.Equal("after", ((LogEntry)result.Output[^1].BaseObject).Message);
        Assert.Contains("1 lines", Assert.Single(result.Warnings));
    }
}

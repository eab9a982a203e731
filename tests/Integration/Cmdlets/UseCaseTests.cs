using OpenCode.Tests.Integration.Hosting;
using OpenCode.Tests.Integration.Sandboxes;

namespace OpenCode.Tests.Integration.Cmdlets;

/// <summary>The scripts of samples/UseCases, each run as it stands; what it promises is read from its store afterwards.</summary>
[Collection(HostingCollection.Name)]
public sealed class UseCaseTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "samples", "UseCases");

    public static TheoryData<string> Names() => [.. Directory.GetFiles(Folder, "?-*.ps1").Select(static file => Path.GetFileNameWithoutExtension(file))];

    [Fact]
    public void Folder_hasTheFive() =>
        Assert.Equal(["1-single-agent", "2-three-agents", "3-checkpoint-before-risk", "4-error-recovery", "5-many-workers"], Names().Select(static row => row.Data).Order());

    [Theory]
    [MemberData(nameof(Names))]
    public void Script_withoutAStore_leavesNothingBehind(string name)
    {
        using var shell = ModuleShell.Imported();
        using var noEngine = new ProcessVariable("OPENCODE_DOCKER_SOCKET", Path.Combine(shell.Folder, "none.sock"));
        var lines = shell.Texts($"& '{Script(name)}'");
        Assert.Equal($"{name[2..]}: ok", lines[^1]);
        var folder = Assert.Single(lines, static line => line.StartsWith("A store of our own is in ", StringComparison.Ordinal)).Split(' ')[7];
        Assert.Contains("opencode-usecase-", folder);
        Assert.False(Directory.Exists(folder), folder);
        Assert.NotEmpty(shell.Run("Get-Command -Module OpenCode"));
    }

    [Fact]
    public void SingleAgent_completesItsTask_andTheHistoryTellsIt()
    {
        using var shell = Ran("1-single-agent");
        var task = shell.One<AgentTask>("Get-OcTask");
        Assert.Equal((AgentTaskStatus.Completed, AgentTaskMode.Exclusive, "data-agent", 0), (task.Status, task.Mode, task.Owner, task.Agents.Count));
        Assert.Equal(["success 4 True"], shell.Texts("Get-OcTask | % { \"$($_.Result.Data.status) $($_.Result.Data.rows) $($_.Result.Success)\" }"));
        Assert.Equal(["5 4"], shell.Texts("Get-OcTask | Get-OcTaskState | % { \"$($_.Data.read) $($_.Data.kept)\" }"));
        Assert.Equal(
            [
                "Info Task created: Data processing", "Info Started by agent 'data-agent'", "Warn A reading is impossible and was left out.", "Info Read 5 rows, kept 4.",
                "Info Completed by agent 'data-agent': The measurements are clean.",
            ],
            shell.Texts("Get-OcTask | Get-OcTaskHistory -Level Info | % { \"$($_.Level) $($_.Message)\" }"));
    }

    [Fact]
    public void ThreeAgents_workOnOneTask_andNoneLosesWhatAnotherDid()
    {
        using var shell = Ran("2-three-agents");
        var task = shell.One<AgentTask>("Get-OcTask");
        Assert.Equal((AgentTaskStatus.Completed, AgentTaskMode.Collaborative, "agent-1"), (task.Status, task.Mode, task.Owner));
        string[] parts = ["done", "done", "done"];
        Assert.Equal(parts, shell.Texts("Get-OcTask | Get-OcTaskState | % { $_.Data.schema; $_.Data.service; $_.Data.tests }"));
        Assert.Equal(parts, shell.Texts("Get-OcTask | % { $_.Result.Data.schema; $_.Result.Data.service; $_.Result.Data.tests }"));
        Assert.Equal(
            ["agent-1 I take the schema.", "agent-2 I take the service.", "agent-3 I take the tests."],
            shell.Texts("Get-OcTask | Get-OcTaskDecision | % { \"$($_.AgentId) $($_.Decision)\" }").Order());

        // All three were there before the first one began.
        var history = shell.Texts("Get-OcTask | Get-OcTaskHistory -Level Info | % Message");
        Assert.Equal(["Task created: Collaborative task", "Started by agent 'agent-1'", "Agent 'agent-2' attached", "Agent 'agent-3' attached"], history[..4]);
        Assert.Equal(["Began with the schema.", "Began with the service.", "Began with the tests."], history.Where(static line => line.StartsWith("Began", StringComparison.Ordinal)).Order());
        Assert.Equal("Completed by agent 'agent-1': Made by three.", history[^1]);
    }

    [Fact]
    public void Checkpoint_bringsTheStateBack_andTheFailureIsKept()
    {
        using var shell = Ran("3-checkpoint-before-risk");
        Assert.Equal(AgentTaskStatus.Completed, shell.One<AgentTask>("Get-OcTask").Status);
        Assert.Equal(["2 4"], shell.Texts("Get-OcTask | % { \"$($_.Result.Data.schema) $($_.Result.Data.moved)\" }"));
        var restored = Assert.Single(shell.Texts("Get-OcTask | Get-OcTaskHistory -Level Info | % Message"), static line => line.StartsWith("Restored from ", StringComparison.Ordinal));
        var before = shell.One<Checkpoint>("Get-OcTask | Get-OcCheckpoint | ? Description -eq 'Before migration'");
        var failed = shell.One<Checkpoint>("Get-OcTask | Get-OcCheckpoint | ? Description -like 'Before restoring*'");
        Assert.Contains(before.Id, restored);
        Assert.Contains(failed.Id, restored);

        // Both points in time are really kept: the one that was gone back to, and the one that was left.
        Assert.Equal(["1 0"], shell.Texts($"$null = Restore-OcCheckpoint -Checkpoint {before.Id} -Confirm:$false; Get-OcTask | Get-OcTaskState | % {{ \"$($_.Data.schema) $($_.Data.moved)\" }}"));
        Assert.Equal(["2 2"], shell.Texts($"$null = Restore-OcCheckpoint -Checkpoint {failed.Id} -Confirm:$false; Get-OcTask | Get-OcTaskState | % {{ \"$($_.Data.schema) $($_.Data.moved)\" }}"));
    }

    [Fact]
    public void Recovery_goesOnFromTheCheckpoint_withoutATaskId()
    {
        using var none = new ProcessVariable("OPENCODE_DOCKER_SOCKET", Path.Combine(Path.GetTempPath(), $"oc-none-{Guid.NewGuid():N}.sock"));
        using var shell = Ran("4-error-recovery");
        AssertRecovered(shell);
        Assert.Empty(shell.Run("Get-OcTask | Get-OcTaskExecution"));
    }

    [Fact]
    public async Task Recovery_withAnEngine_showsTheCommandThatFailed()
    {
        await DockerEngine.RequireAsync();
        using var image = new ProcessVariable("OPENCODE_DOCKER_IMAGE", DockerEngine.Image);
        using var shell = Ran("4-error-recovery", "   exit 65      orders-2.csv: row 118 has no customer");
        try
        {
            AssertRecovered(shell);
            var execution = shell.One<Execution>("Get-OcTask | Get-OcTaskExecution");
            Assert.Equal((65, "importer", "orders-2.csv: row 118 has no customer\n"), (execution.ExitCode, execution.AgentId, execution.Stderr));
        }
        finally
        {
            shell.Run("Get-OcTask | Remove-OcTask -Force -Confirm:$false");
        }
    }

    [Fact]
    public void ManyWorkers_doEveryTaskOnce_alsoThatOfALostOne_andLoseNoSum()
    {
        using var shell = Ran("5-many-workers");
        Assert.Equal([10, 10], shell.Run("(Get-OcTask -Owner plant).Count; (Get-OcTask -Owner plant -Status Completed).Count").Select(static o => (int)o.BaseObject));
        Assert.Equal(["136"], shell.Texts("Get-OcTask -Owner office | Get-OcTaskState | % { $_.Data.total }"));

        // The urgent one went first, to the worker that was lost; another one took it up, and nothing of the first came through.
        var urgent = shell.One<AgentTask>("Get-OcTask -Owner plant | ? Name -eq 'Urgent part'");
        Assert.Equal((2, 100L), (urgent.Attempt, urgent.Result!.Data));
        var history = shell.Texts($"Get-OcTaskHistory {urgent.Id} -Level Info | % Message");
        Assert.Equal("Started by agent 'worker-0'", history[1]);
        Assert.Matches("^Completed by agent 'worker-[123]'$", history[^1]);

        // What depends on all came last.
        Assert.Equal(["True"], shell.Texts("$r = Get-OcTask -Owner plant | ? Name -eq Report; @(Get-OcTask -Owner plant | ? { $_.FinishedAt -gt $r.StartedAt -and $_.Id -ne $r.Id }).Count -eq 0"));
        Assert.Empty(shell.Run("Get-OcLock"));
    }

    private static string Script(string name) => Path.Combine(Folder, name + ".ps1");

    /// <summary>A shell on the store in which the use case has just been run.</summary>
    private static ModuleShell Ran(string name, params string[] lines)
    {
        var shell = ModuleShell.Connected();
        var output = shell.Texts($"& '{Script(name)}' -Store '{shell.Folder}'");
        Assert.Equal($"{name[2..]}: ok", output[^1]);
        Assert.All(lines, line => Assert.Contains(line, output));
        return shell;
    }

    private static void AssertRecovered(ModuleShell shell)
    {
        var task = shell.One<AgentTask>("Get-OcTask");
        Assert.Equal((AgentTaskStatus.Completed, "Nightly import", null), (task.Status, task.Name, task.Error));
        Assert.Equal(["orders-2.csv 1316 1"], shell.Texts("Get-OcTask | % { \"$($_.Result.Data.file) $($_.Result.Data.rows) $($_.Result.Data.skipped)\" }"));
        var good = shell.One<Checkpoint>("Get-OcTask | Get-OcCheckpoint | ? Description -eq 'orders-1.csv is in'");
        var history = shell.Texts("Get-OcTask | Get-OcTaskHistory -Level Info | % Message");
        Assert.StartsWith($"Restored from {good.Id}; ", history[^3]);
        Assert.Equal(["Resumed by agent 'recovery-agent'", "Completed by agent 'recovery-agent'"], history[^2..]);

        // The failure is not forgotten: it is in the checkpoint that was taken before going back.
        var failed = shell.One<Checkpoint>("Get-OcTask | Get-OcCheckpoint | ? Description -like 'Before restoring*'");
        shell.Run($"$null = Restore-OcCheckpoint -Checkpoint {failed.Id} -Confirm:$false");
        Assert.Equal("Failed by agent 'importer': orders-2.csv could not be imported.", shell.Texts("Get-OcTask | Get-OcTaskHistory -Level Error | ? Message -like 'Failed*' | % Message")[^1]);
    }
}

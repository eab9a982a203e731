using System.Diagnostics;
using System.Management.Automation;
using OpenCode.Tests.Integration.Hosting;

namespace OpenCode.Tests.Integration.Cmdlets;

/// <summary>Script blocks as hooks, in the hosted engine.</summary>
[Collection(HostingCollection.Name)]
public sealed class HookCmdletTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public void Hook_seesTheSession_andTheEvent_inOrder()
    {
        using var shell = ModuleShell.Connected();
        shell.Run("""
            $script:seen = @(); $prefix = 'x'; function note($text) { $script:seen += "$prefix $text" }
            $null = Register-OcHook BeforeTaskStart { param($e) note "late $($e.Task.Name) $($e.Task.Status) $($e.AgentId)" } -Priority 20
            $null = Register-OcHook BeforeTaskStart, AfterTaskStart { param($e) note "$($e.Event)" }
            $null = Register-OcHook AfterTaskComplete { param($e) note "$($e.Result.Data.n) $($e.Task.Status)" }
            $null = Register-OcHook AfterTaskFail { param($e) note "$($e.Error)" }
            $t = New-OcTask one; $null = $t | Add-OcAgent ana; $null = $t | Complete-OcTask @{ n = 7 }
            $u = New-OcTask two; $null = $u | Start-OcTask; $null = $u | Complete-OcTask -ErrorMessage 'no disk'
            """);
        Assert.Equal(
            ["x BeforeTaskStart", "x late one Pending ana", "x AfterTaskStart", "x 7 Completed", "x BeforeTaskStart", "x late two Pending ", "x AfterTaskStart", "x no disk"],
            shell.Texts("$seen"));
    }

    [Fact]
    public void BlockingHook_thatThrows_isHookRejected_andTheTaskStays()
    {
        using var shell = ModuleShell.Connected();
        shell.Run("$t = New-OcTask x; $null = Register-OcHook BeforeTaskStart { throw 'not on a Friday' } -Name gate -Blocking");
        var error = shell.Error("$t | Add-OcAgent ana");
        Assert.StartsWith("HookRejected,", error.FullyQualifiedErrorId);
        Assert.Equal(ErrorCategory.OperationStopped, error.CategoryInfo.Category);
        Assert.Equal(shell.One<string>("$t.Id"), error.TargetObject);
        Assert.Contains("not on a Friday", error.ToString());
        Assert.Equal(["Pending 1"], shell.Texts("Get-OcTask $t | % { \"$($_.Status) $($_.Version)\" }"));
        Assert.Single(shell.Run("Unregister-OcHook gate; $t | Add-OcAgent ana"));
    }

    [Fact]
    public void Hook_thatFails_isLogged_andTheWayGoesOn()
    {
        using var shell = ModuleShell.Connected();
        shell.Run("$t = New-OcTask x; $null = Register-OcHook BeforeTaskStart { throw 'no disk' } -Name saver; $null = Register-OcHook AfterTaskStart { [int]::Parse('x') } -Name counter");
        Assert.Equal("Running", shell.Texts("$t | Start-OcTask | % Status").Single());
        var failures = shell.Texts("Get-OcTaskHistory $t -Level Warn | % { \"$($_.Data.name) $($_.Data.hookEvent) $($_.Data.duration -ge 0) $($_.Data.error)\" }");
        Assert.Equal(2, failures.Length);
        Assert.Equal("saver beforeTaskStart True no disk", failures[0]);
        Assert.StartsWith("counter afterTaskStart True ", failures[1]);
    }

    [Fact]
    public void Hook_overItsTime_isStopped()
    {
        using var shell = ModuleShell.Connected();
        shell.Run("$t = New-OcTask x; $null = Register-OcHook BeforeTaskStart { while ($true) { } } -Name slow -TimeoutSeconds 0.5");
        var clock = Stopwatch.StartNew();
        Assert.Equal("Running", shell.Texts("$t | Start-OcTask | % Status").Single());
        Assert.InRange(clock.Elapsed, TimeSpan.FromSeconds(0.4), TimeSpan.FromSeconds(20));
        Assert.Contains("0.5 s were over", shell.Texts("Get-OcTaskHistory $t -Level Warn | % Message").Single());
    }

    [Fact]
    public void Hook_thatChangesItsTask_neitherHangs_norCostsTheAgentItsFence()
    {
        using var shell = ModuleShell.Connected();
        var script = """
            $null = Register-OcHook BeforeTaskStart, AfterTaskStart, BeforeTaskComplete, AfterTaskComplete {
                param($e)
                $e | Add-OcTaskLog "at $($e.Event)"
                $e | Set-OcTaskState @{ last = "$($e.Event)" }
                $e | Set-OcTask -Priority 3
                $null = $e | New-OcCheckpoint "at $($e.Event)"
            }
            $t = New-OcTask x
            $l = $t | Add-OcAgent ana
            $l | Complete-OcTask 5 | % Status
            (Get-OcTaskState $t).Data.last
            (Get-OcCheckpoint $t).Count
            """;
        Assert.Equal(["Completed", "AfterTaskComplete", "4"], shell.Texts(script));
        Assert.Empty(shell.Run("Get-OcTaskHistory $t -Level Warn"));
    }

    [Fact]
    public void Hook_ofARunspaceThatIsGone_isNotRun()
    {
        using var shell = ModuleShell.Connected();
        var id = shell.One<string>("(New-OcTask x).Id");
        using (var other = shell.Another())
        {
            other.Run("$null = Register-OcHook BeforeTaskStart { throw 'from the dead' } -Blocking");
            Assert.Single(other.Run("Get-OcHook"));

            // A session's hooks are its own: another's changes are not theirs to judge.
            Assert.Empty(shell.Run("Get-OcHook"));
        }

        Assert.Equal("Running", shell.Texts($"Start-OcTask {id} | % Status").Single());
        Assert.Empty(shell.Run($"Get-OcTaskHistory {id} -Level Warn"));
    }

    [Fact]
    public void Hook_outlivesAnotherStore_andEndsWithTheModule()
    {
        using var shell = ModuleShell.Connected();
        shell.Run($"$n = 0; $null = Register-OcHook AfterTaskStart {{ $script:n++ }} -Name count; $null = Connect-OcStore '{shell.Folder}/second'; $null = New-OcTask x | Start-OcTask");
        Assert.Equal(1, shell.One<int>("$n"));
        shell.Run("Remove-Module OpenCode");
        shell.Import();
        Assert.Empty(shell.Run($"$null = Connect-OcStore '{shell.Folder}'; $null = New-OcTask x | Start-OcTask; Get-OcHook"));
        Assert.Equal(1, shell.One<int>("$n"));
    }

    [Fact]
    public async Task Stop_duringAHook_endsSoon_andLeavesTheTask()
    {
        using var shell = ModuleShell.Connected();
        var id = shell.One<string>("(New-OcTask x).Id");
        using var output = new PSDataCollection<PSObject>();
        using var running = shell.Start($"$null = Register-OcHook BeforeTaskStart {{ $global:began = $true; while ($true) {{ }} }}; 'ready'; Start-OcTask {id}; 'not reached'");
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        output.DataAdded += (_, _) => ready.TrySetResult();
        var run = running.BeginInvoke<PSObject, PSObject>(null, output);
        await ready.Task.WaitAsync(Limit);
        await running.StopAsync(null, null).WaitAsync(Limit);
        Assert.Throws<PipelineStoppedException>(() => running.EndInvoke(run));
        Assert.DoesNotContain(output, static o => o?.ToString() == "not reached");
        using var other = shell.Another();
        // The hook did not end, so the change was not made; and nothing is in the way of the next one.
        Assert.Equal(["Pending"], other.Texts($"(Get-OcTask {id}).Status; Get-OcTaskHistory {id} | Where-Object {{ $_.Level -eq 'Warn' }} | % Message"));
        Assert.Equal(["Running"], other.Texts($"Start-OcTask {id} | % Status"));
    }

    [Fact]
    public void Streams_ofAHook_areTheSessions_andItsOutputIsNot()
    {
        using var shell = ModuleShell.Connected();
        var result = shell.Try("function Tell { [CmdletBinding()] param() $PSCmdlet.WriteWarning('mind the gap'); $PSCmdlet.WriteVerbose('story') }; $null = Register-OcHook AfterTaskStart { 'noise'; Tell -Verbose; Get-OcTask nonesuch -ErrorAction Ignore } -Name loud; New-OcTask x | Start-OcTask -Verbose");
        Assert.IsType<AgentTask>(Assert.Single(result.Output).BaseObject);
        Assert.Empty(result.Errors);
        Assert.Equal("mind the gap", Assert.Single(result.Warnings));
        Assert.Contains("story", result.Verbose);
        Assert.Empty(shell.Run("Get-OcTaskHistory (Get-OcTask -First 1) -Level Warn"));
    }

    [Fact]
    public void Preferences_areTheSessions()
    {
        using var shell = ModuleShell.Connected();

        // What the session stops at stops its hook too, and so vetoes.
        var error = shell.Error("$ErrorActionPreference = 'Stop'; $null = Register-OcHook BeforeTaskStart { Get-OcTask nonesuch } -Blocking; try { New-OcTask x | Start-OcTask } finally { $ErrorActionPreference = 'Continue' }");
        Assert.StartsWith("HookRejected,", error.FullyQualifiedErrorId);
        shell.Run("Unregister-OcHook *; Set-StrictMode -Version Latest");
        error = shell.Error("$null = Register-OcHook BeforeTaskStart { $neverSet } -Blocking; New-OcTask y | Start-OcTask");
        Assert.Contains("neverSet", error.ToString());
    }

    [Theory]
    [InlineData("Register-OcHook AfterTaskStart { } -Blocking", "InvalidArgument")]
    [InlineData("Get-OcHook nonesuch", "InvalidArgument")]
    [InlineData("Unregister-OcHook nonesuch", "InvalidArgument")]
    [InlineData("Unregister-OcHook hook_configured_1", "NotSupported")]
    [InlineData("Register-OcHook -Event Lunch { }", "CannotConvertArgument")]
    [InlineData("Register-OcHook BeforeTaskStart 'text'", "CannotConvertArgument")]
    [InlineData("Register-OcHook BeforeTaskStart { } -TimeoutSeconds 0", "ParameterArgumentValidationError")]
    public void Mistake_isNamed(string script, string id)
    {
        using var shell = ModuleShell.Connected();
        Assert.StartsWith(id, shell.Error(script).FullyQualifiedErrorId);
    }

    [Fact]
    public void Get_listsInTheOrderOfRunning_byIdNameAndPattern_andUnregisterTakesThem()
    {
        using var shell = ModuleShell.Imported();
        File.WriteAllText(Path.Combine(shell.Folder, "config.json"), """{ "hooks": [{ "event": "afterTaskStart", "command": ["true"], "name": "from the file" }] }""");
        shell.Run($"$null = Connect-OcStore '{shell.Folder}'; $a = Register-OcHook AfterTaskStart {{ 1 }} -Name 'b[1]'; $b = Register-OcHook AfterTaskStart {{ 2 }} -Priority 1; $c = Register-OcHook BeforeTaskFail {{ 3 }} -Name cats");
        Assert.Equal(["2", "", "1", "3"], shell.Texts("Get-OcHook | % { if ($_.Kind -eq 'Script') { $_.Action } else { '' } }"));
        Assert.Equal(["from the file"], shell.Texts("Get-OcHook from* | % Name"));
        Assert.Equal(["b[1]", "cats"], shell.Texts("Get-OcHook $a.Id, cats | % Name"));
        Assert.Equal(["cats"], shell.Texts("Get-OcHook -Event BeforeTaskFail | % Name"));
        shell.Run("$b | Unregister-OcHook; Unregister-OcHook c*");
        Assert.Equal(["from the file", "b[1]"], shell.Texts("Get-OcHook | % Name"));
        shell.Run("Get-OcHook | ? Kind -eq Script | Unregister-OcHook");
        Assert.Equal(["from the file"], shell.Texts("Get-OcHook | % Name"));
    }

    [Fact]
    public void Tab_completesTheSessionsHooks()
    {
        using var shell = ModuleShell.Imported();
        var id = shell.One<string>("(Register-OcHook AfterTaskStart { } -Name board).Id");
        Assert.Equal([id], shell.Texts("[System.Management.Automation.CommandCompletion]::CompleteInput('Unregister-OcHook boa', 21, $null).CompletionMatches | % CompletionText"));
        Assert.Empty(shell.Run("[System.Management.Automation.CommandCompletion]::CompleteInput('Unregister-OcHook nonesuch', 26, $null).CompletionMatches"));
        Assert.Contains("BeforeTaskFail", shell.Texts("[System.Management.Automation.CommandCompletion]::CompleteInput('Register-OcHook Before', 22, $null).CompletionMatches | % CompletionText"));
    }
}

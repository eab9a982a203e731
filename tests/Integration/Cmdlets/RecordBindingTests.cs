using System.Globalization;
using OpenCode.Tests.Integration.Hosting;

namespace OpenCode.Tests.Integration.Cmdlets;

/// <summary>Cmdlets take checkpoints and hooks in every form, and refuse in the same way what names none. BindingMatrixTests has the tasks.</summary>
[Collection(HostingCollection.Name)]
public sealed class RecordBindingTests
{
    // Two of the three are of one task, and the state there is another one by now.
    private const string Checkpoints = """
        $t = New-OcTask one; $u = New-OcTask two
        $t | Set-OcTaskState @{ at = 'c' }; $c = New-OcCheckpoint $t; $t | Set-OcTaskState @{ at = 'later' }; $null = New-OcCheckpoint $t; $d = New-OcCheckpoint $u
        $all = @(Get-OcCheckpoint $t | % Id) + @(Get-OcCheckpoint $u | % Id); $null = $t, $u | Stop-OcTask
        """;

    private const string Hooks = "$h, $i, $j = 'board', 'books', 'gate' | % { Register-OcHook BeforeTaskStart { } -Name $_ }; $all = $h.Id, $i.Id, $j.Id";

    private static readonly (string Cmdlet, string Acted)[] CheckpointCalls =
    [
        ("Restore-OcCheckpoint -Confirm:$false", "$out | % { $_.Restored.Id }"),
        ("Remove-OcCheckpoint -Confirm:$false", "$left = Get-OcTask | Get-OcCheckpoint | % Id; $all | ? { $_ -notin $left }"),
    ];

    private static readonly (string Cmdlet, string Acted)[] HookCalls =
    [
        ("Get-OcHook", "$out | % Id"),
        ("Unregister-OcHook", "$left = Get-OcHook | % Id; $all | ? { $_ -notin $left }"),
    ];

    [Theory]
    [InlineData("{0} $c.Id", false)]
    [InlineData("{0} -Checkpoint $c.Id", false)]
    [InlineData("{0} -Checkpoint $c.Id.Substring(0, 36)", false)]
    [InlineData("{0} $c", false)]
    [InlineData("{0} -Checkpoint $c", false)]
    [InlineData("{0} $t $c", false)]
    [InlineData("{0} $t $c.Id.Substring(0, 36)", false)]
    [InlineData("$t.Id | {0} $c.Id", false)]
    [InlineData("$c.Id | {0}", false)]
    [InlineData("$c.Id.Substring(0, 36) | {0}", false)]
    [InlineData("$c | {0}", false)]
    [InlineData("[pscustomobject]@{{ CheckpointId = $c.Id }} | {0}", false)]
    [InlineData("[pscustomobject]@{{ Checkpoint = $c }} | {0}", false)]
    [InlineData("[pscustomobject]@{{ TaskId = $t.Id; CheckpointId = $c.Id.Substring(0, 36) }} | {0}", false)]
    [InlineData("$c, $d | {0}", true)]
    [InlineData("$c.Id, $d | {0}", true)]
    [InlineData("[version]'1.2', $c | {0} -ErrorAction SilentlyContinue", false)]
    public void Checkpoint_inAnyForm_isTheOneActedOn(string form, bool both)
    {
        foreach (var (cmdlet, acted) in CheckpointCalls)
        {
            using var shell = ModuleShell.Connected();
            shell.Run(Checkpoints);
            Assert.Equal(shell.Texts(both ? "$c.Id; $d.Id" : "$c.Id"), Acted(shell, form, cmdlet, acted));
        }
    }

    [Theory]
    [InlineData("(Get-OcCheckpoint $t {0}).Id", "$c.Id")]
    [InlineData("($t | Get-OcCheckpoint {0}).Id", "$c.Id")]
    [InlineData("(Get-OcCheckpoint -Task $t -Checkpoint {0}).Id", "$c.Id")]
    [InlineData("(Resume-OcTask -Checkpoint {0} | Get-OcTaskState).Data.at", "'c'")]
    [InlineData("(Resume-OcTask $t -Checkpoint {0} | Get-OcTaskState).Data.at", "'c'")]
    public void Checkpoint_isTakenByIdPrefixAndObject(string form, string expected)
    {
        foreach (var given in (string[])["$c.Id", "$c.Id.Substring(0, 36)", "$c"])
        {
            using var shell = ModuleShell.Connected();
            shell.Run(Checkpoints);
            Assert.Equal(shell.Texts(expected), shell.Texts(string.Format(CultureInfo.InvariantCulture, form, given)));
        }
    }

    [Theory]
    [InlineData("Restore-OcCheckpoint -Confirm:$false", "-Checkpoint {0}")]
    [InlineData("Restore-OcCheckpoint -Confirm:$false", "| {0}")]
    [InlineData("Remove-OcCheckpoint -Confirm:$false", "-Checkpoint {0}")]
    [InlineData("Remove-OcCheckpoint -Confirm:$false", "| {0}")]
    [InlineData("Get-OcCheckpoint $t", "-Checkpoint {0}")]
    [InlineData("Resume-OcTask", "-Checkpoint {0}")]
    public void WhatNamesNoCheckpoint_isRefused_andNothingIsDone(string cmdlet, string form)
    {
        using var shell = ModuleShell.Connected();
        shell.Run(Checkpoints);
        foreach (var (given, refusal) in new[]
        {
            ("$null", "ParameterArgumentValidationError InvalidData"),
            ("''", "InvalidArgument InvalidArgument String"),
            ("'checkpoint_'", "InvalidArgument InvalidArgument String checkpoint_"),
            ("'../checkpoint'", "InvalidArgument InvalidArgument String ../checkpoint"),
            ("'checkpoint_none'", "CheckpointNotFound ObjectNotFound String checkpoint_none"),
            ("([version]'1.2')", "InvalidArgument InvalidArgument String 1.2"),
        })
        {
            var script = form[0] == '|' ? $"{given} | {cmdlet}" : $"{cmdlet} {string.Format(CultureInfo.InvariantCulture, form, given)}";
            Assert.Equal($"{script}: {refusal}", $"{script}: {Refusal.Of(shell.Error(script))}");
        }

        Assert.Equal(shell.Texts("$all"), shell.Texts("$t, $u | Get-OcCheckpoint | % Id"));
        Assert.Equal(["Cancelled", "Cancelled"], shell.Texts("Get-OcTask | % Status"));
    }

    [Fact]
    public void TaskWithoutACheckpoint_isRefused()
    {
        using var shell = ModuleShell.Connected();
        shell.Run(Checkpoints);
        Assert.Equal($"InvalidArgument InvalidArgument AgentTask {shell.One<string>("$t.Id")}", Refusal.Of(shell.Error("$t | Restore-OcCheckpoint -Confirm:$false")));
        Assert.Equal("InvalidArgument InvalidArgument", Refusal.Of(shell.Error("Remove-OcCheckpoint -Confirm:$false")));
        Assert.Equal("InvalidArgument InvalidArgument", Refusal.Of(shell.Error("Resume-OcTask")));
    }

    [Theory]
    [InlineData("{0} $h.Id", false)]
    [InlineData("{0} -Id $h.Id.Substring(0, 30)", false)]
    [InlineData("{0} board", false)]
    [InlineData("{0} -Name BOARD", false)]
    [InlineData("{0} $h", false)]
    [InlineData("$h.Id | {0}", false)]
    [InlineData("$h.Id.Substring(0, 30) | {0}", false)]
    [InlineData("'board' | {0}", false)]
    [InlineData("$h | {0}", false)]
    [InlineData("[pscustomobject]@{{ Id = $h.Id }} | {0}", false)]
    [InlineData("[pscustomobject]@{{ Name = 'board' }} | {0}", false)]
    [InlineData("$h, $i | {0}", true)]
    [InlineData("'board', $i.Id | {0}", true)]
    [InlineData("{0} $h.Id, books", true)]
    [InlineData("{0} bo*", true)]
    [InlineData("'bo*' | {0}", true)]
    [InlineData("{0} nonesuch, board -ErrorAction SilentlyContinue", false)]
    public void Hook_inAnyForm_isTheOneActedOn(string form, bool both)
    {
        using var shell = ModuleShell.Connected();
        foreach (var (cmdlet, acted) in HookCalls)
        {
            shell.Run($"Unregister-OcHook *; {Hooks}");
            Assert.Equal(shell.Texts(both ? "$h.Id; $i.Id" : "$h.Id"), Acted(shell, form, cmdlet, acted));
        }
    }

    [Theory]
    [InlineData("Get-OcHook")]
    [InlineData("Unregister-OcHook")]
    public void WhatNamesNoHook_isRefused_andNothingIsDone(string cmdlet)
    {
        using var shell = ModuleShell.Connected();
        shell.Run(Hooks);
        foreach (var (script, refusal) in new[]
        {
            ($"{cmdlet} $null", "ParameterArgumentValidationError InvalidData"),
            ($"$null | {cmdlet}", "ParameterArgumentValidationError InvalidData"),
            ($"{cmdlet} ''", "ParameterArgumentValidationError InvalidData"),
            ($"'' | {cmdlet}", "ParameterArgumentValidationError InvalidData String"),
            ($"{cmdlet} nonesuch", "InvalidArgument InvalidArgument String nonesuch"),
            ($"'nonesuch' | {cmdlet}", "InvalidArgument InvalidArgument String nonesuch"),
            ($"{cmdlet} hook_", "InvalidArgument InvalidArgument String hook_"),
            ($"{cmdlet} ([version]'1.2')", "InvalidArgument InvalidArgument String 1.2"),
            ($"[version]'1.2' | {cmdlet}", "InvalidArgument InvalidArgument String 1.2"),
        })
        {
            Assert.Equal($"{script}: {refusal}", $"{script}: {Refusal.Of(shell.Error(script))}");
        }

        Assert.Equal(shell.Texts("$all"), shell.Texts("Get-OcHook | % Id"));
        Assert.Empty(shell.Run($"{cmdlet} none*"));
    }

    private static string[] Acted(ModuleShell shell, string form, string cmdlet, string acted)
    {
        shell.Run($"$out = @({string.Format(CultureInfo.InvariantCulture, form, cmdlet)})");
        return shell.Texts(acted);
    }
}

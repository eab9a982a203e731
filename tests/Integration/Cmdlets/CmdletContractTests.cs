using System.Management.Automation;
using OpenCode.Tests.Integration.Hosting;

namespace OpenCode.Tests.Integration.Cmdlets;

/// <summary>What holds for every cmdlet, whatever it does.</summary>
[Collection(HostingCollection.Name)]
public sealed class CmdletContractTests
{
    [Fact]
    public void EveryCmdlet_saysWhatItGives()
    {
        using var shell = ModuleShell.Imported();
        Assert.All(Cmdlets(shell), static cmdlet => Assert.True(cmdlet.OutputType.Count > 0, $"{cmdlet.Name} has no OutputType."));
    }

    [Fact]
    public void EveryChange_canBeAskedForFirst()
    {
        using var shell = ModuleShell.Imported();
        Assert.All(Cmdlets(shell), static cmdlet => Assert.Equal(Changes(cmdlet), Attribute(cmdlet).SupportsShouldProcess));
        Assert.Equal(
            ["Approve-OcConfiguration", "Remove-OcCheckpoint", "Remove-OcSandbox", "Remove-OcTask", "Restore-OcCheckpoint"],
            Cmdlets(shell).Where(static cmdlet => Attribute(cmdlet).ConfirmImpact == ConfirmImpact.High).Select(static cmdlet => cmdlet.Name).Order());
    }

    [Fact]
    public void EveryTask_isPositionZero_withItsAliases()
    {
        using var shell = ModuleShell.Imported();
        // Get-OcAgent is about agents first: Get-OcAgent ana*.
        foreach (var cmdlet in Cmdlets(shell).Where(static cmdlet => cmdlet.Parameters.ContainsKey("Task") && cmdlet.Name != "Get-OcAgent"))
        {
            var task = cmdlet.Parameters["Task"];
            Assert.Contains("TaskId", task.Aliases);
            Assert.True(task.Aliases.Contains("Id") || cmdlet.Parameters.ContainsKey("Id"), cmdlet.Name);
            Assert.All(task.ParameterSets.Values, set => Assert.True(set is { Position: 0, ValueFromPipeline: true, ValueFromPipelineByPropertyName: true }, cmdlet.Name));
        }
    }

    [Fact]
    public void NoSignature_namesATypeOfAPackage()
    {
        using var shell = ModuleShell.Imported();
        var types = Cmdlets(shell).SelectMany(static cmdlet => cmdlet.Parameters.Values.Select(static p => p.ParameterType).Concat(cmdlet.OutputType.Select(static o => o.Type)));
        Assert.All(types, static type => Assert.Matches("^(OpenCode|System|Microsoft.PowerShell)", (type.GetElementType() ?? type).FullName!));
        Assert.All(types, static type => Assert.DoesNotMatch("Sqlite|Docker", type.FullName!));
    }

    [Fact]
    public void WhatIf_changesNothing_andSaysWhatWouldHappen()
    {
        using var shell = ModuleShell.Connected();
        shell.Run("$t = New-OcTask before; $null = $t | Add-OcAgent a; $c = $t | New-OcCheckpoint one; $l = Lock-OcResource held -Owner a; $null = New-OcTask ready; $o = [OpenCode.SandboxOrphan]@{ Kind = 'Container'; Name = 'x'; Id = 'x'; Reason = 'None.' }");
        const string Story = "Get-OcTask | % { \"$($_.Id) $($_.Name) $($_.Status) $($_.Version) $($_.Agents)\" }; Get-OcCheckpoint $t | % Id; Get-OcTaskHistory $t | % Message; Get-OcTaskDecision $t | % Text; (Get-OcTaskState $t).Checksum; Get-OcLock | % { \"$($_.Resource) $($_.Fence) $($_.ExpiresAt)\" }";
        var before = shell.Texts(Story);
        File.WriteAllText(Path.Combine(shell.Folder, "opencode-tasks.json"), """{ "docker": { "socketPath": "/somewhere/docker.sock" } }""");
        string[] changes =
        [
            "New-OcTask after", "$t | Set-OcTask -Name after", "$t | Start-OcTask", "$t | Add-OcAgent b", "$t | Remove-OcAgent a", "$t | Invoke-OcTask 'true'",
            "$t | Complete-OcTask", "$t | Complete-OcTask -ErrorMessage bad", "$t | Stop-OcTask", "$t | Resume-OcTask", "$t | Remove-OcTask -Force", "$t | New-OcCheckpoint",
            "$c | Restore-OcCheckpoint", "$c | Remove-OcCheckpoint", "$t | Add-OcTaskLog line", "$t | Add-OcTaskDecision it -Agent a", "$t | Set-OcTaskState @{ a = 1 }", "$t | Repair-OcTask",
            $"Connect-OcStore '{shell.Folder}/other'", $"Approve-OcConfiguration '{shell.Folder}/opencode-tasks.json'",
            "Register-OcHook BeforeTaskStart { }", "Unregister-OcHook *", "$t | Set-OcTaskState -Update { @{ a = 1 } }",
            "Lock-OcResource other", "$l | Lock-OcResource -Renew -LeaseSeconds 5000", "$l | Unlock-OcResource", "Unlock-OcResource -Owner a -All", "Use-OcLock other { New-OcTask under }",
            "Receive-OcTask b", "$t | Send-OcHeartbeat here -Agent a",
            "$t | Set-OcSandbox -Network Bridge", "$t | Suspend-OcSandbox", "$t | Resume-OcSandbox", "$t | Restart-OcSandbox", "$t | Remove-OcSandbox", "$t | Copy-OcSandboxItem . -ToSandbox", "$t | Enter-OcTask", "$o | Remove-OcOrphan",
            "New-OcMcpToken ada", "Remove-OcMcpToken token_x", "Approve-OcRequest request_x",
        ];
        foreach (var change in changes)
        {
            Assert.Empty(shell.Run($"{change} -WhatIf"));
        }

        Assert.Equal(before, shell.Texts(Story));
        Assert.False(Directory.Exists(Path.Combine(shell.Folder, "other")));
        Assert.False(File.Exists(Path.Combine(shell.Folder, "trusted.json")));
        Assert.Empty(shell.Run("Get-OcMcpToken"));
        var changing = Cmdlets(shell).Where(Changes).Select(static cmdlet => cmdlet.Name);
        Assert.Equal(changing.Order(), changes.Select(static change => change.Split('|')[^1].Trim().Split(' ')[0]).Distinct().Order());
    }

    [Fact]
    public void HighImpact_isNotDoneUnasked()
    {
        using var shell = ModuleShell.Connected();
        shell.Run("$t = New-OcTask x");

        // A host that cannot ask refuses.
        Assert.NotEmpty(shell.Try("$t | Remove-OcTask").Errors);
        Assert.Single(shell.Run("Get-OcTask $t"));
        shell.Run("$t | Remove-OcTask -Confirm:$false");
        Assert.Empty(shell.Run("Get-OcTask"));
    }

    private static List<CmdletInfo> Cmdlets(ModuleShell shell) => [.. shell.Run("Get-Command -Module OpenCode -CommandType Cmdlet").Select(static c => (CmdletInfo)c.BaseObject)];

    private static bool Changes(CmdletInfo cmdlet) => cmdlet.Verb is not ("Find" or "Get" or "Measure" or "Test" or "Wait");

    private static CmdletAttribute Attribute(CmdletInfo cmdlet) => (CmdletAttribute)cmdlet.ImplementingType.GetCustomAttributes(typeof(CmdletAttribute), false).Single();
}

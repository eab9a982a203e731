using System.Management.Automation;
using OpenCode.Tests.Integration.Hosting;

namespace OpenCode.Tests.Integration.Cmdlets;

[Collection(HostingCollection.Name)]
public sealed class ErrorTests
{
    [Theory]
    [InlineData("Get-OcTask nonesuch", OpenCodeError.TaskNotFound, ErrorCategory.ObjectNotFound, "nonesuch")]
    [InlineData("New-OcTask y -Id taken", OpenCodeError.TaskExists, ErrorCategory.ResourceExists, "taken")]
    [InlineData("New-OcTask y -Id ../up", OpenCodeError.InvalidArgument, ErrorCategory.InvalidArgument, "../up")]
    [InlineData("New-OcTask ''", OpenCodeError.InvalidArgument, ErrorCategory.InvalidArgument, null)]
    [InlineData("New-OcTask y -Metadata '[1]'", OpenCodeError.InvalidArgument, ErrorCategory.InvalidArgument, "y")]
    [InlineData("$h = @{}; $h.self = $h; New-OcTask y -Metadata $h", OpenCodeError.InvalidArgument, ErrorCategory.InvalidArgument, "y")]
    [InlineData("$h = 1; foreach ($i in 1..70) { $h = @{ n = $h } }; New-OcTask y -Metadata $h", OpenCodeError.InvalidArgument, ErrorCategory.InvalidArgument, "y")]
    [InlineData("Complete-OcTask taken", OpenCodeError.InvalidTransition, ErrorCategory.InvalidOperation, "taken")]
    [InlineData("Set-OcTask taken -Name y -ExpectedVersion 99", OpenCodeError.VersionConflict, ErrorCategory.ResourceBusy, "taken")]
    [InlineData("Set-OcTask taken", OpenCodeError.InvalidArgument, ErrorCategory.InvalidArgument, "taken")]
    [InlineData("Add-OcAgent taken", OpenCodeError.InvalidArgument, ErrorCategory.InvalidArgument, "taken")]
    [InlineData("$null = Add-OcAgent taken a; Add-OcAgent taken b", OpenCodeError.LockHeld, ErrorCategory.ResourceBusy, null)]
    [InlineData("Start-OcTask taken -Agent b", OpenCodeError.AgentNotAttached, ErrorCategory.PermissionDenied, null)]
    [InlineData("$l = Add-OcAgent taken a; Set-OcTask taken -Name z -Agent a -Fence ($l.Fence + 1)", OpenCodeError.LeaseLost, ErrorCategory.PermissionDenied, null)]
    [InlineData("Set-OcTask taken -Name z -Fence 1", OpenCodeError.InvalidArgument, ErrorCategory.InvalidArgument, null)]
    [InlineData("Restore-OcCheckpoint checkpoint_none -Confirm:$false", OpenCodeError.CheckpointNotFound, ErrorCategory.ObjectNotFound, null)]
    [InlineData("Get-OcCheckpoint taken checkpoint_none", OpenCodeError.CheckpointNotFound, ErrorCategory.ObjectNotFound, "checkpoint_none")]
    [InlineData("[System.Version]::new() | Get-OcTaskState", OpenCodeError.InvalidArgument, ErrorCategory.InvalidArgument, null)]
    public void Error_hasIdCategoryAndTarget(string script, OpenCodeError id, ErrorCategory category, string? target)
    {
        using var shell = ModuleShell.Connected();
        shell.Run("$null = New-OcTask x -Id taken");
        var error = shell.Error(script);
        Assert.Equal($"{id}", error.FullyQualifiedErrorId.Split(',')[0]);
        Assert.Equal(category, error.CategoryInfo.Category);
        if (target is not null)
        {
            Assert.Equal(target, error.TargetObject?.ToString());
        }
    }

    [Fact]
    public void Error_ofAStoreThatCannotBeOpened_namesIt()
    {
        using var shell = ModuleShell.Imported();
        var file = Path.Combine(shell.Folder, "file");
        File.WriteAllText(file, "");
        var error = shell.Error($"Connect-OcStore '{file}/store'");
        Assert.StartsWith("StoreUnavailable,", error.FullyQualifiedErrorId);
        Assert.Equal(ErrorCategory.ResourceUnavailable, error.CategoryInfo.Category);

        // The next try is a new one.
        Assert.Single(shell.Run($"Connect-OcStore '{shell.Folder}/good'"));
    }

    [Fact]
    public void Error_ofNoEngine_isSandboxUnavailable_andNamesTheEndpoint()
    {
        using var shell = ModuleShell.Imported();
        var error = shell.Error($"$null = Connect-OcStore '{shell.Folder}' -DockerEndpoint unix:///nonexistent/docker.sock; New-OcTask x | Invoke-OcTask 'true'");
        Assert.StartsWith("SandboxUnavailable,", error.FullyQualifiedErrorId);
        Assert.Equal(ErrorCategory.ResourceUnavailable, error.CategoryInfo.Category);
        Assert.Contains("/nonexistent/docker.sock", error.ToString());
        Assert.NotEmpty(error.ErrorDetails.RecommendedAction);
    }

    [Fact]
    public void Error_ofOneInput_doesNotStopTheOthers()
    {
        using var shell = ModuleShell.Connected();
        var result = shell.Try("'one', '', 'two', \"tw`no\", 'three' | New-OcTask");
        Assert.Equal(["one", "two", "three"], result.Output.Select(static task => ((AgentTask)task.BaseObject).Name));
        Assert.Equal(2, result.Errors.Count);

        result = shell.Try("'none1', (Get-OcTask -First 1), 'none2' | Get-OcTask; Get-OcTask none3, (Get-OcTask -First 1)");
        Assert.Equal(2, result.Output.Count);
        Assert.Equal(["none1", "none2", "none3"], result.Errors.Select(static e => e.TargetObject.ToString()!));
    }

    [Fact]
    public void Error_underStop_canBeCaughtByItsVocabulary()
    {
        using var shell = ModuleShell.Connected();
        Assert.Equal(["TaskNotFound nonesuch"], shell.Texts("try { Get-OcTask nonesuch -ErrorAction Stop } catch [OpenCode.OpenCodeException] { \"$($_.Exception.Error) $($_.TargetObject)\" }"));
    }
}

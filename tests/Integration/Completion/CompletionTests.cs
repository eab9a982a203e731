using System.Management.Automation;
using OpenCode.Tests.Integration.Hosting;

namespace OpenCode.Tests.Integration.Completion;

/// <summary>What Tab offers, asked of the engine as a prompt asks it.</summary>
[Collection(HostingCollection.Name)]
public sealed class CompletionTests
{
    [Fact]
    public void Task_byTheBeginningOfItsId_isOfferedWithWhatItIs()
    {
        using var shell = ModuleShell.Connected();
        var id = shell.Texts("(New-OcTask 'Speed up the report' -Owner ana | Add-OcAgent profiler).Resource")[0]["task:".Length..];
        var offered = Assert.Single(shell.Tab($"Get-OcTask {id[..20]}"));
        Assert.Equal(id, offered.CompletionText);
        Assert.Equal("Running  Speed up the report", offered.ListItemText);
        Assert.Matches("^Speed up the report\nRunning, of ana, with profiler, created (now|\\d+ s ago)$", offered.ToolTip);
        Assert.Equal(CompletionResultType.ParameterValue, offered.ResultType);
        Assert.Equal(id, Assert.Single(shell.Tab($"goct -Id '{id[..10]}")).CompletionText.Trim('\''));
        Assert.Equal(id, Assert.Single(shell.Tab($"Remove-OcTask -TaskId {id[..10]}")).CompletionText);
    }

    [Theory]
    [InlineData("Add-OcTaskLog pars", "x-parser")]
    [InlineData("Add-OcTaskLog 'rewrite the p", "x-parser")]
    [InlineData("Add-OcTaskLog PARSER", "x-parser")]
    [InlineData("Add-OcTaskLog *arse*", "x-parser")]
    [InlineData("Add-OcTaskLog x-?ar", "x-parser")]
    [InlineData("Add-OcTaskLog arser", "")]
    [InlineData("Add-OcTaskLog \"; DROP", "")]
    [InlineData("Add-OcTaskLog report", "x-report-1 x-report-2")]
    [InlineData("Add-OcTaskLog [", "")]
    public void Task_byWordsOfItsName_isOffered_whetherASearchHasIndexedItOrNot(string line, string expected)
    {
        using var shell = ModuleShell.Connected();
        shell.Run("$null = New-OcTask 'Rewrite the parser' -Id x-parser; $null = New-OcTask 'Report of May' -Id x-report-2; $null = New-OcTask 'Read the report.' -Id x-report-1");
        Assert.Equal(expected, string.Join(' ', shell.Tab(line).Select(static c => c.CompletionText.Trim('\''))));
        shell.Index();
        Assert.Equal(expected, string.Join(' ', shell.Tab(line).Select(static c => c.CompletionText.Trim('\''))));
    }

    [Theory]
    [InlineData("Start-OcTask ", "pending ")]
    [InlineData("Add-OcAgent ", "running pending ")]
    [InlineData("Resume-OcTask ", "cancelled failed pending ")]
    [InlineData("ruoct t", "t-cancelled t-failed ")]
    [InlineData("Complete-OcTask ", "running ")]
    public void Task_thatTheCmdletCanActOn_isOfferedFirst(string line, string expected)
    {
        using var shell = ModuleShell.Connected();
        shell.Run("""
            'pending', 'running', 'completed', 'failed', 'cancelled' | % { $null = New-OcTask $_ -Id $_ }
            'running', 'completed', 'failed' | % { $null = Start-OcTask $_ }
            $null = Complete-OcTask completed; $null = Complete-OcTask failed -ErrorMessage bad; $null = Stop-OcTask cancelled
            """);
        if (expected.StartsWith("t-", StringComparison.Ordinal))
        {
            shell.Run("'t-failed', 't-cancelled', 't-pending' | % { $null = New-OcTask n -Id $_ }; $null = Start-OcTask t-failed; $null = Complete-OcTask t-failed -ErrorMessage bad; $null = Stop-OcTask t-cancelled; $null = Start-OcTask t-pending");
        }

        Assert.StartsWith(expected, string.Join(' ', shell.Tab(line).Select(static c => c.CompletionText)) + " ");
    }

    [Fact]
    public void Agent_ofTheTaskThatIsGiven_isOffered_elseAny()
    {
        using var shell = ModuleShell.Connected();
        shell.Run("$one = New-OcTask one -Id one -Mode Collaborative; $null = $one | Add-OcAgent ada; $null = $one | Add-OcAgent 'bob the builder'; $one | Remove-OcAgent ada; $null = New-OcTask two -Id two | Add-OcAgent cyd");
        Assert.Equal(["'bob the builder'", "ada"], shell.TabTexts("Remove-OcAgent one "));
        Assert.Equal(["'bob the builder'", "ada"], shell.TabTexts("Remove-OcAgent -Task $one -Agent "));
        Assert.Equal(["\"bob the builder\""], shell.TabTexts("Add-OcTaskLog one hello -Agent \"b"));
        Assert.Equal(["ada", "'bob the builder'", "cyd"], shell.TabTexts("Get-OcTask -Agent "));
        Assert.Equal(["cyd", "ada", "'bob the builder'"], shell.TabTexts("Add-OcAgent two "));
        Assert.Equal(["ada"], shell.TabTexts("Get-OcTaskDecision one -Agent A"));
    }

    [Fact]
    public void FirstArgument_behindAPipe_isWhatItWillBeTakenFor()
    {
        using var shell = ModuleShell.Connected();
        shell.Run("$null = New-OcTask one -Id one | Add-OcAgent ada; $null = New-OcCheckpoint one 'before the rewrite'");
        Assert.Equal(["ada"], shell.TabTexts("Get-OcTask | Add-OcAgent "));
        Assert.Equal(["ada"], shell.TabTexts("Get-OcTask | aoca a"));
        Assert.Equal(["one"], shell.TabTexts("Get-OcTask | Add-OcAgent -Task o"));
        Assert.Empty(shell.TabTexts("Get-OcTask | Add-OcTaskLog o"));
        Assert.StartsWith("checkpoint_", Assert.Single(shell.TabTexts("Get-OcTask | Restore-OcCheckpoint ")));
        Assert.Equal(["one"], shell.TabTexts("Get-OcTask | Get-OcTaskState o"));
    }

    [Fact]
    public void Checkpoint_ofTheTaskThatIsGiven_isOffered_elseTheNewestOfAll()
    {
        using var shell = ModuleShell.Connected();
        var ids = shell.Texts("'one', 'two' | % { $null = New-OcTask $_ -Id $_; (New-OcCheckpoint $_ \"before $_\").Id; (New-OcCheckpoint $_).Id }");
        var (oneFirst, oneSecond, twoFirst, twoSecond) = (ids[0], ids[1], ids[2], ids[3]);
        Assert.Equal([oneSecond, oneFirst], shell.TabTexts("Restore-OcCheckpoint one "));
        Assert.Equal([twoSecond, twoFirst, oneSecond, oneFirst], shell.TabTexts("Resume-OcTask -Checkpoint "));
        Assert.Equal([twoFirst], shell.TabTexts("Resume-OcTask -Checkpoint 'before t").Select(static text => text.Trim('\'')));
        var offered = Assert.Single(shell.Tab($"Remove-OcCheckpoint -CheckpointId {oneFirst}"));
        Assert.Matches("^(now|\\d+ s ago)  before one$", offered.ListItemText);
        Assert.Contains("'one' (one)", offered.ToolTip);
    }

    [Fact]
    public void Owners_images_andMetadataKeys_areOffered()
    {
        using var shell = ModuleShell.Connected();
        shell.Run("$null = New-OcTask one -Owner ana -Metadata @{ ticket = 1; 'due by' = 'May' } -Image busybox:1; $null = New-OcTask two -Owner \"O'Hara\" -Metadata @{ ticket = 2 }");
        Assert.Equal(["'O''Hara'", "ana"], shell.TabTexts("Get-OcTask -Owner "));
        Assert.Equal(["ana"], shell.TabTexts("New-OcTask x -Owner A"));
        Assert.Equal(["busybox:1"], shell.TabTexts("New-OcTask x -Image b"));
        Assert.Contains("debian:stable-slim", shell.TabTexts("New-OcTask x -Image "));
        Assert.Equal(["@{ ticket = ", "@{ 'due by' = "], shell.TabTexts("New-OcTask x -Metadata "));
        Assert.Equal(["ticket"], shell.Tab("Set-OcTask x -Metadata t").Select(static c => c.ListItemText));
    }

    [Fact]
    public void Paths_inASandbox_areThoseOfItsWorkspace()
    {
        using var shell = ModuleShell.Connected();
        var id = shell.Texts("(New-OcTask one -Id one).Id")[0];
        var workspace = Path.Combine(shell.Folder, "tasks", id, "workspace");
        Directory.CreateDirectory(Path.Combine(workspace, "src", "deep"));
        File.WriteAllText(Path.Combine(workspace, "src", "main c"), "");
        Assert.Equal(["'/workspace/src/'"], shell.TabTexts("Copy-OcSandboxItem one -FromSandbox -Path "));
        Assert.Equal(["'/workspace/src/deep/'", "'/workspace/src/main c'"], shell.TabTexts("Copy-OcSandboxItem one -FromSandbox -Path /workspace/src/"));
        Assert.Equal(["'/workspace/src/deep/'"], shell.TabTexts("Copy-OcSandboxItem one -ToSandbox -Path ./local.txt -Destination src/d"));
        Assert.DoesNotContain("'/workspace/src/'", shell.TabTexts("Copy-OcSandboxItem one -ToSandbox -Path "));
    }

    [Theory]
    [InlineData("Get-OcTask -Status ", "Cancelled Completed Failed Pending Running")]
    [InlineData("Get-OcTask -Status Running, P", "Pending")]
    [InlineData("Add-OcTaskLog x y -Level ", "Debug Error Info Warn")]
    [InlineData("Get-OcTaskHistory x -Level W", "Warn")]
    [InlineData("New-OcTask x -Mode ", "Collaborative Exclusive")]
    public void Enumerations_areOfferedByTheEngineItself(string line, string expected)
    {
        using var shell = ModuleShell.Imported();
        Assert.Equal(expected, string.Join(' ', shell.TabTexts(line)));
    }

    [Fact]
    public void EveryParameter_thatNamesSomethingOfTheStore_isCompleted()
    {
        using var shell = ModuleShell.Imported();
        string[] names = ["Task", "Agent", "Owner", "Checkpoint", "Image", "DockerImage", "Metadata"];
        var parameters = shell.Run("Get-Command -Module OpenCode -CommandType Cmdlet").Select(static c => (CmdletInfo)c.BaseObject)
            .SelectMany(static cmdlet => cmdlet.Parameters.Values.Select(parameter => (cmdlet.Name, Parameter: parameter)))
            .Where(entry => names.Contains(entry.Parameter.Name)).ToList();
        Assert.NotEmpty(parameters);
        Assert.All(parameters.Where(static entry => (entry.Name, entry.Parameter.Name) != ("Add-OcTaskDecision", "Metadata")), static entry =>
            Assert.True(entry.Parameter.Attributes.OfType<ArgumentCompleterAttribute>().Any(), $"{entry.Name} -{entry.Parameter.Name} completes nothing."));
    }
}

using OpenCode.Tests.Integration.Hosting;

namespace OpenCode.Tests.Integration.Completion;

/// <summary>Tab never disturbs: no store is made, none stays open, and whatever is wrong gives nothing.</summary>
[Collection(HostingCollection.Name)]
public sealed class CompletionFailureTests
{
    private static readonly string[] Lines = ["Get-OcTask t", "Get-OcTask -Owner ", "Get-OcTask -Agent ", "Restore-OcCheckpoint -Checkpoint ", "Get-OcTaskExecution x ", "Get-OcTask *", "Set-OcTask x -Metadata "];

    [Fact]
    public void NoStore_givesNothing_andNoneIsMade()
    {
        using var shell = ModuleShell.Imported();
        var folder = Path.Combine(shell.Folder, "never");
        shell.In(folder, () => Assert.All(Lines, line => Assert.Empty(shell.Tab(line))));
        Assert.False(Directory.Exists(folder));
        Assert.Empty(shell.Run("$Error"));
    }

    [Fact]
    public void Store_thatIsNotOpen_isLookedInto_andNotKeptOpen()
    {
        using var shell = ModuleShell.Imported();
        using (var other = shell.Another())
        {
            other.Run("$null = New-OcTask one -Id one -Owner ana");
        }

        shell.In(shell.Folder, () =>
        {
            Assert.Equal(["one"], shell.TabTexts("Get-OcTask o"));
            Assert.Equal(["ana"], shell.TabTexts("Get-OcTask -Owner "));
        });
        OpenFiles.AssertNone(shell.Folder);
        Assert.Empty(shell.Run("$Error"));
    }

    [Fact]
    public void Database_thatIsNone_orOfAnotherSchema_givesNothing_andStaysAsItIs()
    {
        using var shell = ModuleShell.Imported();
        var file = Path.Combine(shell.Folder, "opencode.db");
        File.WriteAllText(file, "no database, but long enough to be read as the head of one: a hundred bytes are looked at, so here they are, and more");
        var before = File.ReadAllBytes(file);
        shell.In(shell.Folder, () => Assert.All(Lines, line => Assert.Empty(shell.Tab(line))));
        Assert.Equal(before, File.ReadAllBytes(file));
        File.WriteAllBytes(file, []);
        shell.In(shell.Folder, () => Assert.All(Lines, line => Assert.Empty(shell.Tab(line))));
        Assert.Empty(File.ReadAllBytes(file));
        Assert.Equal([file], Directory.GetFileSystemEntries(shell.Folder));
        Assert.Empty(shell.Run("$Error"));
    }

    [Fact]
    public void Configuration_thatIsWrong_givesNothing()
    {
        using var shell = ModuleShell.Imported();
        File.WriteAllText(Path.Combine(shell.Folder, "config.json"), "{ \"database\": { \"cacheSize\": -1 } }");
        shell.In(shell.Folder, () => Assert.All(Lines, line => Assert.Empty(shell.Tab(line))));
        Assert.Empty(shell.Run("$Error"));
    }

    [Fact]
    public void Store_thatIsConnected_andClosedMeanwhile_givesNothingOrWhatItHas()
    {
        using var shell = ModuleShell.Connected();
        shell.Run("$null = New-OcTask one -Id one");
        Assert.Equal(["one"], shell.TabTexts("Get-OcTask o"));
        shell.Run("Remove-Module OpenCode; Import-Module '" + ModuleShell.Manifest + "'");
        OpenFiles.AssertNone(shell.Folder);
        shell.In(Path.Combine(shell.Folder, "never"), () => Assert.Empty(shell.Tab("Get-OcTask o")));
    }
}

using System.Management.Automation;
using System.Runtime.Loader;
using Microsoft.Data.Sqlite;
using OpenCode.Tasks;

namespace OpenCode.Tests.Integration.Hosting;

[Collection(HostingCollection.Name)]
public sealed class ImportTests
{
    [Fact]
    public void Import_byManifest_givesJustWhatTheManifestSays()
    {
        using var shell = ModuleShell.Imported();
        var module = shell.One<PSModuleInfo>("Get-Module OpenCode");
        var implemented = module.ExportedCmdlets.Values.First().ImplementingType.Assembly.ExportedTypes
            .SelectMany(static type => type.GetCustomAttributes(typeof(CmdletAttribute), false).Cast<CmdletAttribute>())
            .Select(static cmdlet => $"{cmdlet.VerbName}-{cmdlet.NounName}");
        Assert.Equal(implemented.Order(), module.ExportedCmdlets.Keys.Order());
        Assert.Equal(Aliases(module).Order(), module.ExportedAliases.Keys.Order());
        Assert.NotEmpty(module.ExportedAliases);
        Assert.Equal(typeof(AgentTask).Assembly.GetName().Version!.ToString(3), module.Version.ToString());
    }

    [Fact]
    public void Import_afterRemove_hasCmdletsAndAliasesAgain()
    {
        using var shell = ModuleShell.Connected();
        var before = shell.Texts("(Get-Command -Module OpenCode).Name");
        shell.Run("$null = New-OcTask before");
        shell.Run("Remove-Module OpenCode");
        Assert.Empty(shell.Run("Get-Command -Module OpenCode"));
        shell.Import();
        Assert.Equal(before, shell.Texts("(Get-Command -Module OpenCode).Name"));
        Assert.Equal(["before", "after"], shell.Texts($"$null = Connect-OcStore '{shell.Folder}'; $null = noct after; (goct).Name").Reverse());
    }

    [Fact]
    public void Remove_closesTheStore()
    {
        using var shell = ModuleShell.Connected();
        shell.Run("$null = New-OcTask one");
        Assert.NotEmpty(OpenFiles.Under(shell.Folder));
        shell.Run("Remove-Module OpenCode");
        OpenFiles.AssertNone(shell.Folder);
    }

    [Fact]
    public void Store_usedByTwoRunspaces_staysOpenUntilBothAreClosed()
    {
        using var first = ModuleShell.Connected();
        using (var second = first.Another())
        {
            first.Run("Remove-Module OpenCode");
            Assert.Single(second.Run("New-OcTask still"));
        }

        OpenFiles.AssertNone(first.Folder);
    }

    [Fact]
    public void Import_opensNoStore()
    {
        var folder = Path.Combine(Path.GetTempPath(), $"oc-unopened-{Guid.NewGuid():N}");
        var before = Environment.GetEnvironmentVariable("OPENCODE_DATA");
        Environment.SetEnvironmentVariable("OPENCODE_DATA", folder);
        try
        {
            using var shell = ModuleShell.Imported();
            Assert.Equal(folder, Assert.Single(shell.Texts("(Get-OcConfiguration).Where{ $_.Key -eq 'dataRoot' }.Value")));
            shell.Run("New-OcTask x -WhatIf; Get-Command -Module OpenCode");
            Assert.False(Directory.Exists(folder), "A store was made without being asked for.");
            shell.Run("$null = New-OcTask x");
            Assert.True(Directory.Exists(folder));
        }
        finally
        {
            Environment.SetEnvironmentVariable("OPENCODE_DATA", before);
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, true);
            }
        }
    }

    [Fact]
    public void Import_inEightRunspacesAtOnce_worksInAll()
    {
        using var store = ModuleShell.Connected();
        var ids = new string[8][];
        Parallel.For(0, ids.Length, new ParallelOptions { MaxDegreeOfParallelism = ids.Length }, i =>
        {
            using var shell = store.Another();
            ids[i] = shell.Texts("(1..20 | New-OcTask -Owner both).Id");
        });

        Assert.Equal(160, ids.SelectMany(static i => i).Distinct().Count());
        Assert.Equal(160, store.Run("Get-OcTask -Owner both").Count);
    }

    [Fact]
    public void Import_besideAnotherSqlite_hasItsOwn()
    {
        // The test's own, of whatever version, is in the default context before the module comes.
        using var connection = new SqliteConnection("Data Source=:memory:");
        connection.Open();
        using var shell = ModuleShell.Connected();
        shell.Run("$null = New-OcTask x");
        var context = Assert.Single(AssemblyLoadContext.All, static context => context.Name == "OpenCode");
        Assert.Same(AssemblyLoadContext.Default, AssemblyLoadContext.GetLoadContext(typeof(SqliteConnection).Assembly));
        var theirs = Assert.Single(context.Assemblies, static a => a.GetName().Name == "Microsoft.Data.Sqlite");
        Assert.NotSame(typeof(SqliteConnection).Assembly, theirs);
        Assert.StartsWith(Path.Combine(ModuleShell.ModuleFolder, "bin"), theirs.Location);
        Assert.NotSame(typeof(TaskService).Assembly, Assert.Single(context.Assemblies, static a => a.GetName().Name == "OpenCode.Core"));
        Assert.DoesNotContain(context.Assemblies, static a => a.GetName().Name is "OpenCode.Abstractions" or "System.Management.Automation");
    }

    [Fact]
    public void Vocabulary_hasOneIdentity()
    {
        using var shell = ModuleShell.Connected();
        Assert.Equal(typeof(AgentTask), shell.One<AgentTask>("New-OcTask x").GetType());
        Assert.Equal("OpenCode.AgentTask", shell.One<string>("[OpenCode.AgentTask].FullName"));
        Assert.True(shell.One<bool>("(New-OcTask y) -is [OpenCode.AgentTask]"));
        Assert.Equal("Failed", shell.One<string>("[OpenCode.AgentTaskStatus]::Failed.ToString()"));
    }

    [Fact]
    public void Manifest_isFoundValid()
    {
        using var shell = ModuleShell.Empty();
        var module = shell.One<PSModuleInfo>($"Test-ModuleManifest '{ModuleShell.Manifest}'");
        Assert.Equal(("OpenCode", "OpenCode.Cmdlets.dll", "https://spdx.org/licenses/MIT.html"), (module.Name, module.RootModule, module.LicenseUri.AbsoluteUri));
        Assert.Equal(Repository.ChangeLogHead().Notes, module.ReleaseNotes.ReplaceLineEndings("\n").Trim());

        // It would load a file of that name, and not what is in bin/.
        Assert.Equal(["README.txt"], Directory.GetFileSystemEntries(Path.Combine(ModuleShell.ModuleFolder, module.RootModule)).Select(Path.GetFileName));
    }

    [Fact]
    public void ModuleFolder_hasNothingOfPowerShell_andNativesOfItsPlatforms()
    {
        var files = Directory.EnumerateFiles(ModuleShell.ModuleFolder, "*", SearchOption.AllDirectories).Select(static f => Path.GetRelativePath(ModuleShell.ModuleFolder, f).Replace('\\', '/')).ToArray();
        Assert.DoesNotContain(files, static f => Path.GetFileName(f).StartsWith("System.Management.Automation", StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain("bin/OpenCode.Abstractions.dll", files);
        Assert.DoesNotContain("OpenCode.Cmdlets.dll", files);
        string[] platforms = ["linux-arm64", "linux-musl-x64", "linux-x64", "osx-arm64", "osx-x64", "win-arm64", "win-x64"];
        Assert.Equal(platforms, files.Where(static f => f.StartsWith("bin/runtimes/", StringComparison.Ordinal)).Select(static f => f.Split('/')[2]).Distinct().Order());
        foreach (var platform in platforms)
        {
            Assert.Contains(files, f => f.StartsWith($"bin/runtimes/{platform}/native/", StringComparison.Ordinal) && f.Contains("e_sqlite3", StringComparison.Ordinal));
        }
    }

    private static IEnumerable<string> Aliases(PSModuleInfo module) =>
        module.ExportedCmdlets.Values.SelectMany(static c => c.ImplementingType.GetCustomAttributes(typeof(AliasAttribute), false).Cast<AliasAttribute>()).SelectMany(static a => a.AliasNames);
}

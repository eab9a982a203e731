using System.Reflection;
using System.Text.RegularExpressions;

namespace OpenCode.Tests.Integration.Hosting;

/// <summary>One version, everywhere.</summary>
public sealed partial class VersionTests
{
    [Fact]
    public void Version_is_one_in_manifest_assemblies_folder_and_changelog()
    {
        var root = ModuleShell.ModuleFolder;
        var version = ManifestVersion().Match(File.ReadAllText(ModuleShell.Manifest)).Groups[1].Value;
        Assert.NotEmpty(version);
        Assert.Equal(version, Path.GetFileName(root));
        Assert.Equal(version, Repository.ChangeLogHead().Version);
        foreach (var assembly in (string[])["OpenCode.Abstractions.dll", "OpenCode.Loader.dll", "bin/OpenCode.Core.dll", "bin/OpenCode.Cmdlets.dll", "mcp/OpenCode.McpHost.dll"])
        {
            Assert.Equal(version, AssemblyName.GetAssemblyName(Path.Combine(root, assembly)).Version!.ToString(3));
        }
    }

    [GeneratedRegex("ModuleVersion = '([^']+)'")]
    private static partial Regex ManifestVersion();
}

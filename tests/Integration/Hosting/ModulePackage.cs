using System.Diagnostics;
using System.IO.Compression;
using System.Xml.Linq;

namespace OpenCode.Tests.Integration.Hosting;

/// <summary>The package that the gallery would get, unpacked as an installation would: made here, or the one that OPENCODE_TEST_PACKAGE names.</summary>
public sealed class ModulePackage : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("oc-package-");

    /// <summary>The package's file.</summary>
    public string File { get; private set; } = "";

    /// <summary>Its parts, by their names in the package.</summary>
    public IReadOnlyList<string> Parts { get; private set; } = [];

    /// <summary>The <c>metadata</c> of its nuspec.</summary>
    public XElement Metadata { get; private set; } = new("none");

    /// <summary>The version in its nuspec.</summary>
    public string Version => Text("version");

    /// <summary>The manifest of the unpacked module.</summary>
    public string Manifest => Path.Combine(ModuleFolder, "OpenCode.psd1");

    /// <summary>The unpacked module: the package without what only makes it one.</summary>
    public string ModuleFolder => Path.Combine(_folder.FullName, "OpenCode", Version);

    /// <summary>A folder for what a test leaves.</summary>
    public string NewFolder() => _folder.CreateSubdirectory(Guid.NewGuid().ToString("N")).FullName;

    /// <summary>The text of one part of the metadata.</summary>
    public string Text(string name) => Metadata.Elements().Single(element => element.Name.LocalName == name).Value;

    public async ValueTask InitializeAsync()
    {
        File = Environment.GetEnvironmentVariable("OPENCODE_TEST_PACKAGE") is { Length: > 0 } given ? given : await PackAsync();
        await using var package = await ZipFile.OpenReadAsync(File);
        Parts = [.. package.Entries.Select(static entry => entry.FullName)];
        await using (var nuspec = await package.GetEntry("OpenCode.nuspec")!.OpenAsync())
        {
            var document = await XDocument.LoadAsync(nuspec, LoadOptions.PreserveWhitespace, CancellationToken.None);
            Metadata = document.Root!.Elements().Single(static element => element.Name.LocalName == "metadata");
        }

        foreach (var entry in package.Entries.Where(static entry => IsOfTheModule(entry.FullName)))
        {
            var target = Path.Combine(ModuleFolder, entry.FullName);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            await entry.ExtractToFileAsync(target);
        }
    }

    public ValueTask DisposeAsync()
    {
        _folder.Delete(true);
        return ValueTask.CompletedTask;
    }

    /// <summary>Whether a part is the module's, and not the package's own.</summary>
    public static bool IsOfTheModule(string part) => part is not ("[Content_Types].xml" or "OpenCode.nuspec") && !part.StartsWith("_rels/", StringComparison.Ordinal) && !part.StartsWith("package/", StringComparison.Ordinal);

    // In folders of its own, so that what the build laid out stays as it is.
    private async Task<string> PackAsync()
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Repository.Root };
        string[] arguments =
        [
            "msbuild", Path.Combine(Repository.Root, "src", "OpenCode.Cmdlets"), "-t:PackModule", "-nologo", "-v:m", "-nodeReuse:false", "-p:UseSharedCompilation=false",
            $"-p:PackageOutput={_folder.FullName}/", $"-p:PackageStage={_folder.FullName}/stage/",
        ];
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using var build = Process.Start(start)!;
        var errors = build.StandardError.ReadToEndAsync();
        var output = await build.StandardOutput.ReadToEndAsync().WaitAsync(Patience);
        await build.WaitForExitAsync().WaitAsync(Patience);
        Assert.True(build.ExitCode == 0, $"{output}{await errors}");
        return Assert.Single(Directory.GetFiles(_folder.FullName, "OpenCode.*.nupkg"));
    }
}

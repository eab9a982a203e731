using System.Buffers.Binary;
using System.Diagnostics;
using System.IO.Compression;
using System.Management.Automation.Language;
using System.Text;
using System.Xml.Linq;
using ModelContextProtocol.Client;
using OpenCode.Tests.Integration.Mcp;

namespace OpenCode.Tests.Integration.Hosting;

/// <summary>What a gallery would get, and what somebody who installs it has. The module in it runs in processes of its own: two builds of one assembly do not fit into one.</summary>
[Collection(HostingCollection.Name)]
public sealed class PackageTests(ModulePackage package) : IClassFixture<ModulePackage>
{
    private const long MostBytes = 15 * 1024 * 1024;

    // What the gallery's database takes.
    private const int MostTagCharacters = 4000;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static readonly string[] Runtimes = ["linux-arm64", "linux-musl-x64", "linux-x64", "osx-arm64", "osx-x64", "win-arm64", "win-x64"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Package_isSmall_andNamedAsAGalleryWantsIt()
    {
        Assert.InRange(new FileInfo(package.File).Length, 1, MostBytes);
        Assert.Equal($"OpenCode.{package.Version}.nupkg", Path.GetFileName(package.File));
    }

    [Fact]
    public async Task Package_isAnOpenPackage_whoseEveryPartHasAType()
    {
        await using var zip = await ZipFile.OpenReadAsync(package.File, Token);
        var types = await ReadAsync(zip, "[Content_Types].xml");
        var extensions = types.Elements().Where(static e => e.Name.LocalName == "Default").Select(static e => e.Attribute("Extension")!.Value).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var parts = types.Elements().Where(static e => e.Name.LocalName == "Override").Select(static e => e.Attribute("PartName")!.Value.TrimStart('/')).ToHashSet(StringComparer.OrdinalIgnoreCase);
        Assert.All(package.Parts.Where(static part => part != "[Content_Types].xml"), part => Assert.True(extensions.Contains(Path.GetExtension(part).TrimStart('.')) || parts.Contains(part), $"'{part}' has no type."));
        var relations = await ReadAsync(zip, "_rels/.rels");
        Assert.Contains(relations.Elements(), static e => e.Attribute("Type")!.Value.EndsWith("/manifest", StringComparison.Ordinal) && e.Attribute("Target")!.Value == "/OpenCode.nuspec");

        // An entry's time would make two packages of the same files two different ones.
        Assert.Single(zip.Entries.Select(static entry => entry.LastWriteTime.DateTime).Distinct());
    }

    [Fact]
    public void Metadata_saysWhatTheManifestAndTheChangelogSay()
    {
        var manifest = ManifestOf(package.Manifest);
        var data = (System.Collections.Hashtable)((System.Collections.Hashtable)manifest["PrivateData"]!)["PSData"]!;
        var (version, notes) = Repository.ChangeLogHead();
        Assert.Equal(("OpenCode", version, version), (package.Text("id"), package.Version, (string)manifest["ModuleVersion"]!));
        Assert.Equal(((string)manifest["Author"]!, (string)manifest["CompanyName"]!, (string)manifest["Copyright"]!), (package.Text("authors"), package.Text("owners"), package.Text("copyright")));
        Assert.Equal((string)manifest["Description"]!, package.Text("description"));
        Assert.Equal((notes, notes), (package.Text("releaseNotes").ReplaceLineEndings("\n"), ((string)data["ReleaseNotes"]!).ReplaceLineEndings("\n")));
        Assert.NotEmpty(notes);
        Assert.Equal(("MIT", "https://spdx.org/licenses/MIT.html"), (package.Text("license"), (string)data["LicenseUri"]!));

        // Either the project has an address, and then everywhere, or nothing stands where it should.
        var address = package.Metadata.Elements().SingleOrDefault(static e => e.Name.LocalName == "projectUrl")?.Value;
        Assert.Equal(address, data["ProjectUri"]);
        Assert.Equal(address is null, data["IconUri"] is null);
        Assert.DoesNotContain("{", package.Metadata.Value.Replace(notes, "", StringComparison.Ordinal));
    }

    [Fact]
    public void Tags_areTheGallerysOwn_andEveryCmdlet()
    {
        var tags = package.Text("tags").Split(' ');
        Assert.Superset(new HashSet<string>(["PSModule", "PSEdition_Core", "Windows", "Linux", "MacOS", "PSIncludes_Cmdlet"]), new HashSet<string>(tags));
        var cmdlets = ((object[])ManifestOf(package.Manifest)["CmdletsToExport"]!).Cast<string>().ToArray();
        Assert.NotEmpty(cmdlets);
        Assert.Equal(cmdlets.Select(static c => $"PSCmdlet_{c}"), tags.Where(static tag => tag.StartsWith("PSCmdlet_", StringComparison.Ordinal)));
        Assert.Equal(cmdlets.Select(static c => $"PSCommand_{c}"), tags.Where(static tag => tag.StartsWith("PSCommand_", StringComparison.Ordinal)));
        Assert.InRange(package.Text("tags").Length, 1, MostTagCharacters);
    }

    [Fact]
    public void Icon_andReadme_areThere()
    {
        var icon = File.ReadAllBytes(Path.Combine(package.ModuleFolder, package.Text("icon")));
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], icon[..4]);
        Assert.Equal((128, 128), (BinaryPrimitives.ReadInt32BigEndian(icon.AsSpan(16)), BinaryPrimitives.ReadInt32BigEndian(icon.AsSpan(20))));
        Assert.StartsWith("# OpenCode for PowerShell", File.ReadAllText(Path.Combine(package.ModuleFolder, package.Text("readme"))));
        Assert.Contains("MIT License", File.ReadAllText(Path.Combine(package.ModuleFolder, "LICENSE")));
    }

    [Fact]
    public void Files_areThoseOfTheLayout_andOfNothingElse()
    {
        var files = package.Parts.Where(ModulePackage.IsOfTheModule).Order(StringComparer.Ordinal).ToArray();
        var built = Path.GetDirectoryName(Repository.Metadata("ModuleManifest"))!;
        Assert.Equal(Directory.EnumerateFiles(built, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(built, file).Replace('\\', '/')).Order(StringComparer.Ordinal), files);
        Assert.DoesNotContain(files, static file => Path.GetFileName(file).StartsWith("System.Management.Automation", StringComparison.OrdinalIgnoreCase)
            || file.Contains("Test", StringComparison.OrdinalIgnoreCase) || file.Contains("xunit", StringComparison.OrdinalIgnoreCase) || file.EndsWith("PublicAPI.Shipped.txt", StringComparison.Ordinal));
        Assert.Equal(Runtimes, files.Where(static file => file.Contains("runtimes/", StringComparison.Ordinal)).Select(static file => file.Split("runtimes/")[1].Split('/')[0]).Order());
    }

    [Fact]
    public void Files_thatTheHostSharesWithTheModule_areThereOnce()
    {
        var sums = package.Parts.Where(static part => part.StartsWith("bin/", StringComparison.Ordinal) || part.StartsWith("mcp/", StringComparison.Ordinal))
            .GroupBy(part => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(Path.Combine(package.ModuleFolder, part)))));
        Assert.All(sums, static same => Assert.Single(same));
    }

    [Fact]
    public void Assemblies_nameNoFolderOfTheMachineThatBuiltThem()
    {
        var root = Encoding.UTF8.GetBytes(Repository.Root);
        var ours = Directory.GetFiles(package.ModuleFolder, "OpenCode.*", SearchOption.AllDirectories);
        Assert.Contains(ours, static file => file.EndsWith(".pdb", StringComparison.Ordinal));
        Assert.All(ours, file => Assert.True(File.ReadAllBytes(file).AsSpan().IndexOf(root) < 0, $"{file} names {Repository.Root}."));
    }

    [Theory]
    [MemberData(nameof(Cmdlets.UseCaseTests.Names), MemberType = typeof(Cmdlets.UseCaseTests))]
    public async Task Module_unpacked_runsAUseCase(string name)
    {
        var lines = await RunAsync($"(Get-Module OpenCode).ModuleBase; & '{Path.Combine(Repository.Root, "samples", "UseCases", name + ".ps1")}' -Store '{package.NewFolder()}'; (Get-OcTask)[-1].Status");
        Assert.Equal((package.ModuleFolder, $"{name[2..]}: ok", "Completed"), (lines[0], lines[^2], lines[^1]));
    }

    [Fact]
    public async Task Host_unpacked_worksOnTheStoreOfTheModule()
    {
        var store = package.NewFolder();
        var created = await RunAsync($"$null = Connect-OcStore '{store}'; (New-OcTask 'made by the module').Id");
        var transport = new StdioClientTransport(new StdioClientTransportOptions
        {
            Command = "dotnet",
            Arguments = [Path.Combine(package.ModuleFolder, "mcp", "OpenCode.McpHost.dll"), "--data", store],
            WorkingDirectory = store,
            StandardErrorLines = static line => TestContext.Current.TestOutputHelper?.WriteLine(line),
        });
        await using (var client = await McpClient.CreateAsync(transport, cancellationToken: Token).WaitAsync(HostStore.Patience, Token))
        {
            var attached = await client.CallToolAsync("attach_agent_to_task", new Dictionary<string, object?> { ["taskId"] = created[0], ["agentId"] = "guest" }, cancellationToken: Token).AsTask().WaitAsync(HostStore.Patience, Token);
            Assert.True(attached.IsError is not true, HostClient.Text(attached));
        }

        Assert.Equal(["Running guest"], await RunAsync($"$null = Connect-OcStore '{store}'; Get-OcTask | ForEach-Object {{ \"$($_.Status) $($_.Agents)\" }}"));
    }

    private static System.Collections.Hashtable ManifestOf(string path)
    {
        var ast = Parser.ParseFile(path, out _, out var errors);
        Assert.Empty(errors);

        // As Import-PowerShellDataFile reads it: anything but data throws.
        return (System.Collections.Hashtable)ast.Find(static node => node is HashtableAst, false)!.SafeGetValue();
    }

    private static async Task<XElement> ReadAsync(ZipArchive zip, string part)
    {
        await using var stream = await zip.GetEntry(part)!.OpenAsync(Token);
        return (await XDocument.LoadAsync(stream, LoadOptions.None, Token)).Root!;
    }

    /// <summary>Imports the unpacked module in a process of its own, runs a script that has to go well, and gives its lines.</summary>
    private async Task<string[]> RunAsync(string script)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, ArgumentList = { Repository.Metadata("ModuleHost"), package.Manifest, script } };
        start.Environment["OPENCODE_DOCKER_SOCKET"] = "unix:///nonexistent/docker.sock";
        using var host = Process.Start(start)!;
        try
        {
            var errors = host.StandardError.ReadToEndAsync(Token);
            var output = await host.StandardOutput.ReadToEndAsync(Token).WaitAsync(Patience, Token);
            await host.WaitForExitAsync(Token).WaitAsync(Patience, Token);
            Assert.True(host.ExitCode == 0, await errors);
            return output.TrimEnd().ReplaceLineEndings("\n").Split('\n');
        }
        finally
        {
            if (!host.HasExited)
            {
                host.Kill(entireProcessTree: true);
            }
        }
    }
}

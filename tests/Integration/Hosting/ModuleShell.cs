using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace OpenCode.Tests.Integration.Hosting;

/// <summary>A fresh runspace with the built module imported, and a store in a folder of its own.</summary>
public sealed class ModuleShell : IDisposable
{
    /// <summary>The manifest of the module under test: the one that OPENCODE_TEST_MODULE names, such as an unpacked package's, or the one that the build laid out.</summary>
    public static readonly string Manifest = Environment.GetEnvironmentVariable("OPENCODE_TEST_MODULE") is { Length: > 0 } given ? Path.GetFullPath(given) : Repository.Metadata("ModuleManifest");

    private readonly Runspace _runspace;
    private readonly bool _ownsFolder;

    private ModuleShell(string folder, bool ownsFolder)
    {
        Folder = folder;
        _ownsFolder = ownsFolder;
        var state = InitialSessionState.CreateDefault2();
        if (OperatingSystem.IsWindows())
        {
            state.ExecutionPolicy = Microsoft.PowerShell.ExecutionPolicy.Bypass;
        }

        _runspace = RunspaceFactory.CreateRunspace(state);
        _runspace.Open();
    }

    /// <summary>The folder of the module.</summary>
    public static string ModuleFolder => Path.GetDirectoryName(Manifest)!;

    /// <summary>The store's folder.</summary>
    public string Folder { get; }

    /// <summary>A runspace without the module.</summary>
    public static ModuleShell Empty() => new(Directory.CreateTempSubdirectory("oc-hosting-").FullName, true);

    /// <summary>A runspace with the module that is connected to no store.</summary>
    public static ModuleShell Imported()
    {
        var shell = Empty();
        shell.Import();
        return shell;
    }

    /// <summary>A runspace with the module and a store.</summary>
    public static ModuleShell Connected()
    {
        var shell = Imported();
        shell.Run($"$null = Connect-OcStore '{shell.Folder}'");
        return shell;
    }

    /// <summary>Another runspace on the store of this one.</summary>
    public ModuleShell Another()
    {
        var shell = new ModuleShell(Folder, false);
        shell.Import();
        shell.Run($"$null = Connect-OcStore '{Folder}'");
        return shell;
    }

    /// <summary>Imports the module as a user would.</summary>
    public void Import() => Run($"Import-Module '{Manifest}'");

    /// <summary>Sets a variable.</summary>
    public void Set(string name, object? value) => _runspace.SessionStateProxy.SetVariable(name, value);

    /// <summary>Runs a script that is expected to go well, and gives its output.</summary>
    public IReadOnlyList<PSObject> Run(string script)
    {
        var result = Try(script);
        Assert.True(result.Errors.Count == 0, $"'{script}' wrote errors: {string.Join("; ", result.Errors.Select(static e => $"{e.FullyQualifiedErrorId}: {e}"))}");
        return result.Output;
    }

    /// <summary>Runs a script and gives the base object of its only output.</summary>
    public T One<T>(string script) => Assert.IsType<T>(Assert.Single(Run(script)).BaseObject);

    /// <summary>Runs a script and gives the texts of its output.</summary>
    public string[] Texts(string script) => [.. Run(script).Select(static o => o?.ToString() ?? "")];

    /// <summary>Runs a script whatever becomes of it.</summary>
    public ShellResult Try(string script)
    {
        using var shell = Start(script);
        try
        {
            var output = shell.Invoke();
            return new ShellResult([.. output], [.. shell.Streams.Error], [.. shell.Streams.Warning.Select(static w => w.Message)], [.. shell.Streams.Verbose.Select(static v => v.Message)]);
        }
        catch (RuntimeException e)
        {
            return new ShellResult([], [.. shell.Streams.Error, e.ErrorRecord], [], []);
        }
    }

    /// <summary>The only error a script writes.</summary>
    public ErrorRecord Error(string script) => Assert.Single(Try(script).Errors);

    /// <summary>A script that is about to run; the caller begins and ends it.</summary>
    public PowerShell Start(string script)
    {
        var shell = PowerShell.Create(_runspace);
        return shell.AddScript(script);
    }

    public void Dispose()
    {
        _runspace.Dispose();
        if (_ownsFolder)
        {
            Directory.Delete(Folder, true);
        }
    }
}

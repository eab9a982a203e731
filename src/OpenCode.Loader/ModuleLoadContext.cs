using System.Reflection;
using System.Runtime.Loader;

namespace OpenCode.Loader;

/// <summary>
/// Holds the module's assemblies and packages apart from PowerShell's and from other modules'. Everything is found through the
/// dependency manifest of the root assembly, as a program's would be: managed, and native by platform.
/// </summary>
/// <param name="rootAssembly">The full path of the assembly whose <c>.deps.json</c> says what belongs to the module.</param>
internal sealed class ModuleLoadContext(string rootAssembly) : AssemblyLoadContext("OpenCode", isCollectible: false)
{
    // Reading dependency manifests takes longer than everything else the loader does, and an import needs none of what only they know.
    private readonly Lazy<AssemblyDependencyResolver> _resolver = new(() => new(rootAssembly));

    private readonly string _folder = Path.GetDirectoryName(rootAssembly)!;

    /// <summary>The module's root assembly.</summary>
    public Assembly LoadRoot() => LoadFromAssemblyPath(rootAssembly);

    /// <inheritdoc />
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        // Null sends the request on to the default context: the framework, PowerShell itself, and our vocabulary, which
        // has to be the same assembly for scripts and for us.
        // What is the same on every platform lies beside the root; a satellite or one platform's own would be known to the manifest alone.
        var beside = Path.Combine(_folder, assemblyName.Name + ".dll");
        return File.Exists(beside) ? LoadFromAssemblyPath(beside) : null;
    }

    /// <inheritdoc />
    protected override nint LoadUnmanagedDll(string unmanagedDllName)
    {
        // Without this SQLite's native library is looked for beside PowerShell, not in bin/runtimes.
        var path = _resolver.Value.ResolveUnmanagedDllToPath(unmanagedDllName);
        return path is null ? nint.Zero : LoadUnmanagedDllFromPath(path);
    }
}

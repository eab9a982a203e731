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
    private readonly AssemblyDependencyResolver _resolver = new(rootAssembly);

    /// <summary>The module's root assembly.</summary>
    public Assembly LoadRoot() => LoadFromAssemblyPath(rootAssembly);

    /// <inheritdoc />
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        // Null sends the request on to the default context: the framework, PowerShell itself, and our vocabulary, which
        // has to be the same assembly for scripts and for us.
        var path = _resolver.ResolveAssemblyToPath(assemblyName);
        return path is null ? null : LoadFromAssemblyPath(path);
    }

    /// <inheritdoc />
    protected override nint LoadUnmanagedDll(string unmanagedDllName)
    {
        // Without this SQLite's native library is looked for beside PowerShell, not in bin/runtimes.
        var path = _resolver.ResolveUnmanagedDllToPath(unmanagedDllName);
        return path is null ? nint.Zero : LoadUnmanagedDllFromPath(path);
    }
}

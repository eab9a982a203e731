using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace OpenCode.McpHost;

/// <summary>
/// In the module's folder the host has beside it only what the module has not: the rest, managed and native, is taken from the module's <c>bin/</c>, by the
/// dependency manifest that PowerShell finds it by too. Where a build has put everything beside the host, nothing is ever asked for here.
/// </summary>
internal static class SharedAssemblies
{
    // Created when first needed: with it comes the part of the runtime that reads dependency manifests.
    private static readonly Lazy<AssemblyDependencyResolver?> Module = new(static () =>
    {
        var root = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "bin", "OpenCode.Cmdlets.dll"));
        return File.Exists(root) ? new AssemblyDependencyResolver(root) : null;
    });

    /// <summary>Before any other code of the host, because the first method that names a shared type needs it.</summary>
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255:The ModuleInitializer attribute should not be used in libraries", Justification = "The host is a program.")]
    public static void Subscribe()
    {
        AssemblyLoadContext.Default.Resolving += static (context, name) => Module.Value?.ResolveAssemblyToPath(name) is { } path ? context.LoadFromAssemblyPath(path) : null;
        AssemblyLoadContext.Default.ResolvingUnmanagedDll += static (Assembly _, string name) => Module.Value?.ResolveUnmanagedDllToPath(name) is { } path ? NativeLibrary.Load(path) : nint.Zero;
    }
}

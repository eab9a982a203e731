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

    // Only for --http: the parts of ASP.NET Core are beside the runtime that runs this, if they are installed. They are no part of the host's own framework, so that a
    // machine with the bare runtime can serve standard input and output.
    private static readonly Lazy<string?> WebFramework = new(static () =>
    {
        var runtime = new DirectoryInfo(RuntimeEnvironment.GetRuntimeDirectory());
        var all = new DirectoryInfo(Path.Combine(runtime.Parent!.Parent!.FullName, "Microsoft.AspNetCore.App"));
        return !all.Exists ? null : all.EnumerateDirectories($"{Environment.Version.Major}.*")
            .OrderByDescending(static folder => System.Version.TryParse(folder.Name.Split('-')[0], out var version) ? version : new Version())
            .FirstOrDefault()?.FullName;
    });

    /// <summary>Before any other code of the host, because the first method that names a shared type needs it.</summary>
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255:The ModuleInitializer attribute should not be used in libraries", Justification = "The host is a program.")]
    public static void Subscribe()
    {
        AssemblyLoadContext.Default.Resolving += static (context, name) =>
            (Beside(AppContext.BaseDirectory, name) ?? Module.Value?.ResolveAssemblyToPath(name) ?? Beside(WebFramework.Value, name)) is { } path ? context.LoadFromAssemblyPath(path) : null;
        AssemblyLoadContext.Default.ResolvingUnmanagedDll += static (Assembly _, string name) => Module.Value?.ResolveUnmanagedDllToPath(name) is { } path ? NativeLibrary.Load(path) : nint.Zero;
    }

    /// <summary>True when this machine has what serving HTTP needs.</summary>
    public static bool HasWebFramework => WebFramework.Value is not null;

    private static string? Beside(string? folder, AssemblyName name) =>
        folder is not null && Path.Combine(folder, name.Name + ".dll") is var path && File.Exists(path) ? path : null;
}

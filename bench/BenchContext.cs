using System.Globalization;
using OpenCode.Configuration;

namespace OpenCode.Bench;

/// <summary>The command line, and a temporary folder that goes with the run.</summary>
internal sealed class BenchContext : IDisposable
{
    private readonly IReadOnlyList<string> _filters;
    private readonly string _root = Directory.CreateTempSubdirectory("opencode-bench-").FullName;
    private int _folders;

    public BenchContext(IReadOnlyList<string> arguments)
    {
        Quick = arguments.Contains("--quick");
        Module = arguments.FirstOrDefault(a => a.StartsWith("--module=", StringComparison.Ordinal))?["--module=".Length..];
        _filters = [.. arguments.Where(a => !a.StartsWith('-'))];
    }

    /// <summary>True for a run that shows that everything works rather than how fast it is.</summary>
    public bool Quick { get; }

    /// <summary>The manifest of the module to import, or null for the one this solution builds.</summary>
    public string? Module { get; }

    public static CancellationToken Token => CancellationToken.None;

    public bool Wants(string name) => _filters.Count == 0 || _filters.Any(f => name.Contains(f, StringComparison.OrdinalIgnoreCase));

    /// <summary>A number for the whole run, or a smaller one for a quick run.</summary>
    public int Count(int whole, int quick) => Quick ? quick : whole;

    /// <summary>An empty folder.</summary>
    public string Folder() => Directory.CreateDirectory(Path.Combine(_root, (_folders++).ToString(CultureInfo.InvariantCulture))).FullName;

    /// <summary>The settings of a store in a folder of its own.</summary>
    public OpenCodeConfiguration Store(bool synchronousFull = false) => new() { DataRoot = Folder(), SynchronousFull = synchronousFull };

    public void Dispose() => Directory.Delete(_root, recursive: true);
}

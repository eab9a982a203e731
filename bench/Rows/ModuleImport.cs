using System.Diagnostics;
using System.Globalization;
using System.Reflection;

namespace OpenCode.Bench.Rows;

/// <summary>The first import in a process, each in a process of its own, against a module with nothing in it.</summary>
internal sealed class ModuleImport : Benchmark
{
    private const double MostMilliseconds = 100;

    public override string Name => "module import";

    public override async IAsyncEnumerable<BenchRow> RunAsync(BenchContext bench)
    {
        var manifest = bench.Module ?? typeof(ModuleImport).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "ModuleManifest").Value!;
        if (!File.Exists(manifest))
        {
            yield return new BenchRow("import of the module over an empty one", "not measured here", "", "", "≤ 100 ms", null);
            yield break;
        }

        var folder = Directory.CreateDirectory(Path.Combine(bench.Folder(), "Empty")).FullName;
        var empty = Path.Combine(folder, "Empty.psd1");
        await File.WriteAllTextAsync(empty, "@{ ModuleVersion = '0.0.1'; FunctionsToExport = @(); CmdletsToExport = @(); AliasesToExport = @(); VariablesToExport = @() }");
        await ImportAsync(manifest); // the files into the system's cache
        var times = new List<(double Ours, double Empty)>();
        for (var round = 0; round < bench.Count(7, 2); round++)
        {
            times.Add((await ImportAsync(manifest), await ImportAsync(empty)));
        }

        var over = Pairs.Quantile(times.Select(t => t.Ours - t.Empty), 0.5);
        yield return new BenchRow(
            "import of the module over an empty one",
            $"{Pairs.Quantile(times.Select(t => t.Ours), 0.5):0} ms",
            $"{Pairs.Quantile(times.Select(t => t.Empty), 0.5):0} ms",
            $"+{over:0}",
            $"≤ {MostMilliseconds:0} ms",
            over <= MostMilliseconds);
    }

    private static async Task<double> ImportAsync(string manifest)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        {
            start.ArgumentList.Add(typeof(ModuleImport).Assembly.Location);
        }

        start.ArgumentList.Add(ImportHost.Verb);
        start.ArgumentList.Add(manifest);
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return double.TryParse(output.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out var took)
            ? took
            : throw new InvalidOperationException($"The module '{manifest}' was not imported: {await errors}");
    }
}

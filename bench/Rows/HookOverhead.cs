using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Reflection;

namespace OpenCode.Bench.Rows;

/// <summary>What a script hook adds to a change, as the cmdlets are used: the same cmdlet in the same session, with no hooks and with ten, in turns.</summary>
internal sealed class HookOverhead : Benchmark
{
    private const int Hooks = 10;
    private const double MostMilliseconds = 1;

    // Timed inside the session, so that the host around it is in neither figure.
    private const string Script = """
        param($Folder, $Rounds, $Each)
        $null = Connect-OcStore $Folder
        function Measure-Start($count) {
            $times = foreach ($task in 1..$count | New-OcTask) {
                $began = [System.Diagnostics.Stopwatch]::GetTimestamp()
                $null = Start-OcTask $task
                [System.Diagnostics.Stopwatch]::GetElapsedTime($began).TotalMilliseconds
            }
            [array]::Sort($times)
            $times[[int][math]::Floor($times.Count / 2)]
        }
        $null = Measure-Start $Each
        foreach ($round in 1..$Rounds) {
            $without = Measure-Start $Each
            foreach ($i in 1..10) { $null = Register-OcHook BeforeTaskStart { param($e) $null = $e.Task.Name } }
            $with = Measure-Start $Each
            Unregister-OcHook *
            , @($without, $with)
        }
        Remove-Module OpenCode
        """;

    public override string Name => "hooks";

    public override async IAsyncEnumerable<BenchRow> RunAsync(BenchContext bench)
    {
        var manifest = bench.Module ?? typeof(HookOverhead).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "ModuleManifest").Value!;
        var rounds = await Task.Run(() => Measure(manifest, bench.Folder(), bench.Count(5, 2), bench.Count(200, 30)));
        var (without, with) = (Pairs.Quantile(rounds.Select(r => r.Without), 0.5), Pairs.Quantile(rounds.Select(r => r.With), 0.5));
        var each = Pairs.Quantile(rounds.Select(r => (r.With - r.Without) / Hooks), 0.5);
        yield return new BenchRow($"a start with {Hooks} script hooks, and with none: median", $"{with:0.00} ms", $"{without:0.00} ms", $"{with / without:0.0}", "", null);
        yield return new BenchRow("what a script hook adds", $"{each:0.000} ms", "", "", $"< {MostMilliseconds:0} ms", each < MostMilliseconds);
    }

    private static List<(double Without, double With)> Measure(string manifest, string folder, int rounds, int each)
    {
        using var runspace = RunspaceFactory.CreateRunspace(InitialSessionState.CreateDefault2());
        runspace.Open();
        using var shell = PowerShell.Create(runspace);
        shell.AddCommand("Import-Module").AddParameter("Name", manifest).AddParameter("ErrorAction", "Stop").AddStatement()
            .AddScript(Script).AddParameter("Folder", folder).AddParameter("Rounds", rounds).AddParameter("Each", each);
        var measured = shell.Invoke().Select(o => (object[])o.BaseObject).Select(pair => (Number(pair[0]), Number(pair[1]))).ToList();
        return shell.HadErrors || measured.Count != rounds
            ? throw new InvalidOperationException($"The hooks were not measured: {string.Join("; ", shell.Streams.Error)}")
            : measured;
    }

    private static double Number(object value) => Convert.ToDouble(value is PSObject wrapped ? wrapped.BaseObject : value, CultureInfo.InvariantCulture);
}

using OpenCode.Bench;
using OpenCode.Bench.Rows;
using OpenCode.Bench.Claims;

if (args is [ImportHost.Verb, var manifest])
{
    return ImportHost.Run(manifest);
}

if (args is [ClaimHost.Verb, var number])
{
    return await ClaimHost.RunAsync(number);
}

if (args.FirstOrDefault(static one => one.StartsWith("--", StringComparison.Ordinal) && one != "--quick") is { } unknown)
{
    await Console.Error.WriteLineAsync($"There is no option '{unknown}'. Usage: OpenCode.Bench [--quick] [a part of a row's name ...]; without names all rows are measured, which takes minutes.");
    return 2;
}

using var bench = new BenchContext(args);
Benchmark[] benchmarks =
[
    new BulkInsert(), new BulkLayers(), new Reads(), new Transitions(), new StreamMemory(), new LogAppend(), new LogRead(), new ModuleImport(), new HookOverhead(), new LeasePair(), new ReadyTasks(), new Conflicts(), new SandboxCommands(), new SharedTransactions(false), new SharedTransactions(true), .. McpCalls.All(), .. Saturation.All(bench.Quick),
];

var table = new BenchTable(Console.Out);
foreach (var benchmark in benchmarks.Where(b => bench.Wants(b.Name)))
{
    await foreach (var row in benchmark.RunAsync(bench))
    {
        table.Add(row);
    }
}

return table.Rows == 0 ? 1 : 0;

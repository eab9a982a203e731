using System.Globalization;
using OpenCode.Tests.LockTaker;
using OpenCode.Tests.LockTaker.Claims;
using OpenCode.Tests.LockTaker.Histories;
using OpenCode.Tests.LockTaker.Taking;
using OpenCode.Tests.LockTaker.Torture;

// Many processes on one store. The first argument says what this one is; the others are pairs of -- and value.
return args switch
{
    ["claims", .. var rest] => await ClaimsAsync(new Options(rest)),
    ["claimer", var root, var log, var agent, var path, var deadly] => await Claimer.RunAsync(root, log, agent, path == "door", DeadlySteps.Parse(deadly)),
    ["torture", .. var rest] => await TortureAsync(new Options(rest)),
    ["taker" or "reader", var root, var logs, var name, var seed] => await TakerProgram.RunAsync(root, logs, name, int.Parse(seed, CultureInfo.InvariantCulture), args[0] == "reader"),
    ["neighbour", var folder, var seed] => await Neighbour.RunAsync(folder, int.Parse(seed, CultureInfo.InvariantCulture)),
    ["waiters", var root, var resource, var name, var count] => await Waiters.RunAsync(root, resource, name, int.Parse(count, CultureInfo.InvariantCulture)),
    ["hold", var root, var resource, var owner, var time, var host, var boot] => await Waiters.HoldAsync(root, resource, owner, int.Parse(time, CultureInfo.InvariantCulture), host, boot),
    ["check", var folder] => Check(folder),
    _ => Usage(),
};

static async Task<int> TortureAsync(Options options)
{
    var seed = options.Number("--seed", Random.Shared.Next());
    var folder = options.Text("--root") ?? Path.Combine(Path.GetTempPath(), string.Create(CultureInfo.InvariantCulture, $"opencode-torture-{seed}"));
    var report = await new TortureRun(new TortureOptions(options.Number("--processes", 32), TimeSpan.FromSeconds(options.Number("--seconds", 300)), seed, folder)).RunAsync(CancellationToken.None);
    Console.Out.WriteLine(report);
    if (report.Right)
    {
        Directory.Delete(folder, recursive: true);
    }

    return report.Right ? 0 : 1;
}

// Checks the logs of an earlier run again.
static int Check(string folder)
{
    var history = new HistoryIndex(HistoryLog.ReadFolder(folder));
    Console.Out.WriteLine(Figures.Of(history));
    var violations = HistoryChecker.Check(history);
    foreach (var violation in violations)
    {
        Console.Out.WriteLine(violation);
    }

    return violations.Count == 0 ? 0 : 1;
}

static async Task<int> ClaimsAsync(Options options)
{
    var root = Directory.CreateDirectory(options.Text("--root") ?? Path.Combine(Path.GetTempPath(), $"opencode-claims-{Environment.ProcessId.ToString(CultureInfo.InvariantCulture)}"));
    try
    {
        return await new ClaimRun(options.Number("--total", 1_000_000), options.Number("--processes", 8), root.FullName, options.Text("--path") == "door", Console.Out) { Hunts = options.Number("--hunts", 0), Seed = options.Number("--seed", 0) }.RunAsync(CancellationToken.None);
    }
    finally
    {
        root.Delete(recursive: true);
    }
}

static int Usage()
{
    Console.Error.WriteLine("usage: claims [--total N] [--processes N] [--path tasks|door] [--hunts N] [--seed N] [--root FOLDER] | torture [--processes N] [--seconds N] [--seed N] [--root FOLDER] | check LOGS");
    return 2;
}

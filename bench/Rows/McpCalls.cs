using System.Diagnostics;
using System.Globalization;
using OpenCode.Bench.Mcp;

namespace OpenCode.Bench.Rows;

/// <summary>A call of the MCP host, get_task_status, beside one of an empty tool on the same SDK: over standard input and output, over HTTP, and the first answer of a new process.</summary>
/// <param name="way">How it is asked.</param>
internal sealed class McpCalls(McpCalls.Way way) : Benchmark
{
    private const double MostOverStdio = 1.5;
    private const double LeastOverHttp = 0.6;
    private const double MostMilliseconds = 500;

    private static readonly int[] Connections = [1, 16, 64];

    public enum Way
    {
        Stdio,
        Http,
        Start,
    }

    public override string Name => way switch { Way.Stdio => "MCP host, stdio", Way.Http => "MCP host, HTTP", _ => "MCP host: start" };

    public static IEnumerable<Benchmark> All() => Enum.GetValues<Way>().Select(static way => new McpCalls(way));

    public override async IAsyncEnumerable<BenchRow> RunAsync(BenchContext bench)
    {
        var data = bench.Folder();
        using (var maker = StdioServer.Start(McpPrograms.Host, "--data", data))
        {
            maker.ShakeHands();
            maker.Ask(McpFrames.Create);
        }

        if (way is Way.Stdio)
        {
            yield return Stdio(bench, data);
        }
        else if (way is Way.Http)
        {
            await foreach (var row in HttpAsync(bench, data))
            {
                yield return row;
            }
        }
        else
        {
            foreach (var row in Starts(bench, data))
            {
                yield return row;
            }
        }
    }

    private static BenchRow Stdio(BenchContext bench, string data)
    {
        using var ours = StdioServer.Start(McpPrograms.Host, "--data", data);
        using var echo = StdioServer.Start(McpPrograms.Echo);
        ours.ShakeHands();
        echo.ShakeHands();
        var calls = bench.Count(500, 20);
        // The runtime compiles a host's code anew while it is used, for some 15,000 calls; a client's thousandth call still takes three times as long.
        var (warm, rounds) = (bench.Count(40, 1), bench.Count(21, 2));
        var times = new List<(double Ours, double Echo)>();
        for (var round = 0; round < warm + rounds; round++)
        {
            // Who goes first changes, as in Pairs.
            var first = round % 2 == 0 ? Median(calls, ours, McpFrames.Status) : Median(calls, echo, McpFrames.Echo);
            var second = round % 2 == 0 ? Median(calls, echo, McpFrames.Echo) : Median(calls, ours, McpFrames.Status);
            if (round >= warm)
            {
                times.Add(round % 2 == 0 ? (first, second) : (second, first));
            }
        }

        var ratio = Pairs.Quantile(times.Select(t => t.Ours / t.Echo), 0.5);
        return new BenchRow(
            "MCP host, stdio: get_task_status, p50, beside an empty tool",
            $"{Pairs.Quantile(times.Select(t => t.Ours), 0.5):0} µs",
            $"{Pairs.Quantile(times.Select(t => t.Echo), 0.5):0} µs",
            $"{ratio:0.00}",
            $"≤ {MostOverStdio:0.0}",
            ratio <= MostOverStdio);
    }

    private static async IAsyncEnumerable<BenchRow> HttpAsync(BenchContext bench, string data)
    {
        var configuration = Path.Combine(bench.Folder(), "bench.json");
        await File.WriteAllTextAsync(configuration, """{ "mcp": { "requestsPerSecond": 1000000 } }"""); // how fast it is, not how much one client may
        using var ours = await HttpServer.StartAsync(McpPrograms.Host, "--data", data, "--config", configuration, "--http", "--port", "0");
        using var echo = await HttpServer.StartAsync(McpPrograms.EchoHttp);
        foreach (var connections in Connections)
        {
            var requests = bench.Count(1500, 50 + connections);
            var pairs = await Pairs.MeasureAsync(bench.Count(12, 1), bench.Count(9, 1), () => ours.RateAsync(connections, requests, McpFrames.Status), () => echo.RateAsync(connections, requests, McpFrames.Echo));
            yield return BenchRow.Of(string.Create(CultureInfo.InvariantCulture, $"MCP host, HTTP, {connections} connection{(connections == 1 ? "" : "s")}: get_task_status"), pairs, "calls", LeastOverHttp);
        }
    }

    private static IEnumerable<BenchRow> Starts(BenchContext bench, string data)
    {
        var times = new List<((double Answer, double Call) Ours, (double Answer, double Call) Echo)>();
        for (var round = 0; round <= bench.Count(15, 1); round++)
        {
            times.Add((StartOf(() => StdioServer.Start(McpPrograms.Host, "--data", data), McpFrames.Status), StartOf(() => StdioServer.Start(McpPrograms.Echo), McpFrames.Echo)));
        }

        var kept = times.Skip(1).ToList(); // the first brings the files into the system's cache
        yield return Row("MCP host: start of the process to its first answer", kept.ConvertAll(t => (t.Ours.Answer, t.Echo.Answer)), MostMilliseconds);
        yield return Row("MCP host: start of the process to its first call's answer", kept.ConvertAll(t => (t.Ours.Call, t.Echo.Call)), null);
    }

    private static (double Answer, double Call) StartOf(Func<StdioServer> start, Func<int, string> call)
    {
        var began = Stopwatch.GetTimestamp();
        using var server = start();
        server.Ask(McpFrames.Initialize);
        var answer = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        server.Tell(McpFrames.Initialized);
        server.Ask(call(1));
        return (answer, Stopwatch.GetElapsedTime(began).TotalMilliseconds);
    }

    private static BenchRow Row(string what, List<(double Ours, double Echo)> times, double? most)
    {
        var ours = Pairs.Quantile(times.Select(t => t.Ours), 0.5);
        return new BenchRow(
            what,
            $"{ours:0} ms",
            $"{Pairs.Quantile(times.Select(t => t.Echo), 0.5):0} ms",
            $"{Pairs.Quantile(times.Select(t => t.Ours / t.Echo), 0.5):0.00}",
            most is { } limit ? $"≤ {limit:0} ms" : "",
            most is { } bound ? ours <= bound : null);
    }

    private static double Median(int calls, StdioServer server, Func<int, string> message)
    {
        var times = new double[calls];
        for (var i = 0; i < calls; i++)
        {
            var frame = message(i + 1);
            var began = Stopwatch.GetTimestamp();
            server.Ask(frame);
            times[i] = Stopwatch.GetElapsedTime(began).TotalMicroseconds;
        }

        return Pairs.Quantile(times, 0.5);
    }
}

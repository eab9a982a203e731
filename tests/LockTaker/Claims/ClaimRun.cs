using System.Diagnostics;
using System.Globalization;
using OpenCode.Configuration;
using OpenCode.Registry;
using OpenCode.Tasks;

namespace OpenCode.Tests.LockTaker.Claims;

/// <summary>Many claims by several processes in one run: tasks are made as they go, and every answer is held against the registry and its journals at the end.</summary>
/// <param name="Total">How many tasks.</param>
/// <param name="Processes">How many processes claim.</param>
/// <param name="Root">The folder of the store, which must not be there.</param>
/// <param name="Door">True to write through the registry's door alone, without the tasks' files.</param>
/// <param name="Output">Where to say how it goes.</param>
internal sealed record ClaimRun(int Total, int Processes, string Root, bool Door, TextWriter Output)
{
    private const int Batch = 250;
    private const int MostReady = 5_000;

    public async Task<int> RunAsync(CancellationToken token)
    {
        var configuration = new OpenCodeConfiguration { DataRoot = Path.Combine(Root, "data"), BusyTimeout = TimeSpan.FromMinutes(2) };
        await using var runtime = await OpenCodeRuntime.OpenAsync(configuration, token);
        var clock = Stopwatch.StartNew();
        var claimers = Enumerable.Range(0, Processes).Select(i => TakerProcess.Start("claimer", configuration.DataRoot, Log(i), Agent(i), Door ? "door" : "tasks")).ToList();
        try
        {
            var done = new int[Processes];
            var reports = claimers.Select((claimer, i) => ReadAsync(claimer, done, i, clock)).ToList();
            for (var made = 0; made < Total;)
            {
                if (made - done.Sum() >= MostReady)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(20), token); // the claimers are behind; when one has ended, the run is over
                    if (reports.Exists(r => r.IsCompleted))
                    {
                        break;
                    }

                    continue;
                }

                var count = Math.Min(Batch, Total - made);
                await MakeAsync(runtime, made, count, token);
                made += count;
            }

            claimers.ForEach(c => c.Process.StandardInput.Close());
            await Task.WhenAll(reports);
            foreach (var claimer in claimers)
            {
                var (exit, errors) = await claimer.EndAsync(TimeSpan.FromMinutes(1), token);
                if (exit != 0 || errors.Length > 0)
                {
                    Output.WriteLine($"a claimer ended with {exit}: {errors}");
                    return 1;
                }
            }

            clock.Stop();
            Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Total} tasks created, claimed and completed by {Processes} processes in {clock.Elapsed.TotalSeconds:0} s: {Total / clock.Elapsed.TotalSeconds:0} a second; path: {(Door ? "the registry's door, no files" : "TaskService, with every task's files")}."));
            Output.WriteLine($"of each process: {string.Join(", ", done)}");
            return await VerifyAsync(runtime, token);
        }
        finally
        {
            foreach (var claimer in claimers)
            {
                await claimer.DisposeAsync();
            }
        }
    }

    private string Log(int i) => Path.Combine(Root, string.Create(CultureInfo.InvariantCulture, $"claimer-{i}.log"));

    private static string Agent(int i) => string.Create(CultureInfo.InvariantCulture, $"claimer-{i}");

    private async Task MakeAsync(OpenCodeRuntime runtime, int first, int count, CancellationToken token)
    {
        var names = Enumerable.Range(first, count).Select(n => string.Create(CultureInfo.InvariantCulture, $"c{n:0000000}"));
        if (Door)
        {
            await runtime.Registry.WriteAsync(new CreateTasks([.. names.Select(id => new NewTaskRow(id, id, null, AgentTaskMode.Exclusive, "system", 0, JsonMap.Empty, null))]), token);
        }
        else
        {
            await runtime.Tasks.CreateManyAsync([.. names.Select(id => new NewTask { Id = id, Name = id })], token);
        }
    }

    private async Task ReadAsync(TakerProcess claimer, int[] done, int i, Stopwatch clock)
    {
        var said = TimeSpan.Zero;
        while (await claimer.Process.StandardOutput.ReadLineAsync() is { } line)
        {
            done[i] = int.Parse(line, CultureInfo.InvariantCulture);
            if (i == 0 && clock.Elapsed - said > TimeSpan.FromMinutes(1))
            {
                said = clock.Elapsed;
                Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{said.TotalSeconds:0} s: {done.Sum()} completed"));
            }
        }
    }

    /// <summary>What the processes were told, and what the registry and its journals have, must be the same, each task once.</summary>
    private async Task<int> VerifyAsync(OpenCodeRuntime runtime, CancellationToken token)
    {
        var claims = new Dictionary<string, (string Agent, long Fence)>(Total, StringComparer.Ordinal);
        var completed = new HashSet<string>(Total, StringComparer.Ordinal);
        var (twice, lost, wrong) = (0, 0, 0);
        for (var i = 0; i < Processes; i++)
        {
            await foreach (var line in File.ReadLinesAsync(Log(i), token))
            {
                var words = line.Split(' ');
                var again = words[0] == "claimed" ? !claims.TryAdd(words[1], (Agent(i), long.Parse(words[2], CultureInfo.InvariantCulture))) || words[3] != "1" : !completed.Add(words[1]);
                twice += again ? 1 : 0;
            }
        }

        foreach (var (id, claim) in claims)
        {
            var row = await runtime.Registry.FindAsync(id, token);
            lost += completed.Contains(id) && (row?.Task is not { Status: AgentTaskStatus.Completed, Result.Data: { } data } || Convert.ToInt64(data, CultureInfo.InvariantCulture) != claim.Fence) ? 1 : 0;
            if (row is null)
            {
                continue;
            }

            var journal = (await runtime.Registry.JournalAsync(row.Number, 0, token)).Select(e => (e.Kind, Data: JsonMap.Parse(e.Data!))).ToList();
            (string, long)[] expected = [("created", 0), ("started", claim.Fence), ("completed", claim.Fence)];
            var found = journal.Select(e => ((string)e.Data["event"]!, e.Data.TryGetValue("fence", out var fence) ? (long)fence! : 0));
            wrong += found.SequenceEqual(expected) && journal.Skip(1).All(e => (string)e.Data["agent"]! == claim.Agent) ? 0 : 1;
        }

        var unprojected = (await runtime.Registry.UnprojectedAsync(1, token)).Count;
        Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"verified: {claims.Count} tasks claimed, {completed.Count} completed; claimed or completed twice: {twice}; acknowledged completions that the registry has not: {lost}; journals that tell another story: {wrong}."));
        var right = twice + lost + wrong == 0 && claims.Count == Total && completed.Count == Total && (Door || unprojected == 0);
        Output.WriteLine(right ? "right" : "WRONG");
        return right ? 0 : 1;
    }
}

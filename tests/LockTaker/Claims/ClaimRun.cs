using System.Diagnostics;
using System.Globalization;
using OpenCode.Common;
using OpenCode.Configuration;
using OpenCode.Registry;
using OpenCode.Tasks;

namespace OpenCode.Tests.LockTaker.Claims;

/// <summary>Many claims by several processes in one run: tasks are made as they go, and every answer is held against the registry and its journals at the end.</summary>
/// <param name="Total">How many tasks; more as long as there are hunts to come.</param>
/// <param name="Processes">How many processes claim.</param>
/// <param name="Root">The folder of the store, which must not be there.</param>
/// <param name="Door">True to write through the registry's door alone, without the tasks' files.</param>
/// <param name="Output">Where to say how it goes.</param>
internal sealed record ClaimRun(int Total, int Processes, string Root, bool Door, TextWriter Output)
{
    /// <summary>How often the process that writes for the others is killed or stopped, in turn; one that was killed has a successor.</summary>
    public int Hunts { get; init; }

    /// <summary>Of the moments of the hunts.</summary>
    public int Seed { get; init; }

    /// <summary>Where processes kill themselves; null when none does.</summary>
    public DeadlySteps? Deadly { get; init; }

    private const int Batch = 250;
    private const int MostReady = 5_000;

    public async Task<int> RunAsync(CancellationToken token)
    {
        var configuration = new OpenCodeConfiguration { DataRoot = Path.Combine(Root, "data"), BusyTimeout = TimeSpan.FromMinutes(2) };
        await using var runtime = await OpenCodeRuntime.OpenAsync(configuration, new MakersClock(), StepProbe.None, () => ProcessIdentity.Current, null, token);
        var clock = Stopwatch.StartNew();
        var claimers = Enumerable.Range(0, Processes).Select(Start).ToList();
        var killed = new List<TakerProcess>();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(token);
        try
        {
            var done = new int[Processes + Hunts];
            var reports = claimers.Select((claimer, i) => ReadAsync(claimer, done, i, clock)).ToList();
            var hunt = new LeaderHunt(configuration.DatabaseFile, Seed);
            var hunted = HuntAsync();
            var made = 0;
            while (made < Total || !hunted.IsCompleted || Deadly?.Left.Any(s => s.Step is not Step.LeaderLeft) is true)
            {
                if (made - done.Sum() >= (Deadly is null ? MostReady : MostReady / 4))
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(20), token); // the claimers are behind; when one has ended, the run is over
                    if (Hunts == 0 && reports.Count(r => r.IsCompleted) > (Deadly?.All.Count ?? 0))
                    {
                        break;
                    }

                    continue;
                }

                var count = made < Total ? Math.Min(Batch, Total - made) : Batch;
                await MakeAsync(runtime, made, count, token);
                made += count;
            }

            await over.CancelAsync();
            await hunted;
            if (Hunts > 0)
            {
                Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"leaders killed: {hunt.Found.Killed}, stopped: {hunt.Found.Stopped}; of both wanted: {Hunts}."));
            }

            claimers.Except(killed).ToList().ForEach(c => c.Process.StandardInput.Close());
            await Task.WhenAll(reports);
            foreach (var claimer in claimers.Except(killed).ToList())
            {
                var (exit, errors) = await claimer.EndAsync(TimeSpan.FromMinutes(1), token);
                if (exit == DeadlySteps.Killed && Deadly is not null)
                {
                    killed.Add(claimer);
                    continue;
                }

                if (exit != 0 || errors.Length > 0)
                {
                    Output.WriteLine($"a claimer ended with {exit}: {errors}");
                    return 1;
                }
            }

            clock.Stop();
            Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{made} tasks created, claimed and completed by {Processes} processes in {clock.Elapsed.TotalSeconds:0} s: {made / clock.Elapsed.TotalSeconds:0} a second; path: {(Door ? "the registry's door, no files" : "TaskService, with every task's files")}."));
            Output.WriteLine($"of each process: {string.Join(", ", done.Take(claimers.Count))}");
            if (Deadly is not null)
            {
                Output.WriteLine($"died at a step: {killed.Count} of {Deadly.All.Count}; nobody died at: {string.Join(", ", Deadly.Left)}");
            }

            return await VerifyAsync(runtime, made, claimers.Count, killed.Count, token) is 0 && hunt.Found.Killed + hunt.Found.Stopped == Hunts && (Deadly is null || (killed.Count == Deadly.All.Count && !Deadly.Left.Any())) ? 0 : 1;

            async Task HuntAsync()
            {
                try
                {
                    for (var i = 0; i < Hunts; i++)
                    {
                        if (await hunt.NextAsync([.. claimers.Except(killed)], over.Token) is { } dead)
                        {
                            killed.Add(dead);
                            claimers.Add(Start(claimers.Count));
                            reports.Add(ReadAsync(claimers[^1], done, claimers.Count - 1, clock));
                        }
                    }
                }
                catch (OperationCanceledException) when (over.IsCancellationRequested)
                {
                    // Every task is made: what was not found is missing in what is said.
                }
            }
        }
        finally
        {
            foreach (var claimer in claimers)
            {
                await claimer.DisposeAsync();
            }
        }
    }

    private TakerProcess Start(int i) => TakerProcess.Start("claimer", Path.Combine(Root, "data"), Log(i), Agent(i), Door ? "door" : "tasks", Deadly?.ToString() ?? "");

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
    private async Task<int> VerifyAsync(OpenCodeRuntime runtime, int made, int processes, int killed, CancellationToken token)
    {
        var claims = new Dictionary<string, (string Agent, long Fence)>(made, StringComparer.Ordinal);
        var completed = new HashSet<string>(made, StringComparer.Ordinal);
        var (twice, lost, wrong) = (0, 0, 0);
        for (var i = 0; i < processes; i++)
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
            var found = journal.Select(e => ((string)e.Data["event"]!, e.Data.TryGetValue("fence", out var fence) ? (long)fence! : 0)).ToList();
            // One that was killed may have completed a task, and have been killed before it was told so; or not have come so far.
            expected = completed.Contains(id) || found.Count == expected.Length ? expected : expected[..2];
            wrong += found.SequenceEqual(expected) && journal.Skip(1).All(e => (string)e.Data["agent"]! == claim.Agent) ? 0 : 1;
        }

        var unprojected = (await runtime.Registry.UnprojectedAsync(1, token)).Count;
        Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"verified: {claims.Count} tasks claimed, {completed.Count} completed; claimed or completed twice: {twice}; acknowledged completions that the registry has not: {lost}; journals that tell another story: {wrong}."));
        var right = twice + lost + wrong == 0 && made - claims.Count <= killed && claims.Count - completed.Count <= killed && (Door || unprojected == 0);
        Output.WriteLine(right ? "right" : "WRONG");
        return right ? 0 : 1;
    }

    /// <summary>Not the system's own clock, though it goes like it: whoever has another neither leads nor follows. The one that makes the tasks and checks them is not to be hunted.</summary>
    private sealed class MakersClock : TimeProvider;
}

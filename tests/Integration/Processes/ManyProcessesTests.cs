using System.Globalization;
using OpenCode.Registry;
using OpenCode.Tasks;
using OpenCode.Tests.StoreWorker;
using OpenCode.Tests.Unit;

namespace OpenCode.Tests.Integration.Processes;

/// <summary>Real processes on one store at the same time.</summary>
public sealed class ManyProcessesTests(ITestOutputHelper output)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Create_8_processes_1000_each_8000_distinct_tasks_with_all_layers()
    {
        using var store = new TemporaryStore();
        var workers = Enumerable.Range(0, 8).Select(i => Worker.Start("create", store.DataRoot, "1000", $"worker {i}")).ToList();
        var ends = await Task.WhenAll(workers.Select(w => w.EndAsync(Token)));
        foreach (var worker in workers)
        {
            await worker.DisposeAsync();
        }

        Assert.All(ends, end => Assert.True(end.ExitCode == 0 && end.Errors.Length == 0, end.Errors));
        var ids = ends.SelectMany(e => e.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)).ToHashSet(StringComparer.Ordinal);
        Assert.Equal(8_000, ids.Count);
        await using var runtime = await OpenCodeRuntime.OpenAsync(Life.Configuration(store.DataRoot), Token);
        Assert.Equal(8_000, (await runtime.Tasks.ListAsync(new TaskQuery { First = 1 }, Token)).Total);
        Assert.Empty(await runtime.Registry.UnprojectedAsync(1, Token));
        foreach (var id in ids)
        {
            await Agreement.CheckAsync(runtime, id, Token);
        }
    }

    [Fact]
    public async Task Start_16_processes_200_rounds_exactly_one_winner_each()
    {
        const int Processes = 16;
        const int Rounds = 200;
        using var store = new TemporaryStore();
        await using var runtime = await OpenCodeRuntime.OpenAsync(Life.Configuration(store.DataRoot), Token);
        var workers = Enumerable.Range(0, Processes).Select(i => Worker.Start("race", store.DataRoot, $"agent-{i}")).ToList();
        try
        {
            foreach (var worker in workers)
            {
                Assert.Equal("ready", await worker.ReadLineAsync(Token));
            }

            var wins = new int[Processes];
            for (var round = 0; round < Rounds; round++)
            {
                var operated = round % 2 == 1;
                var id = (await runtime.Tasks.CreateAsync(new NewTask { Name = string.Create(CultureInfo.InvariantCulture, $"round {round}") }, Token)).Id;
                foreach (var worker in workers)
                {
                    await worker.Process.StandardInput.WriteLineAsync((operated ? "!" : "-") + id);
                    await worker.Process.StandardInput.FlushAsync(Token);
                }

                var answers = await Task.WhenAll(workers.Select(w => w.ReadLineAsync(Token)));
                var winner = Assert.Single(Enumerable.Range(0, Processes), i => answers[i] == "won");
                wins[winner]++;
                var named = operated ? string.Create(CultureInfo.InvariantCulture, $"pid {workers[winner].Process.Id} ") : $"'agent-{winner}'";
                Assert.All(answers.Where((_, i) => i != winner), answer => Assert.True(
                    (answer!.StartsWith(operated ? nameof(OpenCodeError.InvalidTransition) : nameof(OpenCodeError.LockHeld), StringComparison.Ordinal)) && answer.Contains(named, StringComparison.Ordinal),
                    $"'{answer}' does not name the winner {named}"));
                Assert.Equal(AgentTaskStatus.Running, (await runtime.Tasks.GetAsync(id, Token)).Status);
            }

            output.WriteLine($"wins of each process: {string.Join(", ", wins)}");
        }
        finally
        {
            foreach (var worker in workers)
            {
                await worker.DisposeAsync();
            }
        }
    }

    [Fact]
    public async Task Gate_held_by_a_process_that_stopped_write_fails_in_bounded_time_and_works_once_it_is_killed()
    {
        using var store = new TemporaryStore();
        var configuration = Life.Configuration(store.DataRoot) with { BusyTimeout = TimeSpan.FromMilliseconds(500) };
        await using var runtime = await OpenCodeRuntime.OpenAsync(configuration, Token);
        await using var holder = Worker.Start("hold", store.DataRoot);
        Assert.Equal("held", await holder.ReadLineAsync(Token));

        var refused = await Assert.ThrowsAsync<OpenCodeException>(async () => await runtime.Tasks.CreateAsync(new NewTask { Name = "waits" }, Token));
        Assert.Equal(OpenCodeError.StoreUnavailable, refused.Error);
        Assert.Contains("0.5 s", refused.Message, StringComparison.Ordinal);
        Assert.Empty((await runtime.Tasks.ListAsync(new TaskQuery(), Token)).Tasks);

        holder.Process.Kill();
        await holder.Process.WaitForExitAsync(Token);
        var created = await runtime.Tasks.CreateAsync(new NewTask { Name = "goes on" }, Token);
        Assert.Equal(created.Id, Assert.Single((await runtime.Tasks.ListAsync(new TaskQuery(), Token)).Tasks).Id);
    }
}

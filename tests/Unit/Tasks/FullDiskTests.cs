using OpenCode.Common;
using OpenCode.Layers;
using OpenCode.Registry;
using OpenCode.Tasks;

namespace OpenCode.Tests.Unit.Tasks;

public sealed class FullDiskTests
{
    private static CancellationToken Token => TestStore.Token;

    [Fact]
    public async Task Disk_that_runs_full_loses_nothing_acknowledged_and_everything_goes_on_with_space()
    {
        using var disk = Requires.Tmpfs(12);
        await using var store = await TestStore.OpenAsync(c => c with { DataRoot = Path.Combine(disk.Folder, "data") });
        var runtime = store.Runtime;
        var ballast = Path.Combine(disk.Folder, "ballast");
        await File.WriteAllBytesAsync(ballast, new byte[3 * 1024 * 1024], Token);
        var tasks = new List<string>();
        var logs = new Dictionary<string, List<string>>();
        var decisions = new Dictionary<string, int>();
        var checkpoints = new List<(string Task, string Id)>();
        var errors = new List<OpenCodeException>();
        var random = new Random(1);
        var text = new string('x', 10_000);
        for (var i = 0; errors.Count < 40; i++)
        {
            Assert.True(i < 5_000, "the disk never ran full");
            var task = tasks.Count == 0 ? null : tasks[random.Next(tasks.Count)];
            try
            {
                switch (task is null ? 0 : random.Next(6))
                {
                    case 0:
                        var created = (await runtime.Tasks.CreateAsync(new NewTask { Name = "t", Description = text }, Token)).Id;
                        tasks.Add(created);
                        logs[created] = [];
                        break;
                    case 1 or 2:
                        var message = $"line {i} {text}";
                        await runtime.Memory.LogAsync(task!, LogLevel.Info, message, null, Actor.Operator, Token);
                        logs[task!].Add(message);
                        break;
                    case 3:
                        await runtime.Memory.DecideAsync(task!, new NewDecision(TaskMemory.Operator, text), null, Token);
                        decisions[task!] = decisions.GetValueOrDefault(task!) + 1;
                        break;
                    case 4:
                        checkpoints.Add((task!, (await runtime.Checkpoints.CreateAsync(task!, null, Actor.Operator, Token)).Id));
                        break;
                    default:
                        await runtime.Memory.ChangeStateAsync(task!, JsonMap.From(new Dictionary<string, string> { ["i"] = $"{i}" + text }), true, null, Actor.Operator, Token);
                        break;
                }
            }
            catch (OpenCodeException e)
            {
                errors.Add(e);
            }
        }

        Assert.All(errors, e => Assert.True(e.Error is OpenCodeError.StoreUnavailable && e.Message.Contains("disk is full", StringComparison.Ordinal), e.ToString()));
        File.Delete(ballast);
        await using var again = await store.AgainAsync();
        foreach (var task in tasks)
        {
            await again.Tasks.UpdateAsync(task, new TaskPatch { Priority = 1 }, Actor.Operator, Token);
            await again.Checkpoints.ListAsync(task, Token);
            var report = await again.Repair.RepairAsync(task, Token);
            Assert.True(report.Healthy, string.Join('\n', report.Findings));
            await Agreement.CheckAsync(again, task, Token);
            Assert.Equal(decisions.GetValueOrDefault(task), (await again.Memory.DecisionsAsync(task, null, null, Token)).Count);
            var history = (await again.Memory.HistoryAsync(task, new LogQuery(), Token)).Entries.Select(e => e.Message).ToList();
            Assert.Equal(logs[task], history.Where(logs[task].Contains));
        }

        Assert.All(checkpoints, c => Assert.Contains(c.Id, CheckpointLayer.Published(store.Folder(c.Task))));
        foreach (var created in (await again.Registry.ListAsync(new TaskQuery(), Token)).Tasks)
        {
            await Agreement.CheckAsync(again, created.Id, Token);
        }
    }
}

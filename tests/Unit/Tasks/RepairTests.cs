using OpenCode.Common;
using OpenCode.Layers;
using OpenCode.Tasks;

namespace OpenCode.Tests.Unit.Tasks;

public sealed class RepairTests
{
    private static CancellationToken Token => TestStore.Token;

    [Fact]
    public async Task Repair_of_a_task_restored_back_and_forth_finds_it_healthy()
    {
        await using var store = await TestStore.OpenAsync();
        var runtime = store.Runtime;
        var task = await runtime.Tasks.CreateAsync(new NewTask { Name = "t" }, Token);
        await runtime.Tasks.StartAsync(task.Id, Actor.Operator, Token);
        var first = await runtime.Checkpoints.CreateAsync(task.Id, null, Actor.Operator, Token);
        await runtime.Tasks.FailAsync(task.Id, "broken", null, null, Actor.Operator, Token);
        var back = await runtime.Checkpoints.RestoreAsync(task.Id, first.Id, Actor.Operator, Token);
        await runtime.Checkpoints.RestoreAsync(task.Id, back.SavedAs.Id, Actor.Operator, Token);
        var report = await runtime.Repair.RepairAsync(task.Id, Token);
        Assert.Empty(report.Findings);
        await Agreement.CheckAsync(runtime, task.Id, Token);
    }

    public static TheoryData<string> Damages() => ["state bytes", "state missing", "state and backup", "state of another version", "state with data that are no object", "log line", "log missing", "log line twice", "log order", "log event missing", "decision heading", "decisions missing", "decisions not UTF-8", "folder missing"];

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task Repair_of_a_damage_mends_it_keeps_the_original_and_is_healthy_then(string damage)
    {
        await using var store = await TestStore.OpenAsync();
        var runtime = store.Runtime;
        var task = await runtime.Tasks.CreateAsync(new NewTask { Name = "t" }, Token);
        await runtime.Tasks.StartAsync(task.Id, Actor.Operator, Token);
        await runtime.Memory.ChangeStateAsync(task.Id, JsonMap.Parse("""{"a":1}"""), replace: true, null, Actor.Operator, Token);
        await runtime.Memory.ChangeStateAsync(task.Id, JsonMap.Parse("""{"a":2}"""), replace: true, null, Actor.Operator, Token);
        await runtime.Memory.LogAsync(task.Id, LogLevel.Info, "free", null, Actor.Operator, Token);
        await runtime.Memory.DecideAsync(task.Id, new NewDecision(TaskMemory.Operator, "one"), null, Token);
        await runtime.Memory.DecideAsync(task.Id, new NewDecision(TaskMemory.Operator, "two") { Reasoning = "because" }, null, Token);
        var folder = store.Folder(task.Id);
        var (file, kept) = Damage(folder, damage);

        // Twice the same damage within the same millisecond of the store's clock: the first original stays too.
        for (var round = 1; round <= 2; round++)
        {
            var report = await runtime.Repair.RepairAsync(task.Id, Token);
            Assert.False(report.Healthy);
            Assert.Equal(file, Assert.Single(report.Findings).File);
            if (kept is not null)
            {
                Assert.Equal(kept, await File.ReadAllBytesAsync(report.Findings[0].Original!, Token));
            }

            Assert.True((await runtime.Repair.RepairAsync(task.Id, Token)).Healthy);
            await Agreement.CheckAsync(runtime, task.Id, Token);
            if (round == 1)
            {
                (file, kept) = Damage(folder, damage);
            }
        }

        var data = (await runtime.Memory.StateAsync(task.Id, Token)).Data;
        switch (damage)
        {
            case "state and backup": Assert.Empty(data); break;
            case "folder missing": Assert.Equal(store.Folder(task.Id).Decisions, Directory.EnumerateFiles(store.Folder(task.Id).Root, "*.md").Single()); break;
            case "state bytes" or "state missing" or "state with data that are no object": Assert.Equal(1L, data["a"]); break; // the backup
            default: Assert.Equal(2L, data["a"]); break;
        }

        await runtime.Tasks.CompleteAsync(task.Id, null, null, Actor.Operator, Token);
        await Agreement.CheckAsync(runtime, task.Id, Token);
    }

    [Fact]
    public async Task Repair_of_damaged_decisions_keeps_the_whole_ones()
    {
        await using var store = await TestStore.OpenAsync();
        var runtime = store.Runtime;
        var task = await runtime.Tasks.CreateAsync(new NewTask { Name = "t" }, Token);
        foreach (var text in (string[])["one", "two", "three"])
        {
            await runtime.Memory.DecideAsync(task.Id, new NewDecision(TaskMemory.Operator, text), null, Token);
        }

        var path = store.Folder(task.Id).Decisions;
        await File.WriteAllTextAsync(path, (await File.ReadAllTextAsync(path, Token)).Replace("**Decision**: two", "Decision: two", StringComparison.Ordinal), Token);
        var damaged = await Assert.ThrowsAsync<OpenCodeException>(() => runtime.Memory.DecisionsAsync(task.Id, null, null, Token));
        Assert.Equal(OpenCodeError.StateCorrupt, damaged.Error);
        Assert.Contains(path, damaged.Message, StringComparison.Ordinal);
        Assert.False((await runtime.Repair.RepairAsync(task.Id, Token)).Healthy);
        Assert.Equal(["one", "three"], (await runtime.Memory.DecisionsAsync(task.Id, null, null, Token)).Select(d => d.Text));
    }

    [Fact]
    public async Task Repair_beside_a_damaged_checkpoint_names_it_and_leaves_it()
    {
        await using var store = await TestStore.OpenAsync();
        var runtime = store.Runtime;
        var task = await runtime.Tasks.CreateAsync(new NewTask { Name = "t" }, Token);
        var good = await runtime.Checkpoints.CreateAsync(task.Id, null, Actor.Operator, Token);
        var bad = await runtime.Checkpoints.CreateAsync(task.Id, null, Actor.Operator, Token);
        await File.AppendAllTextAsync(Path.Combine(store.Folder(task.Id).Checkpoint(bad.Id), "logs.jsonl"), "x", Token);
        var report = await runtime.Repair.RepairAsync(task.Id, Token);
        Assert.Contains(bad.Id, Assert.Single(report.Findings).File, StringComparison.Ordinal);
        Assert.Equal([good.Id, bad.Id], CheckpointLayer.Published(store.Folder(task.Id)));
        await runtime.Checkpoints.RemoveAsync(task.Id, bad.Id, Token);
        Assert.True((await runtime.Repair.RepairAsync(task.Id, Token)).Healthy);
        await Agreement.CheckAsync(runtime, task.Id, Token);
    }

    private static (string File, byte[]? Kept) Damage(TaskFolder folder, string damage)
    {
        var file = damage.StartsWith("state", StringComparison.Ordinal) ? folder.State : damage.StartsWith("log", StringComparison.Ordinal) ? folder.Logs : folder.Decisions;
        var lines = File.Exists(file) ? File.ReadAllLines(file) : [];
        switch (damage)
        {
            case "state bytes": File.WriteAllText(file, File.ReadAllText(file).Replace("running", "pending", StringComparison.Ordinal)); break;
            case "state missing": File.Delete(file); break;
            case "state and backup": File.WriteAllText(file, "{"); File.WriteAllText(folder.StateBackup, "{"); break;
            case "state of another version": File.WriteAllBytes(file, StateLayer.Format(StateLayer.Read(folder) with { Version = 99 })); break;
            case "state with data that are no object": File.WriteAllText(file, File.ReadAllText(file).Replace("\"data\": {", "\"data\": [], \"old\": {", StringComparison.Ordinal)); break;
            case "log line": File.WriteAllLines(file, [lines[0], "not JSON", .. lines[1..]]); break;
            case "log missing": File.Delete(file); break;
            case "log line twice": File.WriteAllLines(file, [lines[0], .. lines]); break;
            case "log order": File.WriteAllLines(file, [lines.Last(l => l.Contains("\"seq\"", StringComparison.Ordinal)), .. lines.Where((_, i) => i != Array.FindLastIndex(lines, l => l.Contains("\"seq\"", StringComparison.Ordinal)))]); break;
            case "log event missing": File.WriteAllLines(file, lines[1..]); break;
            case "decision heading": File.WriteAllText(file, new System.Text.RegularExpressions.Regex("\n## 2026").Replace(File.ReadAllText(file), "\n# 2026", 1)); break;
            case "decisions missing": File.Delete(file); break;
            case "decisions not UTF-8": File.WriteAllBytes(file, [.. File.ReadAllBytes(file)[..20], 0xFF, .. File.ReadAllBytes(file)[20..]]); break;
            case "folder missing": Directory.Delete(folder.Root, recursive: true); break;
            default: throw new ArgumentOutOfRangeException(nameof(damage), damage, "unknown");
        }

        return (damage == "folder missing" ? "." : Path.GetFileName(file), File.Exists(file) && damage != "state of another version" ? File.ReadAllBytes(file) : null);
    }
}

using OpenCode.Common;
using OpenCode.Tasks;

namespace OpenCode.Tests.Unit.Tasks;

/// <summary>Nothing outside a task's folder is read or changed through a link placed in it.</summary>
public sealed class LinkTests
{
    private static CancellationToken Token => TestStore.Token;

    [Theory]
    [InlineData("state.json")]
    [InlineData("state.json.bak")]
    [InlineData("state.json.tmp")]
    [InlineData("logs.jsonl")]
    [InlineData("logs.jsonl.tmp")]
    [InlineData("decisions.md")]
    [InlineData("checkpoints")]
    [InlineData("checkpoint")]
    [InlineData("checkpoint/manifest.json")]
    [InlineData("checkpoint/state.json")]
    [InlineData("")]
    public async Task Link_in_a_tasks_folder_is_never_followed(string where)
    {
        await using var store = await TestStore.OpenAsync();
        var runtime = store.Runtime;
        var (task, first, second) = await CheckpointTests.TwoAsync(store);
        var outside = Directory.CreateTempSubdirectory("opencode-outside-").FullName;
        var path = Path.Combine(store.Folder(task).Root, where.Replace("checkpoint/", $"checkpoints/{second}/", StringComparison.Ordinal));
        path = where == "checkpoint" ? store.Folder(task).Checkpoint(second) : path.TrimEnd('/');
        var target = Path.Combine(outside, "target");
        // What is there is moved out and linked to: contents that would be good, were they not outside.
        if (Directory.Exists(path))
        {
            Directory.Move(path, target);
            Directory.CreateSymbolicLink(path, target);
        }
        else
        {
            File.WriteAllBytes(target, File.Exists(path) ? File.ReadAllBytes(path) : "secret"u8.ToArray());
            File.Delete(path);
            File.CreateSymbolicLink(path, target);
        }

        var before = Snapshot(outside);
        Func<Task>[] attempts =
        [
            () => runtime.Tasks.StartAsync(task, Actor.Operator, Token),
            () => runtime.Memory.LogAsync(task, LogLevel.Info, "x", null, Actor.Operator, Token),
            () => runtime.Memory.DecideAsync(task, new NewDecision(TaskMemory.Operator, "x"), null, Token),
            () => runtime.Memory.ChangeStateAsync(task, JsonMap.Parse("""{"x":1}"""), false, null, Actor.Operator, Token),
            () => runtime.Checkpoints.CreateAsync(task, null, Actor.Operator, Token),
            () => runtime.Checkpoints.RestoreAsync(task, second, Actor.Operator, Token),
            () => runtime.Checkpoints.RestoreAsync(task, first, Actor.Operator, Token),
            () => runtime.Repair.RepairAsync(task, Token),
            () => runtime.Checkpoints.RemoveAsync(task, second, Token),
        ];
        var refusals = new List<OpenCodeException>();
        foreach (var attempt in attempts)
        {
            try
            {
                await attempt();
            }
            catch (OpenCodeException e)
            {
                refusals.Add(e);
            }

            Assert.Equal(before, Snapshot(outside));
        }

        Assert.All(refusals, e => Assert.True(e.Error is OpenCodeError.StateCorrupt or OpenCodeError.CheckpointNotFound, e.ToString()));
        Assert.True(refusals.Count > 0 || where.EndsWith(".tmp", StringComparison.Ordinal) || where.EndsWith(".bak", StringComparison.Ordinal));
        await runtime.Tasks.DeleteAsync(task, force: true, Token);
        Assert.Equal(before, Snapshot(outside));
        Directory.Delete(outside, recursive: true);
    }

    private static string[] Snapshot(string folder) =>
        [.. Directory.EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(f => f + ": " + (File.Exists(f) ? File.ReadAllText(f) : ""))];
}

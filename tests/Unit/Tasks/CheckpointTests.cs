using System.Text.Json.Nodes;
using OpenCode.Common;
using OpenCode.Layers;
using OpenCode.Tasks;

namespace OpenCode.Tests.Unit.Tasks;

public sealed class CheckpointTests
{
    private static CancellationToken Token => TestStore.Token;

    public static TheoryData<string> Fields() => ["id", "taskId", "timestamp", "description", "parent", "seq", "files", "checksum"];

    [Theory]
    [MemberData(nameof(Fields))]
    public async Task Manifest_changed_or_missing_in_a_field_is_StateCorrupt_and_nothing_changes(string field)
    {
        await using var store = await TestStore.OpenAsync();
        var (task, good, bad) = await TwoAsync(store);
        var manifest = (await store.Runtime.Checkpoints.ListAsync(task, Token))[1].Manifest;
        var original = await File.ReadAllTextAsync(manifest, Token);
        JsonNode?[] values = [null, "", "other", 7, 1.5, -1, true, new JsonArray(), new JsonObject(), "../../x", "/etc/passwd", new JsonArray(new JsonObject { ["name"] = "../../x", ["bytes"] = 0, ["sha256"] = "" })];
        foreach (var value in values)
        {
            var root = JsonNode.Parse(original)!.AsObject();
            root[field] = value?.DeepClone();
            await RefusedAsync(store, task, bad, manifest, root.ToJsonString(), [OpenCodeError.StateCorrupt]);
        }

        var without = JsonNode.Parse(original)!.AsObject();
        without.Remove(field);
        await RefusedAsync(store, task, bad, manifest, without.ToJsonString(), [OpenCodeError.StateCorrupt]);
        await RefusedAsync(store, task, bad, manifest, original[..(original.Length / 2)], [OpenCodeError.StateCorrupt]);
        await RefusedAsync(store, task, bad, manifest, "[]", [OpenCodeError.StateCorrupt]);

        // The good one beside it goes on working.
        var damaged = new List<OpenCodeException>();
        Assert.Equal([good], (await store.Runtime.Checkpoints.ListAsync(task, damaged.Add, Token)).Select(c => c.Id));
        Assert.Equal(OpenCodeError.StateCorrupt, Assert.Single(damaged).Error);
        await store.Runtime.Checkpoints.RestoreAsync(task, good, Actor.Operator, Token);
        await File.WriteAllTextAsync(manifest, original, Token);
        await Agreement.CheckAsync(store.Runtime, task, Token);
    }

    [Theory]
    [InlineData("../../../outside.txt")]
    [InlineData("/tmp/outside.txt")]
    [InlineData("workspace/x")]
    [InlineData("manifest.json")]
    [InlineData("")]
    public async Task Manifest_with_a_good_checksum_and_another_path_never_reads_or_replaces_it(string name)
    {
        await using var store = await TestStore.OpenAsync();
        var (task, _, bad) = await TwoAsync(store);
        var manifest = (await store.Runtime.Checkpoints.ListAsync(task, Token))[1].Manifest;
        var original = await File.ReadAllTextAsync(manifest, Token);
        var root = JsonNode.Parse(original)!.AsObject();
        root["files"]!.AsArray().Add(new JsonObject { ["name"] = name, ["bytes"] = 1, ["sha256"] = "00" });
        root.Remove("checksum");
        root["checksum"] = CanonicalJson.Checksum(JsonElementOf(root));
        await RefusedAsync(store, task, bad, manifest, root.ToJsonString(), [OpenCodeError.StateCorrupt]);
    }

    [Theory]
    [InlineData("state.json", true)]
    [InlineData("logs.jsonl", true)]
    [InlineData("decisions.md", true)]
    [InlineData("state.json", false)]
    [InlineData("logs.jsonl", false)]
    [InlineData("decisions.md", false)]
    public async Task File_of_a_checkpoint_that_is_missing_or_changed_is_named_and_nothing_changes(string file, bool missing)
    {
        await using var store = await TestStore.OpenAsync();
        var (task, _, bad) = await TwoAsync(store);
        var path = Path.Combine(store.Folder(task).Checkpoint(bad), file);
        if (missing)
        {
            File.Delete(path);
        }
        else
        {
            var bytes = await File.ReadAllBytesAsync(path, Token);
            bytes[^2] ^= 1;
            await File.WriteAllBytesAsync(path, bytes, Token);
        }

        var before = Contents(store, task);
        var refused = await Assert.ThrowsAsync<OpenCodeException>(() => store.Runtime.Checkpoints.RestoreAsync(task, bad, Actor.Operator, Token));
        Assert.Equal(OpenCodeError.StateCorrupt, refused.Error);
        Assert.Contains(path, refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, Contents(store, task));
    }

    [Fact]
    public async Task Parents_tell_the_way_through_saves_and_restores()
    {
        await using var store = await TestStore.OpenAsync();
        var (task, first, second) = await TwoAsync(store);
        var restored = await store.Runtime.Checkpoints.RestoreAsync(task, first, Actor.Operator, Token);
        var third = await store.Runtime.Checkpoints.CreateAsync(task, null, Actor.Operator, Token);
        var all = (await store.Runtime.Checkpoints.ListAsync(task, Token)).ToDictionary(c => c.Id);
        Assert.Null(all[first].Parent);
        Assert.Equal(first, all[second].Parent);
        Assert.Equal(second, all[restored.SavedAs.Id].Parent);
        Assert.Equal(first, all[third.Id].Parent);
    }

    [Fact]
    public async Task Checkpoint_published_by_a_process_that_died_is_restored_and_entered()
    {
        await using var store = await TestStore.OpenAsync();
        var died = false;
        var (task, first, second) = await TwoAsync(store);
        await using (var dying = await OpenCodeRuntime.OpenAsync(store.Configuration, store.Clock, new StepProbe(s => died |= s is Step.CheckpointPublished ? throw new InvalidOperationException("killed") : false), () => ProcessIdentity.Current, null, Token))
        {
            await Assert.ThrowsAsync<InvalidOperationException>(() => dying.Checkpoints.CreateAsync(task, "mine", Actor.Operator, Token));
        }

        var orphan = Assert.Single(CheckpointLayer.Published(store.Folder(task)).Except([first, second]));
        Assert.Null(await store.Runtime.Registry.FindCheckpointAsync(orphan, Token));
        await store.Runtime.Checkpoints.RestoreAsync(task, orphan, Actor.Operator, Token);
        Assert.Equal(4, (await store.Runtime.Checkpoints.ListAsync(task, Token)).Count);
        await Agreement.CheckAsync(store.Runtime, task, Token);
    }

    [Fact]
    public async Task Remove_with_damaged_state_removes_nothing()
    {
        await using var store = await TestStore.OpenAsync();
        var (task, first, second) = await TwoAsync(store);
        await File.WriteAllTextAsync(store.Folder(task).State, "{", Token);
        await Assert.ThrowsAsync<OpenCodeException>(() => store.Runtime.Checkpoints.RemoveAsync(task, second, Token));
        Assert.Equal([first, second], CheckpointLayer.Published(store.Folder(task)));
    }

    [Theory]
    [InlineData("../../x")]
    [InlineData("..")]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData(".new-x")]
    public async Task Checkpoint_id_that_is_none_is_InvalidArgument(string id)
    {
        await using var store = await TestStore.OpenAsync();
        var (task, _, _) = await TwoAsync(store);
        Assert.Equal(OpenCodeError.InvalidArgument, (await Assert.ThrowsAsync<OpenCodeException>(() => store.Runtime.Checkpoints.RestoreAsync(task, id, Actor.Operator, Token))).Error);
        Assert.Equal(OpenCodeError.InvalidArgument, (await Assert.ThrowsAsync<OpenCodeException>(() => store.Runtime.Checkpoints.RemoveAsync(task, id, Token))).Error);
    }

    internal static async Task<(string Task, string First, string Second)> TwoAsync(TestStore store)
    {
        var task = await store.Runtime.Tasks.CreateAsync(new NewTask { Name = "t" }, Token);
        var first = await store.Runtime.Checkpoints.CreateAsync(task.Id, "first", Actor.Operator, Token);
        store.Clock.Advance(TimeSpan.FromSeconds(1));
        await store.Runtime.Memory.ChangeStateAsync(task.Id, JsonMap.Parse("""{"a":1}"""), replace: true, null, Actor.Operator, Token);
        var second = await store.Runtime.Checkpoints.CreateAsync(task.Id, "second", Actor.Operator, Token);
        return (task.Id, first.Id, second.Id);
    }

    private static System.Text.Json.JsonElement JsonElementOf(JsonNode node) => System.Text.Json.JsonDocument.Parse(node.ToJsonString()).RootElement;

    private static async Task RefusedAsync(TestStore store, string task, string checkpoint, string manifest, string contents, OpenCodeError[] errors)
    {
        await File.WriteAllTextAsync(manifest, contents, Token);
        var before = Contents(store, task);
        var refused = await Assert.ThrowsAsync<OpenCodeException>(() => store.Runtime.Checkpoints.RestoreAsync(task, checkpoint, Actor.Operator, Token));
        Assert.Contains(refused.Error, errors);
        Assert.Contains(manifest, refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, Contents(store, task));
    }

    internal static string[] Contents(TestStore store, string task) =>
        [.. Directory.EnumerateFiles(store.Folder(task).Root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(f => f + ": " + File.ReadAllText(f))];
}

using OpenCode.Tasks;

namespace OpenCode.Tests.Unit.Tasks;

public sealed class RefusalTests
{
    [Fact]
    public async Task Create_where_a_strange_folder_stands_sets_it_aside_and_makes_the_tasks_own()
    {
        await using var store = await TestStore.OpenAsync();
        var folder = store.Folder("mine");
        Directory.CreateDirectory(folder.Root);
        await File.WriteAllTextAsync(Path.Combine(folder.Root, "somebody's"), "kept", TestStore.Token);
        await File.WriteAllTextAsync(folder.State, "{}", TestStore.Token);

        await store.Runtime.Tasks.CreateAsync(new NewTask { Id = "mine", Name = "mine" }, TestStore.Token);

        await Agreement.CheckAsync(store.Runtime, "mine", TestStore.Token);
        var aside = Assert.Single(Directory.EnumerateDirectories(Path.GetDirectoryName(folder.Root)!, ".stray-*"));
        Assert.Equal("kept", await File.ReadAllTextAsync(Path.Combine(aside, "somebody's"), TestStore.Token));
    }

    [Fact]
    public async Task Attach_in_the_operators_name_is_refused()
    {
        await using var store = await TestStore.OpenAsync();
        var task = await store.Runtime.Tasks.CreateAsync(new NewTask { Name = "t" }, TestStore.Token);
        var refused = await Assert.ThrowsAsync<OpenCodeException>(() => store.Runtime.Tasks.AttachAsync(task.Id, new AttachRequest(TaskMemory.Operator), TestStore.Token));
        Assert.Equal(OpenCodeError.InvalidArgument, refused.Error);
    }

    [Fact]
    public async Task Update_without_fields_is_refused_and_changes_nothing()
    {
        await using var store = await TestStore.OpenAsync();
        var task = await store.Runtime.Tasks.CreateAsync(new NewTask { Name = "t" }, TestStore.Token);
        var refused = await Assert.ThrowsAsync<OpenCodeException>(() => store.Runtime.Tasks.UpdateAsync(task.Id, new TaskPatch(), OpenCode.Common.Actor.Operator, TestStore.Token));
        Assert.Equal(OpenCodeError.InvalidArgument, refused.Error);
        Assert.Equal(task.Version, (await store.Runtime.Tasks.GetAsync(task.Id, TestStore.Token)).Version);
    }
}

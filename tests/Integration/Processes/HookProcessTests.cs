using OpenCode.Common;
using OpenCode.Configuration;
using OpenCode.Tasks;
using OpenCode.Tests.StoreWorker;
using OpenCode.Tests.Unit;

namespace OpenCode.Tests.Integration.Processes;

/// <summary>Hooks that are real processes on the store of the change they run for.</summary>
public sealed class HookProcessTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Program_that_changes_its_task_neither_waits_for_itself_nor_costs_the_agent_its_fence()
    {
        using var store = new TemporaryStore();
        HookEvent[] moments = [HookEvent.BeforeTaskStart, HookEvent.AfterTaskStart, HookEvent.BeforeTaskComplete, HookEvent.AfterTaskComplete];
        await using var runtime = await OpenCodeRuntime.OpenAsync(Life.Configuration(store.DataRoot), Token);
        var task = (await runtime.Tasks.CreateAsync(new NewTask { Name = "x" }, Token)).Id;
        var hooks = moments.Select(moment => new HookSetting
        {
            Event = moment,
            Command = ["dotnet", typeof(Life).Assembly.Location, "change", store.DataRoot, task],
            Folder = store.Root,
            Timeout = TimeSpan.FromMinutes(2),
            Blocking = moment is HookEvent.BeforeTaskStart or HookEvent.BeforeTaskComplete,
        });
        await using var hooked = await OpenCodeRuntime.OpenAsync(Life.Configuration(store.DataRoot) with { Hooks = [.. hooks] }, Token);
        var lease = await hooked.Tasks.AttachAsync(task, new AttachRequest("ana"), Token);
        var done = await hooked.Tasks.CompleteAsync(task, 5L, null, Actor.Of("ana", lease.Fence), Token);
        Assert.Equal((AgentTaskStatus.Completed, 7), (done.Status, done.Priority));
        var log = (await runtime.Memory.HistoryAsync(task, new LogQuery(), Token)).Entries;
        Assert.Equal(4, log.Count(e => e.Message == "changed"));
        Assert.DoesNotContain(log, e => e.Level == LogLevel.Warn);
        Assert.Contains(log, e => e.Message.Contains("the hook 'dotnet'", StringComparison.Ordinal));
        await Agreement.CheckAsync(runtime, task, Token);
    }

    [Fact]
    public async Task Same_program_without_a_hook_around_it_moves_the_fence_on()
    {
        using var store = new TemporaryStore();
        await using var runtime = await OpenCodeRuntime.OpenAsync(Life.Configuration(store.DataRoot), Token);
        var task = (await runtime.Tasks.CreateAsync(new NewTask { Name = "x" }, Token)).Id;
        var lease = await runtime.Tasks.AttachAsync(task, new AttachRequest("ana"), Token);
        await using var worker = Worker.Start("change", store.DataRoot, task);
        Assert.Equal(0, (await worker.EndAsync(Token)).ExitCode);
        var lost = await Assert.ThrowsAsync<OpenCodeException>(() => runtime.Tasks.CompleteAsync(task, null, null, Actor.Of("ana", lease.Fence), Token));
        Assert.Equal(OpenCodeError.LeaseLost, lost.Error);
    }
}

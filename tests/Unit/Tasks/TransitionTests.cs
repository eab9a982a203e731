using OpenCode.Common;
using OpenCode.Tasks;

namespace OpenCode.Tests.Unit.Tasks;

public sealed class TransitionTests
{
    private static readonly AgentTaskStatus[] Statuses = Enum.GetValues<AgentTaskStatus>();

    private static CancellationToken Token => TestStore.Token;

    /// <summary>The table of the specification, written down once more: operation, the statuses it is allowed from, the status after it.</summary>
    private static readonly (string Operation, AgentTaskStatus[] From, AgentTaskStatus To)[] Table =
    [
        ("start", [AgentTaskStatus.Pending], AgentTaskStatus.Running),
        ("attach", [AgentTaskStatus.Pending, AgentTaskStatus.Running], AgentTaskStatus.Running),
        ("complete", [AgentTaskStatus.Running], AgentTaskStatus.Completed),
        ("fail", [AgentTaskStatus.Running], AgentTaskStatus.Failed),
        ("cancel", [AgentTaskStatus.Pending, AgentTaskStatus.Running], AgentTaskStatus.Cancelled),
        ("resume", [AgentTaskStatus.Pending, AgentTaskStatus.Failed, AgentTaskStatus.Cancelled], AgentTaskStatus.Running),
        ("restore", Statuses, AgentTaskStatus.Pending),
    ];

    public static TheoryData<string, AgentTaskStatus> Pairs()
    {
        var pairs = new TheoryData<string, AgentTaskStatus>();
        foreach (var (operation, _, _) in Table)
        {
            foreach (var status in Statuses)
            {
                pairs.Add(operation, status);
            }
        }

        return pairs;
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task Operation_from_a_status_does_what_the_table_says(string operation, AgentTaskStatus status)
    {
        await using var store = await TestStore.OpenAsync();
        var runtime = store.Runtime;
        var created = await runtime.Tasks.CreateAsync(new NewTask { Name = "t", Owner = "ada", Priority = 7, Metadata = JsonMap.Parse("""{"k":1}""") }, Token);
        var checkpoint = await runtime.Checkpoints.CreateAsync(created.Id, null, Actor.Operator, Token);
        await BringAsync(runtime, created.Id, status);
        var before = await runtime.Registry.FindAsync(created.Id, Token);
        var (_, from, to) = Table.Single(t => t.Operation == operation);
        if (from.Contains(status))
        {
            await DoAsync(runtime, operation, created.Id, checkpoint.Id);
            var after = await runtime.Tasks.GetAsync(created.Id, Token);
            Assert.Equal(to, after.Status);
            Assert.Equal(before!.Task.Version + 1, after.Version);
            Assert.Equal("ada", after.Owner);
            Assert.Equal(7, after.Priority);
            Assert.Equal(created.Metadata, after.Metadata);
        }
        else
        {
            var refused = await Assert.ThrowsAsync<OpenCodeException>(() => DoAsync(runtime, operation, created.Id, checkpoint.Id));
            Assert.Equal(OpenCodeError.InvalidTransition, refused.Error);
            Assert.Contains(status.ToString(), refused.Message, StringComparison.Ordinal);
            var after = await runtime.Registry.FindAsync(created.Id, Token);
            Assert.Equal(before!.LastSeq, after!.LastSeq);
            Assert.Equal(before.Task.Version, after.Task.Version);
            Assert.Equal(status, after.Task.Status);
        }

        await Agreement.CheckAsync(runtime, created.Id, Token);
    }

    [Fact]
    public void Table_of_transitions_is_the_specifications() =>
        Assert.All(Transitions.All, t => Assert.Contains(Table, row => row.Operation == t.Name && row.To == t.To && row.From.SequenceEqual(t.From)));

    [Theory]
    [InlineData(AgentTaskStatus.Running, false)]
    [InlineData(AgentTaskStatus.Running, true)]
    [InlineData(AgentTaskStatus.Pending, false)]
    [InlineData(AgentTaskStatus.Completed, false)]
    [InlineData(AgentTaskStatus.Failed, false)]
    [InlineData(AgentTaskStatus.Cancelled, false)]
    public async Task Delete_needs_force_only_for_a_running_task(AgentTaskStatus status, bool force)
    {
        await using var store = await TestStore.OpenAsync();
        var runtime = store.Runtime;
        var task = await runtime.Tasks.CreateAsync(new NewTask { Name = "t", Id = "task_x" }, Token);
        await BringAsync(runtime, task.Id, status);
        if (status is AgentTaskStatus.Running && !force)
        {
            Assert.Equal(OpenCodeError.InvalidTransition, (await Assert.ThrowsAsync<OpenCodeException>(() => runtime.Tasks.DeleteAsync(task.Id, force, Token))).Error);
            Assert.Equal(status, (await runtime.Tasks.GetAsync(task.Id, Token)).Status);
        }
        else
        {
            await runtime.Tasks.DeleteAsync(task.Id, force, Token);
            Assert.Equal(OpenCodeError.TaskNotFound, (await Assert.ThrowsAsync<OpenCodeException>(async () => await runtime.Tasks.GetAsync(task.Id, Token))).Error);
        }

        await Agreement.CheckAsync(runtime, task.Id, Token);
    }

    private static async Task BringAsync(OpenCodeRuntime runtime, string id, AgentTaskStatus status)
    {
        if (status is AgentTaskStatus.Running or AgentTaskStatus.Completed or AgentTaskStatus.Failed)
        {
            await runtime.Tasks.StartAsync(id, Actor.Operator, Token);
        }

        switch (status)
        {
            case AgentTaskStatus.Completed: await DoAsync(runtime, "complete", id, ""); break;
            case AgentTaskStatus.Failed: await DoAsync(runtime, "fail", id, ""); break;
            case AgentTaskStatus.Cancelled: await DoAsync(runtime, "cancel", id, ""); break;
        }
    }

    private static Task DoAsync(OpenCodeRuntime runtime, string operation, string id, string checkpoint) => operation switch
    {
        "start" => runtime.Tasks.StartAsync(id, Actor.Operator, Token),
        "attach" => runtime.Tasks.AttachAsync(id, new AttachRequest("worker"), Token),
        "complete" => runtime.Tasks.CompleteAsync(id, 1, "done", Actor.Operator, Token),
        "fail" => runtime.Tasks.FailAsync(id, "broken", null, null, Actor.Operator, Token),
        "cancel" => runtime.Tasks.CancelAsync(id, "enough", Actor.Operator, Token),
        "resume" => runtime.Tasks.ResumeAsync(new ResumeRequest { Task = id }, Token),
        "restore" => runtime.Checkpoints.RestoreAsync(id, checkpoint, Actor.Operator, Token),
        _ => throw new ArgumentOutOfRangeException(nameof(operation), operation, "unknown"),
    };
}

using System.Text.Json;
using System.Text.Json.Nodes;
using OpenCode.Common;
using OpenCode.McpHost.Tools;
using OpenCode.Registry;
using OpenCode.Tasks;

namespace OpenCode.Tests.Unit.McpHost;

/// <summary>Calls with an idempotency key whose first host died in the middle: what it had done is found, and is not done again.</summary>
public sealed class ResumedCallTests : IAsyncLifetime
{
    private TestStore _store = null!;
    private string _planned = "";

    private OpenCodeRuntime Runtime => _store.Runtime;

    public async ValueTask InitializeAsync()
    {
        _store = await TestStore.OpenAsync();
        await Runtime.Tasks.CreateAsync(new NewTask { Name = "n", Id = "T" }, TestStore.Token);
        await Runtime.Tasks.StartAsync("T", Actor.Operator, TestStore.Token);
        await Runtime.Memory.LogAsync("T", LogLevel.Info, "same", null, Actor.Operator, TestStore.Token);
        await Runtime.Memory.DecideAsync("T", new NewDecision(TaskMemory.Operator, "same"), null, TestStore.Token);
        await Runtime.Checkpoints.CreateAsync("T", "same", Actor.Operator, TestStore.Token);
        _store.Clock.Advance(TimeSpan.FromSeconds(1));
        _planned = new Ids(_store.Clock).Task();
    }

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task Line_of_the_log_is_written_once_and_one_of_an_earlier_call_is_not_taken_for_it()
    {
        await RunAsync(new AppendLog(), """{ "taskId": "T", "message": "same" }""");
        Assert.Equal(2, await LinesAsync());

        await RunAsync(new AppendLog(), """{ "taskId": "T", "message": "same" }""");
        Assert.Equal(2, await LinesAsync());

        async Task<int> LinesAsync() => (await Runtime.Memory.HistoryAsync("T", new LogQuery(), TestStore.Token)).Entries.Count(entry => entry.Message == "same");
    }

    [Fact]
    public async Task Decision_is_written_once_and_one_of_an_earlier_call_is_not_taken_for_it()
    {
        await RunAsync(new RecordDecision(), """{ "taskId": "T", "decision": "same" }""");
        await RunAsync(new RecordDecision(), """{ "taskId": "T", "decision": "same" }""");

        Assert.Equal(2, (await Runtime.Memory.DecisionsAsync("T", null, null, TestStore.Token)).Count);
    }

    [Fact]
    public async Task Checkpoint_is_taken_once_and_one_of_an_earlier_call_is_not_taken_for_it()
    {
        var first = await RunAsync(new CreateCheckpoint(), """{ "taskId": "T", "description": "same" }""");
        var second = await RunAsync(new CreateCheckpoint(), """{ "taskId": "T", "description": "same" }""");

        Assert.Equal(first["checkpointId"]!.GetValue<string>(), second["checkpointId"]!.GetValue<string>());
        Assert.Equal(2, (await Runtime.Checkpoints.ListAsync("T", TestStore.Token)).Count);
    }

    [Fact]
    public async Task Completion_with_the_same_result_is_answered_and_one_with_another_is_refused()
    {
        await Runtime.Tasks.CompleteAsync("T", JsonMap.Parse("""{ "a": [1] }"""), "m", Actor.Operator, TestStore.Token);

        Assert.Equal("completed", (await RunAsync(new CompleteTask(), """{ "taskId": "T", "result": { "a": [1] }, "message": "m" }"""))["status"]!.GetValue<string>());
        await RefusedAsync(OpenCodeError.InvalidTransition, new CompleteTask(), """{ "taskId": "T", "result": { "a": [2] }, "message": "m" }""");
        await RefusedAsync(OpenCodeError.InvalidTransition, new FailTask(), """{ "taskId": "T", "error": "e" }""");
        await RefusedAsync(OpenCodeError.InvalidTransition, new CompleteTask(), """{ "taskId": "T", "result": { "a": [1] }, "message": "m" }""", resumed: false);
    }

    [Fact]
    public async Task Completion_in_an_agents_name_whose_lease_ended_with_it_is_answered()
    {
        var lease = await Runtime.Tasks.AttachAsync("T", new AttachRequest("a"), TestStore.Token);
        await Runtime.Tasks.FailAsync("T", "e", null, null, Actor.Of("a", lease.Fence), TestStore.Token);

        var arguments = $$"""{ "taskId": "T", "error": "e", "agentId": "a", "fence": {{lease.Fence}} }""";
        Assert.Equal("failed", (await RunAsync(new FailTask(), arguments))["status"]!.GetValue<string>());
    }

    [Fact]
    public async Task Resumption_is_answered_with_the_lease_that_came_with_it()
    {
        await Runtime.Tasks.CancelAsync("T", null, Actor.Operator, TestStore.Token);
        await Runtime.Tasks.ResumeAsync(new ResumeRequest { Task = "T", Agent = "a" }, TestStore.Token);

        var answer = await RunAsync(new ResumeTask(), """{ "taskId": "T", "agentId": "a" }""");
        Assert.Equal("running", answer["status"]!.GetValue<string>());
        Assert.NotNull(answer["fence"]);
        await RefusedAsync(OpenCodeError.InvalidTransition, new ResumeTask(), """{ "taskId": "T", "agentId": "b" }""");
    }

    [Fact]
    public async Task Command_in_the_background_that_was_begun_is_given_again_and_not_run_a_second_time()
    {
        var begun = new Execution { Id = Ids.ExecutionOf(_planned), TaskId = "T", Command = ["true"], StartedAt = _store.Clock.GetUtcNow() };
        await Runtime.Registry.WriteAsync(new BeginExecution(begun, Actor.Operator), TestStore.Token);

        var answer = await RunAsync(new ExecuteInTask(), """{ "taskId": "T", "command": "true", "background": true }""");

        Assert.Equal((begun.Id, "running"), (answer["executionId"]!.GetValue<string>(), answer["status"]!.GetValue<string>()));
        Assert.Single(await Runtime.Executions.ListAsync("T", null, null, TestStore.Token));
    }

    [Fact]
    public async Task Restoration_is_not_made_a_second_time_on_a_guess()
    {
        var checkpoint = (await Runtime.Checkpoints.ListAsync("T", TestStore.Token))[0].Id;

        await RefusedAsync(OpenCodeError.InvalidTransition, new RestoreCheckpoint(), $$"""{ "checkpointId": "{{checkpoint}}" }""");

        Assert.Equal(AgentTaskStatus.Running, (await Runtime.Tasks.GetAsync("T", TestStore.Token)).Status);
    }

    private async Task<JsonObject> RunAsync(TaskTool tool, string arguments, bool resumed = true)
    {
        var given = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(arguments);
        var call = new ToolCall(Runtime, ToolInput.Read(tool.Name, tool.Parameters, given), null) { PlannedId = _planned, Resumed = resumed };
        return await tool.RunAsync(call, TestStore.Token);
    }

    private async Task RefusedAsync(OpenCodeError error, TaskTool tool, string arguments, bool resumed = true) =>
        Assert.Equal(error, (await Assert.ThrowsAsync<OpenCodeException>(() => RunAsync(tool, arguments, resumed))).Error);
}

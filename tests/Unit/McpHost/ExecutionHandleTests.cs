using System.Text.Json.Nodes;
using OpenCode.Common;
using OpenCode.McpHost;
using OpenCode.McpHost.Handles;
using OpenCode.McpHost.Tools;
using OpenCode.Registry;
using OpenCode.Tasks;

namespace OpenCode.Tests.Unit.McpHost;

/// <summary>How a command stands, in the words of the protocol's extension for long work, and who is told.</summary>
public sealed class ExecutionHandleTests : IAsyncLifetime
{
    private static readonly Caller Ada = new("ada", McpScope.Write);

    private TestStore _store = null!;
    private Store _opened = null!;
    private ExecutionHandles _handles = null!;

    public async ValueTask InitializeAsync()
    {
        _store = await TestStore.OpenAsync();
        await _store.Runtime.Tasks.CreateAsync(new NewTask { Name = "n", Id = "T" }, TestStore.Token);
        _opened = new Store(() => _store.Runtime.Configuration);
        _handles = new ExecutionHandles(_opened);
    }

    public async ValueTask DisposeAsync()
    {
        await _opened.DisposeAsync();
        await _store.DisposeAsync();
    }

    public static TheoryData<ExecutionStatus, string?, string, string?> Standings => new()
    {
        { ExecutionStatus.Running, null, "working", null },
        { ExecutionStatus.Exited, null, "completed", "result" },
        { ExecutionStatus.TimedOut, null, "completed", "result" },
        { ExecutionStatus.Cancelled, "not wanted", "cancelled", null },
        { ExecutionStatus.Failed, "SandboxFailed: no image", "completed", "result" },
        { ExecutionStatus.Lost, "gone", "failed", "error" },
    };

    [Theory]
    [MemberData(nameof(Standings))]
    public async Task Standing_of_a_command_has_one_word_and_what_belongs_to_it(ExecutionStatus status, string? reason, string word, string? member)
    {
        var begun = await BeginAsync("exec_1", null);
        _store.Clock.Advance(TimeSpan.FromSeconds(5));
        if (status is not ExecutionStatus.Running)
        {
            await _store.Runtime.Registry.WriteAsync(new EndExecution(begun with { Status = status, Reason = reason, ExitCode = status is ExecutionStatus.Exited ? 3 : null, TimedOut = status is ExecutionStatus.TimedOut, Stdout = "out" }), TestStore.Token);
        }

        var handle = await _handles.FindAsync("exec_1", null, TestStore.Token);

        var detailed = handle!.Detailed();
        Assert.Equal(word, detailed["status"]!.GetValue<string>());
        Assert.Equal(member is null ? [] : [member], new[] { "result", "error", "inputRequests" }.Where(detailed.ContainsKey));
        Assert.Equal((TaskJson.Time(begun.StartedAt), TaskJson.Time(begun.StartedAt + TimeSpan.FromSeconds(status is ExecutionStatus.Running ? 0 : 5))), (detailed["createdAt"]!.GetValue<string>(), detailed["lastUpdatedAt"]!.GetValue<string>()));
        Assert.True(detailed.ContainsKey("ttlMs") && detailed["ttlMs"] is null, "No end of its life is promised: null, and not left out.");
        Assert.False(member is not null && handle.Created().ContainsKey(member), "What is created has no result yet.");
        Assert.Equal(status is ExecutionStatus.Running ? "runs" : "ended", await _handles.MarkAsync("exec_1", TestStore.Token));
        Check(status, detailed);
    }

    [Fact]
    public void Every_standing_is_looked_at() => Assert.Equal(Enum.GetValues<ExecutionStatus>(), Standings.Select(row => row.Data.Item1).Order());

    [Fact]
    public async Task Handle_is_its_askers_alone_and_everybodys_where_clients_are_not_known()
    {
        await BeginAsync("exec_adas", "ada");
        await BeginAsync("exec_nobodys", null);

        Assert.NotNull(await _handles.FindAsync("exec_adas", Ada, TestStore.Token));
        foreach (var (id, caller) in new[] { ("exec_adas", new Caller("bob", McpScope.Admin)), ("exec_nobodys", Ada), ("exec_adas", new Caller("ADA", McpScope.Admin)), ("exec_none", Ada) })
        {
            Assert.Null(await _handles.FindAsync(id, caller, TestStore.Token));
            Assert.False(await _handles.CancelAsync(id, caller, TestStore.Token));
            Assert.False(await _handles.AnswerAsync(id, [], caller, TestStore.Token));
        }

        Assert.Null(await _store.Runtime.Registry.CancelReasonAsync("exec_adas", TestStore.Token));
        Assert.NotNull(await _handles.FindAsync("exec_adas", null, TestStore.Token));
        Assert.True(await _handles.CancelAsync("exec_adas", Ada, TestStore.Token));
        Assert.NotNull(await _store.Runtime.Registry.CancelReasonAsync("exec_adas", TestStore.Token));
    }

    private static void Check(ExecutionStatus status, JsonObject detailed)
    {
        var structured = detailed["result"]?["structuredContent"];
        switch (status)
        {
            case ExecutionStatus.Exited:
                Assert.Equal((false, 3, "out"), (structured!["success"]!.GetValue<bool>(), structured["exitCode"]!.GetValue<int>(), structured["stdout"]!.GetValue<string>()));
                Assert.NotEqual(true, detailed["result"]!["isError"]?.GetValue<bool>());
                break;
            case ExecutionStatus.TimedOut:
                Assert.Equal("timedOut", structured!["status"]!.GetValue<string>());
                break;
            case ExecutionStatus.Failed:
                Assert.True(detailed["result"]!["isError"]!.GetValue<bool>());
                Assert.Equal(("SandboxFailed", "no image"), (structured!["error"]!["name"]!.GetValue<string>(), structured["error"]!["message"]!.GetValue<string>()));
                break;
            case ExecutionStatus.Lost:
                Assert.Equal(-32603, detailed["error"]!["code"]!.GetValue<int>());
                Assert.Contains("gone", detailed["error"]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
                break;
            default:
                Assert.Equal(status is ExecutionStatus.Cancelled ? "not wanted" : null, status is ExecutionStatus.Running ? null : detailed["statusMessage"]!.GetValue<string>());
                break;
        }
    }

    private async Task<Execution> BeginAsync(string id, string? askedBy)
    {
        var execution = new Execution { Id = id, TaskId = "T", Command = ["true"], StartedAt = _store.Clock.GetUtcNow() };
        await _store.Runtime.Registry.WriteAsync(new BeginExecution(execution, Actor.Operator) { AskedBy = askedBy }, TestStore.Token);
        return execution;
    }
}

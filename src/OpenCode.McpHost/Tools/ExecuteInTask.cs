using System.Text.Json;
using System.Text.Json.Nodes;
using ModelContextProtocol.Protocol;
using OpenCode.Common;
using OpenCode.McpHost.Resources;
using OpenCode.Tasks;

namespace OpenCode.McpHost.Tools;

internal sealed class ExecuteInTask() : TaskTool(
    ToolName,
    "Run a command in the sandbox",
    "Runs a command in the task's container and waits for its end. Files belong into /workspace, which lasts as long as the task. success means exit code 0. A timeout kills the command and the sandbox stays usable. The first call makes the container and may pull its image.")
{
    private const string ToolName = "execute_in_task";

    /// <summary>The argument that lets a command go on after the answer.</summary>
    public const string Background = "background";

    private const string Running = "running";

    private const int InBackground = 3_600_000;

    private static readonly TimeSpan LongestPull = TimeSpan.FromMinutes(10);

    protected override IReadOnlyList<Parameter> Takes { get; } =
    [
        TaskId,
        new CommandParameter("command", "String: run by /bin/sh -c. List: run without a shell") { Required = true },
        new NumberParameter("timeout", 1, 86_400_000, 30_000, "Milliseconds; default in the background 3600000"),
        new TextParameter("workdir", 4096, "Default /workspace"),
        AgentId with { Required = false, Description = "The attached agent; none: the operator" },
        new NumberParameter("fence", 0, long.MaxValue, Description: "From attach_agent_to_task"),
        new FlagParameter(Background, "Answer at once, with the executionId"),
    ];

    protected override bool Destructive => true;

    protected override bool OpenWorld => true;

    protected override string Gives => ExecutionReading.Gives;

    // The first call may have an image to fetch.
    public override TimeSpan Patience(ToolInput input) => input.Flag(Background) ? TimeSpan.Zero : TimeSpan.FromMilliseconds(input.Number("timeout") ?? 30_000) + LongestPull;

    public override async Task<JsonObject> RunAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var input = call.Input;
        var command = input.Get<object>("command");
        var request = new RunRequest(command as string[] ?? [(string)command], command is string)
        {
            Timeout = TimeSpan.FromMilliseconds(input.Number("timeout") ?? (input.Flag(Background) ? InBackground : 30_000)),
            WorkingDirectory = input.Find<string>("workdir"),
            AskedBy = call.Caller?.Owner,
        };
        var (task, actor) = (input.Get<string>("taskId"), ActorOf(input));
        if (input.Flag(Background))
        {
            return ExecutionReading.Answer(await StartOnceAsync(call, task, request, actor, cancellationToken).ConfigureAwait(false), true);
        }

        if (call.Resumed)
        {
            // A command is not run twice on a guess; what became of it is in the task's executions and log.
            throw new OpenCodeException(
                OpenCodeError.SandboxFailed,
                "The host died while it worked on this call, so the command may have run, in part or wholly. See what it did, then call again with a new idempotencyKey if it is to run once more.");
        }

        var execution = await call.Runtime.Executions.RunAsync(task, request, actor, RunObservers.Of(call.Progress, call.Alerts), cancellationToken).ConfigureAwait(false);
        return Answer(execution);
    }

    public override string Describe(JsonObject answer) => answer["status"]!.GetValue<string>() == Running
        ? $"The command runs in the background as {answer["executionId"]}. get_execution, or {TaskUri.Root}/{answer["taskId"]}/executions/{answer["executionId"]}, says how it stands."
        : ExecutionReading.Describe(answer);

    /// <summary>The command that goes on after this answer to a call; null when none does.</summary>
    public static string? GoesOn(string tool, CallToolResult answer) =>
        tool == ToolName && answer is { IsError: not true, StructuredContent: { } content } && content.GetProperty("status").GetString() == Running ? content.GetProperty("executionId").GetString() : null;

    /// <summary>What a call gives that has waited for the command's end.</summary>
    public static CallToolResult Result(Execution execution)
    {
        var answer = Answer(execution);
        return new CallToolResult { Content = [new TextContentBlock { Text = ExecutionReading.Describe(answer) }], StructuredContent = answer.Deserialize(AnswerJson.ElementType) };
    }

    private static JsonObject Answer(Execution execution) => ExecutionReading.Answer(execution, execution is { ExitCode: 0, TimedOut: false });

    private static async Task<Execution> StartOnceAsync(ToolCall call, string task, RunRequest request, Actor actor, CancellationToken cancellationToken)
    {
        var planned = call.PlannedId is null ? null : Ids.ExecutionOf(call.PlannedId);
        return (call.Resumed ? await call.Runtime.Executions.FindAsync(task, planned!, cancellationToken).ConfigureAwait(false) : null) // begun by the host that died before it could say so
            ?? await call.Runtime.Executions.StartAsync(task, request, actor, call.Alerts, planned, cancellationToken).ConfigureAwait(false);
    }
}

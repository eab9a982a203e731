using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using OpenCode.Common;
using OpenCode.Tasks;

namespace OpenCode.McpHost.Tools;

internal sealed class ExecuteInTask() : TaskTool(
    "execute_in_task",
    "Run a command in the sandbox",
    "Runs a command in the task's container and waits for its end. Files belong into /workspace, which lasts as long as the task. success means exit code 0. A timeout kills the command and the sandbox stays usable. The first call makes the container and may pull its image.")
{
    /// <summary>What of a stream is shown for reading; the rest is in structuredContent.</summary>
    private const int MostShown = 32 * 1024;

    protected override IReadOnlyList<Parameter> Takes { get; } =
    [
        TaskId,
        new CommandParameter("command", "String: run by /bin/sh -c. List: run without a shell") { Required = true },
        new NumberParameter("timeout", 1, 86_400_000, 30_000, "Milliseconds"),
        new TextParameter("workdir", 4096, "Default /workspace"),
        AgentId with { Required = false, Description = "The attached agent; none: the operator" },
        new NumberParameter("fence", 0, long.MaxValue, Description: "From attach_agent_to_task"),
    ];

    protected override bool Destructive => true;

    protected override bool OpenWorld => true;

    protected override string Gives => """
        {"taskId":{"type":"string"},"executionId":{"type":"string"},"exitCode":{"type":["integer","null"]},"stdout":{"type":"string"},"stderr":{"type":"string"},"duration":{"type":["number","null"],"description":"ms"},"truncated":{"type":"boolean"},"timedOut":{"type":"boolean"}}
        """;

    public override async Task<JsonObject> RunAsync(ToolCall call, CancellationToken cancellationToken)
    {
        if (call.Resumed)
        {
            // A command is not run twice on a guess; what became of it is in the task's executions and log.
            throw new OpenCodeException(
                OpenCodeError.SandboxFailed,
                "The host died while it worked on this call, so the command may have run, in part or wholly. See what it did, then call again with a new idempotencyKey if it is to run once more.");
        }

        var input = call.Input;
        var command = input.Get<object>("command");
        var request = new RunRequest(command as string[] ?? [(string)command], command is string)
        {
            Timeout = TimeSpan.FromMilliseconds(input.Number("timeout") ?? 30_000),
            WorkingDirectory = input.Find<string>("workdir"),
        };
        var actor = Actor.Of(input.Find<string>("agentId"), input.Number("fence"));
        var execution = await call.Runtime.Executions.RunAsync(input.Get<string>("taskId"), request, actor, call.Progress, cancellationToken).ConfigureAwait(false);
        return new JsonObject
        {
            ["success"] = execution is { ExitCode: 0, TimedOut: false },
            ["taskId"] = execution.TaskId,
            ["executionId"] = execution.Id,
            ["exitCode"] = execution.ExitCode,
            ["stdout"] = execution.Stdout,
            ["stderr"] = execution.Stderr,
            ["duration"] = execution.Duration is { } duration ? Math.Round(duration.TotalMilliseconds) : null,
            ["truncated"] = execution.Truncated,
            ["timedOut"] = execution.TimedOut,
        };
    }

    public override string Describe(JsonObject answer)
    {
        var text = new StringBuilder();
        text.Append(answer["timedOut"]!.GetValue<bool>()
            ? "The command ran out of time and was killed"
            : answer["exitCode"] is { } code ? $"Exit code {code}" : "The command's end was not seen");
        text.Append(CultureInfo.InvariantCulture, $" ({answer["executionId"]}, {answer["duration"]?.ToString() ?? "?"} ms).");
        Append(text, "stdout", answer["stdout"]!.GetValue<string>());
        Append(text, "stderr", answer["stderr"]!.GetValue<string>());
        return text.ToString();
    }

    private static void Append(StringBuilder text, string name, string output)
    {
        if (output.Length > 0)
        {
            text.Append("\n--- ").Append(name).Append(" ---\n");
            if (output.Length <= MostShown)
            {
                text.Append(output);
            }
            else
            {
                text.Append(output.AsSpan(0, MostShown / 2));
                text.Append(CultureInfo.InvariantCulture, $"\n[… {output.Length - MostShown} characters left out here; structuredContent has them …]\n");
                text.Append(output.AsSpan(output.Length - (MostShown / 2)));
            }
        }
    }
}

using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using OpenCode.Common;

namespace OpenCode.McpHost.Tools;

/// <summary>An answer about one command.</summary>
internal static class ExecutionReading
{
    /// <summary>What of a stream is shown for reading; the rest is in structuredContent.</summary>
    private const int MostShown = 32 * 1024;

    public const string Gives = """
        {"taskId":{"type":"string"},"executionId":{"type":"string"},"status":{"type":"string"},"exitCode":{"type":["integer","null"]},"stdout":{"type":"string"},"stderr":{"type":"string"},"duration":{"type":["number","null"],"description":"ms"},"truncated":{"type":"boolean"},"timedOut":{"type":"boolean"}}
        """;

    /// <summary>With why there is no exit code.</summary>
    public const string GivesWithReason = """
        {"taskId":{"type":"string"},"executionId":{"type":"string"},"status":{"enum":["running","exited","timedOut","cancelled","failed","lost"]},"exitCode":{"type":["integer","null"]},"stdout":{"type":"string"},"stderr":{"type":"string"},"duration":{"type":["number","null"]},"truncated":{"type":"boolean"},"timedOut":{"type":"boolean"},"reason":{"type":["string","null"]}}
        """;

    public static JsonObject Answer(Execution execution, bool success) => new()
    {
        ["success"] = success,
        ["taskId"] = execution.TaskId,
        ["executionId"] = execution.Id,
        ["status"] = TaskJson.Word(execution.Status),
        ["exitCode"] = execution.ExitCode,
        ["stdout"] = execution.Stdout,
        ["stderr"] = execution.Stderr,
        ["duration"] = execution.Duration is { } duration ? Math.Round(duration.TotalMilliseconds) : null,
        ["truncated"] = execution.Truncated,
        ["timedOut"] = execution.TimedOut,
    };

    public static JsonObject AnswerWithReason(Execution execution)
    {
        var answer = Answer(execution, true);
        answer["reason"] = execution.Reason;
        return answer;
    }

    public static string Describe(JsonObject answer)
    {
        var text = new StringBuilder();
        text.Append(answer["status"]!.GetValue<string>() switch
        {
            "running" => "The command runs",
            "timedOut" => "The command ran out of time and was killed",
            "cancelled" => "The command was cancelled",
            "failed" => "The command failed",
            "lost" => "The command is lost",
            _ => $"Exit code {answer["exitCode"]}",
        });
        text.Append(answer["reason"] is { } reason ? $": {reason}" : "");
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

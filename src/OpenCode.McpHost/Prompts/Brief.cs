using System.Globalization;
using System.Text;
using OpenCode.Common;
using OpenCode.Tasks;

namespace OpenCode.McpHost.Prompts;

/// <summary>What an agent has to know of a task, within a limit: each section has its share, and of what is too long the newest is kept.</summary>
/// <param name="runtime">The core.</param>
/// <param name="task">The task.</param>
internal sealed class Brief(OpenCodeRuntime runtime, AgentTask task)
{
    /// <summary>The most characters of all sections together: about 4,000 tokens.</summary>
    public const int MostCharacters = 16_000;

    private const int OfTask = 3_000;
    private const int OfState = 3_000;
    private const int OfDecisions = 3_500;
    private const int OfLog = 4_000;
    private const int OfCommands = 2_000;

    private readonly StringBuilder _text = new();

    public override string ToString() => _text.ToString();

    public Brief AddTask()
    {
        var text = new StringBuilder(string.Create(CultureInfo.InvariantCulture, $"Task {task.Id} \"{task.Name}\": {TaskJson.Word(task.Status)}, {TaskJson.Word(task.Mode)}, owner {task.Owner}, priority {task.Priority}, version {task.Version}, attempt {task.Attempt}."));
        text.Append(task.Agents.Count > 0 ? $"\nAgents: {string.Join(", ", task.Agents)}" : "");
        text.Append(task.DependsOn.Count > 0 ? $"\nDepends on: {string.Join(", ", task.DependsOn)}" : "");
        text.Append(task.Error is { } error ? $"\nError: {error}" : "");
        text.Append(task.Result is { } result ? $"\nResult: {TaskJson.Of(result).ToJsonString()}" : "");
        text.Append(task.Metadata.Count > 0 ? $"\nMetadata: {task.Metadata}" : "");
        text.Append(task.Description is { } description ? $"\n\n{description}" : "");
        return Section("Task", Cut(text.ToString(), OfTask));
    }

    public async Task<Brief> AddStateAsync(CancellationToken cancellationToken)
    {
        var state = await runtime.Memory.StateAsync(task.Id, cancellationToken).ConfigureAwait(false);
        return Section("State", state.Data.Count == 0 ? "empty" : Cut(state.Data.ToString(), OfState));
    }

    public async Task<Brief> AddDecisionsAsync(CancellationToken cancellationToken)
    {
        var decisions = await runtime.Memory.DecisionsAsync(task.Id, null, 50, cancellationToken).ConfigureAwait(false);
        return Section("Decisions", Newest(decisions.Select(d => $"- {d.AgentId}: {d.Text}{(d.Reasoning is { } why ? $" (because {why})" : "")}"), OfDecisions));
    }

    public async Task<Brief> AddLogAsync(LogLevel? level, CancellationToken cancellationToken)
    {
        var page = await runtime.Memory.HistoryAsync(task.Id, new LogQuery { Last = 100, Level = level }, cancellationToken).ConfigureAwait(false);
        return Section(level is null ? "Log" : "Warnings and errors", Newest(page.Entries.Select(e => $"- {TaskJson.Time(e.Timestamp)} {TaskJson.Word(e.Level)} {e.Message}"), OfLog));
    }

    public async Task<Brief> AddCommandsAsync(CancellationToken cancellationToken)
    {
        var runs = await runtime.Executions.ListAsync(task.Id, null, 10, cancellationToken).ConfigureAwait(false);
        return Section("Commands", Newest(runs.Select(run => $"- {run.Id} exit {run.ExitCode?.ToString(CultureInfo.InvariantCulture) ?? (run.TimedOut ? "timed out" : "unknown")}: {Cut(string.Join(' ', run.Command), 300)}{LastLines(run)}"), OfCommands));
    }

    public async Task<Brief> AddCheckpointsAsync(CancellationToken cancellationToken)
    {
        var checkpoints = await runtime.Checkpoints.ListAsync(task.Id, static _ => { }, cancellationToken).ConfigureAwait(false);
        return Section("Checkpoints", Newest(checkpoints.TakeLast(5).Select(c => $"- {c.Id} {TaskJson.Time(c.Timestamp)} {Cut(c.Description ?? "", 80)}"), 500));
    }

    private static string LastLines(Execution run) => run.ExitCode is 0 || run.Stderr.Length == 0 ? "" : $"\n  {(run.Stderr.Length > 300 ? "…" + run.Stderr[^300..] : run.Stderr).Trim().ReplaceLineEndings("\n  ")}";

    private static string Cut(string text, int most) => text.Length <= most ? text : text[..(most - 1)] + "…";

    private static string Newest(IEnumerable<string> lines, int most)
    {
        var kept = new List<string>();
        var size = 0;
        foreach (var line in lines.Reverse())
        {
            var one = Cut(line, most / 2);
            if ((size += one.Length + 1) > most)
            {
                kept.Add("- … older ones are left out");
                break;
            }

            kept.Add(one);
        }

        kept.Reverse();
        return kept.Count == 0 ? "none" : string.Join('\n', kept);
    }

    private Brief Section(string heading, string body)
    {
        _text.Append(_text.Length == 0 ? "" : "\n\n").Append("## ").Append(heading).Append('\n').Append(body);
        return this;
    }
}

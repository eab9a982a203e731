using System.Globalization;
using System.Text;
using OpenCode.Common;

namespace OpenCode.Layers;

/// <summary>The text of a plan file: the agents' own, and one block between two markers that is the store's.</summary>
internal static class PlanText
{
    private const string Begin = "<!-- opencode:begin (kept by the store; write above or below) -->";
    private const string End = "<!-- opencode:end -->";
    private const int MostLines = 200;
    private const int LongestLine = 500;

    /// <summary>A plan that is not there yet.</summary>
    public static string New(AgentTask task, string line, DateTimeOffset now) =>
        $"# Plan: {OneLine(task.Name)}\n\n{task.Description ?? "What is to be done, and how."}\n\n## Steps\n\n- [ ] …\n\n{Block(task, [Stamped(line, now)])}";

    /// <summary>A plan with its block brought up to date; everything else in it stays.</summary>
    public static string Updated(string text, AgentTask task, string line, DateTimeOffset now)
    {
        var begin = text.IndexOf(Begin, StringComparison.Ordinal);
        var end = begin < 0 ? -1 : text.IndexOf(End, begin, StringComparison.Ordinal);
        if (end < 0)
        {
            return $"{text}{(text.Length == 0 || text.EndsWith('\n') ? "" : "\n")}\n{Block(task, [Stamped(line, now)])}";
        }

        var lines = text[begin..end].Split('\n').Select(l => l.TrimEnd('\r')).Where(l => l.StartsWith("- ", StringComparison.Ordinal)).Append(Stamped(line, now)).TakeLast(MostLines);
        var after = text[(end + End.Length)..];
        return text[..begin] + Block(task, lines).TrimEnd('\n') + after;
    }

    private static string Block(AgentTask task, IEnumerable<string> lines)
    {
        var block = new StringBuilder();
        block.Append(Begin).Append("\n## Progress\n\n");
        block.Append(CultureInfo.InvariantCulture, $"Task {task.Id}, owner {OneLine(task.Owner)}: **{TaskJson.Word(task.Status)}**\n\n");
        block.AppendJoin('\n', lines).Append('\n');
        return block.Append(End).Append('\n').ToString();
    }

    private static string Stamped(string line, DateTimeOffset now) => $"- {TaskJson.Time(now)} {OneLine(line)}";

    private static string OneLine(string text)
    {
        var line = text.ReplaceLineEndings(" ").Replace("<!--", "<! --", StringComparison.Ordinal);
        return line.Length <= LongestLine ? line : line[..LongestLine] + "…";
    }
}

using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelContextProtocol.Protocol;
using OpenCode.Common;
using OpenCode.McpHost.Tools;
using OpenCode.Registry;
using OpenCode.Tasks;

namespace OpenCode.McpHost.Resources;

/// <summary>Reads one resource.</summary>
/// <param name="runtime">The core.</param>
/// <param name="uri">Which one.</param>
/// <param name="address">As the client wrote it.</param>
internal sealed class ResourceReading(OpenCodeRuntime runtime, TaskUri uri, string address)
{
    private const int PageSize = 100;
    private const int DefaultLines = 200;
    private const int MostLines = 1000;

    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public async Task<ResourceContents> ReadAsync(CancellationToken cancellationToken) => (uri.TaskId, uri.Part) switch
    {
        (null, _) => await ListAsync(cancellationToken).ConfigureAwait(false),
        ({ } id, TaskPart.Task) => Json(TaskJson.Of(await runtime.Tasks.GetAsync(id, cancellationToken).ConfigureAwait(false))),
        ({ } id, TaskPart.State) => Json(MemoryJson.Of(await runtime.Memory.StateAsync(id, cancellationToken).ConfigureAwait(false))),
        ({ } id, TaskPart.Log) => await LogAsync(id, cancellationToken).ConfigureAwait(false),
        ({ } id, TaskPart.Decisions) => Text(DecisionsOf(await runtime.Memory.DecisionsAsync(id, null, MostLines, cancellationToken).ConfigureAwait(false)), "text/markdown"),
        ({ } id, TaskPart.Checkpoints) => await CheckpointsAsync(id, cancellationToken).ConfigureAwait(false),
        ({ } id, TaskPart.Execution) => Json(MemoryJson.Of(await runtime.Executions.GetAsync(id, uri.Name!, TimeSpan.Zero, cancellationToken).ConfigureAwait(false))),
        var (id, _) => await WorkspaceAsync(id!, uri.Name!, cancellationToken).ConfigureAwait(false),
    };

    private static string DecisionsOf(IReadOnlyList<Decision> decisions)
    {
        var text = new StringBuilder();
        foreach (var decision in decisions.Reverse().TakeWhile(decision => (text.Length + decision.Text.Length) < AnswerJson.MostCharacters))
        {
            text.Insert(0, $"## {TaskJson.Time(decision.Timestamp)} {decision.AgentId}\n\n**{decision.Text}**\n\n{(decision.Reasoning is { } why ? why + "\n\n" : "")}");
        }

        return text.ToString();
    }

    private async Task<ResourceContents> ListAsync(CancellationToken cancellationToken)
    {
        var query = new TaskQuery
        {
            Statuses = Word("status", ListTasks.Statuses) is { } status ? [Enum.Parse<AgentTaskStatus>(status, ignoreCase: true)] : [],
            Skip = Number("offset", 0, int.MaxValue) ?? 0,
            First = PageSize,
        };
        var page = await runtime.Tasks.ListAsync(query, cancellationToken).ConfigureAwait(false);
        return Json(new JsonObject { ["tasks"] = TaskReading.List(page.Tasks), ["count"] = page.Total });
    }

    private async Task<ResourceContents> LogAsync(string id, CancellationToken cancellationToken)
    {
        var query = new LogQuery
        {
            Level = Word("level", AppendLog.Levels) is { } level ? Enum.Parse<LogLevel>(level, ignoreCase: true) : null,
            Last = Number("last", 1, MostLines) ?? DefaultLines,
            Before = Time("before"),
        };
        var page = await runtime.Memory.HistoryAsync(id, query, cancellationToken).ConfigureAwait(false);
        if (page.Entries.Count == query.Last)
        {
            // Whole moments only: the page before ends where this one begins, and lines of one millisecond are not divided between two pages.
            page = await runtime.Memory.HistoryAsync(id, query with { Last = null, After = page.Entries[0].Timestamp.AddTicks(-1) }, cancellationToken).ConfigureAwait(false);
        }

        var lines = AnswerJson.Newest(page.Entries, MemoryJson.Of);
        var text = string.Concat(lines.Select(line => line!.ToJsonString(Plain) + "\n"));
        var isAll = page.Entries.Count < query.Last && lines.Count == page.Entries.Count;
        return new TextResourceContents
        {
            Uri = address,
            MimeType = "application/jsonl",
            Text = text,
            Meta = isAll || lines.Count == 0 ? null : new JsonObject { ["next"] = Before(id, lines[0]!["timestamp"]!.GetValue<string>(), query) },
        };
    }

    private static string Before(string id, string time, LogQuery query) =>
        string.Create(CultureInfo.InvariantCulture, $"{TaskUri.Root}/{id}/log?last={query.Last}&before={Uri.EscapeDataString(time)}{(query.Level is { } level ? $"&level={TaskJson.Word(level)}" : "")}");

    private async Task<ResourceContents> CheckpointsAsync(string id, CancellationToken cancellationToken)
    {
        var damaged = new JsonArray();
        var found = await runtime.Checkpoints.ListAsync(id, e => damaged.Add(e.Message), cancellationToken).ConfigureAwait(false);
        return Json(new JsonObject { ["checkpoints"] = AnswerJson.Newest(found, MemoryJson.Of), ["count"] = found.Count, ["damaged"] = damaged });
    }

    private async Task<ResourceContents> WorkspaceAsync(string id, string path, CancellationToken cancellationToken)
    {
        var content = await runtime.Workspace.ReadAsync(id, path, cancellationToken).ConfigureAwait(false)
            ?? throw new OpenCodeException(OpenCodeError.InvalidArgument, $"There is no '{path}' in the workspace of task '{id}'.", path);
        if (content.Bytes is not { } bytes)
        {
            return Json(new JsonObject { ["entries"] = new JsonArray([.. content.Entries.Select(entry => (JsonNode)new JsonObject { ["name"] = entry.Name, ["bytes"] = entry.Length })]) });
        }

        var type = MimeTypes.Of(path);
        return MimeTypes.AsText(bytes.Span, type) is { } text
            ? Text(text, type ?? "text/plain")
            : BlobResourceContents.FromBytes(bytes, address, type ?? "application/octet-stream");
    }

    private TextResourceContents Json(JsonObject json) => Text(json.ToJsonString(Plain), "application/json");

    private TextResourceContents Text(string text, string type) => new() { Uri = address, MimeType = type, Text = text };

    private string? Word(string name, IReadOnlyList<string> words) => uri.Query[name] is not { } given ? null
        : words.FirstOrDefault(word => string.Equals(word, given, StringComparison.OrdinalIgnoreCase)) ?? throw Wrong(name, $"one of {string.Join(", ", words)}");

    private int? Number(string name, int least, int most) => uri.Query[name] is not { } given ? null
        : int.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most ? number
        : throw Wrong(name, string.Create(CultureInfo.InvariantCulture, $"a whole number from {least} to {most}"));

    private DateTimeOffset? Time(string name) => uri.Query[name] is not { } given ? null
        : DateTimeOffset.TryParse(given, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time
        : throw Wrong(name, "a time such as 2026-01-31T23:59:59.999Z");

    private static OpenCodeException Wrong(string name, string allowed) => new(OpenCodeError.InvalidArgument, $"The '{name}' of the resource has to be {allowed}.", name);
}

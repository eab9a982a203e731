using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using OpenCode.McpHost.Handles;
using OpenCode.McpHost.Tools;

namespace OpenCode.Tests.ConformanceHost;

/// <summary>The suite's tools whose work goes on. The wire is the product's; what the handles stand for is not, for the suite asks for work that is no command.</summary>
internal sealed class FixtureHandles : IHandles
{
    private const string Marker = "work";
    private const string Confirmation = """{ "method": "elicitation/create", "params": { "mode": "form", "message": "Really?", "requestedSchema": { "type": "object", "properties": { "confirm": { "type": "boolean" } } } } }""";

    private static readonly ConcurrentDictionary<string, FixtureWork> Begun = new();

    public static IReadOnlyList<FixtureTool> Tools { get; } =
    [
        FixtureTool.Of("greet", static (request, _) => ValueTask.FromResult(FixtureTool.Text($"Hello, {request.Params.Arguments!["name"].GetString()}!")), FixtureTools.Schema("""{ "type": "object", "properties": { "name": { "type": "string" } }, "required": ["name"] }""")),
        FixtureTool.Of("slow_compute", ComputeAsync, FixtureTools.Schema("""{ "type": "object", "properties": { "seconds": { "type": "number" }, "label": { "type": "string" } }, "required": ["seconds"] }""")),
        FixtureTool.Of("failing_job", static (request, _) => ValueTask.FromResult(Only(request, static _ => Task.FromResult(new CallToolResult { IsError = true, Content = [new TextContentBlock { Text = "The job has failed." }] })))),
        FixtureTool.Of("protocol_error_job", static (request, _) => ValueTask.FromResult(Only(request, static _ => throw new McpProtocolException("The job broke.", McpErrorCode.InternalError)))),
        FixtureTool.Of("confirm_delete", static (request, _) => ValueTask.FromResult(Only(request, static _ => Task.FromResult(FixtureTool.Text("Deleted.")), "confirm")), FixtureTools.Schema("""{ "type": "object", "properties": { "filename": { "type": "string" } } }""")),
        FixtureTool.Of("multi_input", static (request, _) => ValueTask.FromResult(Only(request, static _ => Task.FromResult(FixtureTool.Text("Both are there.")), "first", "second"))),
        FixtureTool.Of("test_tool_with_task", static (request, _) =>
        {
            var name = FixtureInputs.Answers(request.Params.InputResponses, null, ("user_name", FixtureInputs.Name))["user_name"];
            return ValueTask.FromResult(Only(request, _ => Task.FromResult(FixtureTool.Text($"Hello, {name}!"))));
        }),
    ];

    public string? Of(CallToolRequestParams call, CallToolResult answer) =>
        answer.StructuredContent is { ValueKind: JsonValueKind.Object } content && content.TryGetProperty(Marker, out var id) && Begun.ContainsKey(id.GetString()!) ? id.GetString() : null;

    public Task<Handle?> FindAsync(string id, Caller? caller, CancellationToken cancellationToken) => Task.FromResult(Begun.GetValueOrDefault(id)?.Handle);

    public Task<string> MarkAsync(string id, CancellationToken cancellationToken) => Task.FromResult(Begun[id].Handle.Detailed().ToJsonString());

    public Task<bool> CancelAsync(string id, Caller? caller, CancellationToken cancellationToken)
    {
        Begun.GetValueOrDefault(id)?.Cancel();
        return Task.FromResult(Begun.ContainsKey(id));
    }

    public Task<bool> AnswerAsync(string id, JsonObject answers, Caller? caller, CancellationToken cancellationToken)
    {
        Begun.GetValueOrDefault(id)?.Answer(answers);
        return Task.FromResult(Begun.ContainsKey(id));
    }

    private static async ValueTask<CallToolResult> ComputeAsync(RequestContext<CallToolRequestParams> request, CancellationToken cancellationToken)
    {
        var time = TimeSpan.FromSeconds(request.Params.Arguments!["seconds"].GetDouble());
        return TasksExtension.IsDeclared(request.JsonRpcRequest) ? Begin(WorkAsync) : await WorkAsync(cancellationToken);

        async Task<CallToolResult> WorkAsync(CancellationToken going)
        {
            await Task.Delay(time, going);
            return FixtureTool.Text("Computed.");
        }
    }

    // Cannot be done otherwise than by a handle.
    private static CallToolResult Only(RequestContext<CallToolRequestParams> request, Func<CancellationToken, Task<CallToolResult>> work, params string[] asked) =>
        TasksExtension.IsDeclared(request.JsonRpcRequest) ? Begin(work, asked) : throw TasksExtension.Undeclared();

    private static CallToolResult Begin(Func<CancellationToken, Task<CallToolResult>> work, params string[] asked)
    {
        var begun = new FixtureWork(asked.ToDictionary(key => key, _ => JsonNode.Parse(Confirmation)!), work);
        Begun[begun.Handle.Id] = begun;
        return new CallToolResult { Content = [], StructuredContent = JsonSerializer.SerializeToElement(new Dictionary<string, string> { [Marker] = begun.Handle.Id }) };
    }
}

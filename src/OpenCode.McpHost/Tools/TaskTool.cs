using System.Text.Json;
using System.Text.Json.Nodes;
using ModelContextProtocol.Protocol;
using OpenCode.Common;

namespace OpenCode.McpHost.Tools;

/// <summary>A tool: what it is called, what it takes, what it does by way of the core, and how its answer reads.</summary>
/// <param name="name">Its name.</param>
/// <param name="title">Its name for people.</param>
/// <param name="description">When a model should use it, and what happens.</param>
internal abstract class TaskTool(string name, string title, string description)
{
    public const string IdempotencyKey = "idempotencyKey";

    private const string IdPattern = "^[A-Za-z0-9_-]{1,128}$";

    private IReadOnlyList<Parameter>? _parameters;

    public string Name => name;

    /// <summary>What it takes, in the order of its schema; a tool that changes something also takes an idempotency key.</summary>
    public IReadOnlyList<Parameter> Parameters =>
        _parameters ??= ReadOnly ? Takes : [.. Takes, new TextParameter(IdempotencyKey, 128, Remembers ? "Repeats answer as the first call did" : "Not needed: a repeat does it again, which is the same")];

    /// <summary>True when it changes nothing.</summary>
    public virtual bool ReadOnly => false;

    /// <summary>What a caller has to be allowed, to see and to call it.</summary>
    public virtual McpScope Scope => ReadOnly ? McpScope.Read : McpScope.Write;

    /// <summary>False when a call with an idempotency key is carried out each time: its repeat is as good as the first, and an old answer would mislead.</summary>
    public virtual bool Remembers => true;

    protected static TextParameter TaskId { get; } = new("taskId", 128) { Pattern = IdPattern, Required = true };

    protected static TextParameter AgentId { get; } = new("agentId", 128) { Required = true };

    /// <summary>In whose name, where that may be left out.</summary>
    protected static TextParameter Agent { get; } = AgentId with { Required = false, Description = "The attached agent; none: the operator" };

    protected static NumberParameter Fence { get; } = new("fence", 0, long.MaxValue);

    protected static TextParameter CheckpointId { get; } = new("checkpointId", 128) { Pattern = IdPattern, Required = true };

    protected static TextParameter ExecutionId { get; } = new("executionId", 128) { Pattern = IdPattern, Required = true };

    protected abstract IReadOnlyList<Parameter> Takes { get; }

    protected virtual bool Destructive => false;

    protected virtual bool Idempotent => ReadOnly;

    protected virtual bool OpenWorld => false;

    /// <summary>The properties of its answer beside success and error, as JSON Schema.</summary>
    protected abstract string Gives { get; }

    /// <summary>Does the work.</summary>
    public abstract Task<JsonObject> RunAsync(ToolCall call, CancellationToken cancellationToken);

    /// <summary>The answer for reading.</summary>
    public abstract string Describe(JsonObject answer);

    /// <summary>False for an answer that gave nothing: the idempotency key is free again.</summary>
    public virtual bool IsKept(JsonObject answer) => true;

    /// <summary>Checks, before a repeated call is answered as the first was, that what the first gave is still there.</summary>
    /// <exception cref="OpenCodeException">LeaseLost: it is not.</exception>
    public virtual Task CheckStandsAsync(ToolCall call, JsonObject answer, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>What a person has to approve before this call is carried out: the task, and the question. Null when nothing has to be.</summary>
    public virtual Task<(string TaskId, string Question)?> QuestionAsync(ToolCall call, CancellationToken cancellationToken) => Task.FromResult<(string, string)?>(null);

    /// <summary>What a caller has to be allowed for this call.</summary>
    public virtual McpScope ScopeOf(ToolInput input) => Scope;

    /// <summary>How long a call itself asks to wait or run.</summary>
    public virtual TimeSpan Patience(ToolInput input) => TimeSpan.FromMilliseconds(input.Number("waitMs") ?? 0);

    /// <summary>What to do next after an error, where this tool knows better than the rest; otherwise null.</summary>
    public virtual string? NextStep(OpenCodeError error) => null;

    public Tool Definition()
    {
        var properties = new JsonObject();
        foreach (var parameter in Parameters)
        {
            properties[parameter.Name] = parameter.Schema();
        }

        var input = new JsonObject { ["type"] = "object", ["properties"] = properties, ["additionalProperties"] = false };
        var required = Parameters.Where(parameter => parameter.Required).Select(parameter => (JsonNode)parameter.Name).ToArray();
        if (required.Length > 0)
        {
            input["required"] = new JsonArray(required);
        }

        return new Tool
        {
            Name = name,
            Title = title,
            Description = description,
            InputSchema = input.Deserialize(AnswerJson.ElementType),
            OutputSchema = Output().Deserialize(AnswerJson.ElementType),
            Annotations = new ToolAnnotations
            {
                ReadOnlyHint = ReadOnly,
                DestructiveHint = Destructive,
                IdempotentHint = Idempotent,
                OpenWorldHint = OpenWorld,
            },
        };
    }

    protected static Actor ActorOf(ToolInput input) => Actor.Of(input.Find<string>("agentId"), input.Number("fence"));

    // Either all of the answer or an error: clients check what a failed call gives against the same schema.
    private JsonObject Output()
    {
        var given = JsonNode.Parse(Gives)!.AsObject();
        var all = given.Select(property => (JsonNode)property.Key).ToArray();
        var properties = new JsonObject { ["success"] = new JsonObject { ["type"] = "boolean" } };
        foreach (var (key, schema) in given)
        {
            properties[key] = schema!.DeepClone();
        }

        properties["error"] = new JsonObject { ["type"] = "object" };
        return new JsonObject
        {
            ["type"] = "object",
            ["properties"] = properties,
            ["required"] = new JsonArray("success"),
            ["anyOf"] = new JsonArray(
                new JsonObject { ["required"] = new JsonArray(all) },
                new JsonObject { ["required"] = new JsonArray("error") }),
        };
    }
}

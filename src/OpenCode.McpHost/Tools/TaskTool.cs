using System.Text.Json;
using System.Text.Json.Nodes;
using ModelContextProtocol.Protocol;

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
        _parameters ??= ReadOnly ? Takes : [.. Takes, new TextParameter(IdempotencyKey, 128, "Repeats answer as the first call did")];

    /// <summary>True when it changes nothing.</summary>
    public virtual bool ReadOnly => false;

    protected static TextParameter TaskId { get; } = new("taskId", 128) { Pattern = IdPattern, Required = true };

    protected static TextParameter AgentId { get; } = new("agentId", 128) { Required = true };

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

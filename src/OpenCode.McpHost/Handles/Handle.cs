using System.Text.Json.Nodes;
using OpenCode.Common;

namespace OpenCode.McpHost.Handles;

/// <summary>
/// What the protocol's extension calls a task: work that goes on after its request was answered, as it is at one moment. Here it is a handle, for a task is something else in this
/// system.
/// </summary>
/// <param name="Id">Its id.</param>
/// <param name="Status">How it stands.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="UpdatedAt">When it last changed.</param>
internal sealed record Handle(string Id, HandleStatus Status, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt)
{
    /// <summary>How often a client may look; the change feed tells those that listen.</summary>
    private const int PollMs = 1_000;

    /// <summary>How it stands, for reading.</summary>
    public string? Message { get; init; }

    /// <summary>What its status gives with it: the result, the error, or the requests for input. Null when it gives nothing.</summary>
    public JsonNode? Content { get; init; }

    /// <summary>As it is when it is created: without what its status gives.</summary>
    public JsonObject Created()
    {
        var json = new JsonObject
        {
            ["taskId"] = Id,
            ["status"] = Status switch
            {
                HandleStatus.Working => "working",
                HandleStatus.InputRequired => "input_required",
                HandleStatus.Completed => "completed",
                HandleStatus.Failed => "failed",
                _ => "cancelled",
            },
            ["createdAt"] = TaskJson.Time(CreatedAt),
            ["lastUpdatedAt"] = TaskJson.Time(UpdatedAt),
            ["ttlMs"] = null, // it is kept for as long as what it stands for
            ["pollIntervalMs"] = PollMs,
        };
        if (Message is not null)
        {
            json["statusMessage"] = Message;
        }

        return json;
    }

    /// <summary>Whole.</summary>
    public JsonObject Detailed()
    {
        var json = Created();
        var member = Status switch
        {
            HandleStatus.InputRequired => "inputRequests",
            HandleStatus.Completed => "result",
            HandleStatus.Failed => "error",
            _ => null,
        };
        if (member is not null)
        {
            json[member] = Content?.DeepClone();
        }

        return json;
    }
}

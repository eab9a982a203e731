using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace OpenCode.Tests.Integration.Mcp;

/// <summary>Requests of revision 2026-07-28, as a client sends them that declares the extension for long work, or one that does not.</summary>
internal static class ExtensionCall
{
    public const string Name = "io.modelcontextprotocol/tasks";

    private static int _lastId = 1_000;

    public static JsonObject Of(string method, JsonObject parameters, bool declared = true)
    {
        parameters["_meta"] = new JsonObject
        {
            ["io.modelcontextprotocol/protocolVersion"] = "2026-07-28",
            ["io.modelcontextprotocol/clientInfo"] = new JsonObject { ["name"] = "raw", ["version"] = "1" },
            ["io.modelcontextprotocol/clientCapabilities"] = declared ? new JsonObject { ["extensions"] = new JsonObject { [Name] = new JsonObject() } } : new JsonObject(),
        };
        return new JsonObject { ["jsonrpc"] = "2.0", ["id"] = Interlocked.Increment(ref _lastId), ["method"] = method, ["params"] = parameters };
    }

    public static JsonObject OfTool(string tool, JsonObject arguments, bool declared = true) => Of("tools/call", new JsonObject { ["name"] = tool, ["arguments"] = arguments }, declared);

    /// <summary>Sends a request and gives its answer, which has to be the next message.</summary>
    public static async Task<JsonObject> AskAsync(this RawHost host, JsonObject request)
    {
        await host.SendAsync(request.ToJsonString());
        return await host.AnswerAsync(request["id"]!.GetValue<int>());
    }

    public static async Task<JsonObject> ResultAsync(this RawHost host, JsonObject request)
    {
        var answer = await host.AskAsync(request);
        return ResultOf(answer);
    }

    /// <summary>The result of an answer, without what the SDK says of the server in each.</summary>
    public static JsonObject ResultOf(JsonObject? answer)
    {
        Assert.True(answer?.ContainsKey("result"), answer?.ToJsonString());
        var result = answer!["result"]!.AsObject();
        result.Remove("_meta");
        return result;
    }

    /// <summary>Sends a request that has to be refused with this code; gives the error.</summary>
    public static async Task<JsonObject> RefusedAsync(this RawHost host, int code, JsonObject request)
    {
        var answer = await host.AskAsync(request);
        Assert.True(answer.ContainsKey("error"), answer.ToJsonString());
        Assert.Equal(code, answer["error"]!["code"]!.GetValue<int>());
        return answer["error"]!.AsObject();
    }

    /// <summary>Sends a request over HTTP, with the headers that have to repeat what is in it.</summary>
    public static async Task<JsonObject> PostAsync(this HttpHost host, JsonObject request, string? token, string? name = null)
    {
        var (_, body, _) = await host.PostAsync(request.ToJsonString(), message => Head(message, request, token, name));
        Assert.NotNull(body);
        return body;
    }

    public static void Head(HttpRequestMessage message, JsonObject request, string? token, string? name = null)
    {
        var parameters = request["params"]!;
        message.Headers.Add("MCP-Protocol-Version", "2026-07-28");
        message.Headers.Add("Mcp-Method", request["method"]!.GetValue<string>());
        if ((name ?? (parameters["name"] ?? parameters["taskId"])?.GetValue<string>()) is { } known)
        {
            message.Headers.Add("Mcp-Name", known);
        }

        if (token is not null)
        {
            message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }
    }

    public static JsonObject Get(string id) => Of("tasks/get", new JsonObject { ["taskId"] = id });

    public static JsonObject Cancel(string id) => Of("tasks/cancel", new JsonObject { ["taskId"] = id });

    public static JsonObject Update(string id, JsonNode? answers) => Of("tasks/update", new JsonObject { ["taskId"] = id, ["inputResponses"] = answers });
}

using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace OpenCode.Tests.ConformanceHost;

/// <summary>The suite's tools that ask their client for something first. One way for all revisions: the SDK asks clients of earlier ones by requests of its own.</summary>
internal static class FixtureInputs
{
    public const string Name = """{ "method": "elicitation/create", "params": { "message": "What is your name?", "requestedSchema": { "type": "object", "properties": { "name": { "type": "string" } }, "required": ["name"] } } }""";
    private const string Capital = """{ "method": "sampling/createMessage", "params": { "messages": [{ "role": "user", "content": { "type": "text", "text": "What is the capital of France?" } }], "maxTokens": 100 } }""";
    private const string Confirm = """{ "method": "elicitation/create", "params": { "message": "Please confirm", "requestedSchema": { "type": "object", "properties": { "ok": { "type": "boolean" } }, "required": ["ok"] } } }""";
    private const string Roots = """{ "method": "roots/list", "params": {} }""";
    private const string Prompted = "prompt";

    private static readonly byte[] Key = RandomNumberGenerator.GetBytes(32);

    public static IReadOnlyList<FixtureTool> All { get; } =
    [
        FixtureTool.Of("test_sampling", static (request, _) => Ask(request, ("answer", Sampling(Argument(request, Prompted)))), FixtureTools.Schema("""{ "type": "object", "properties": { "prompt": { "type": "string" } }, "required": ["prompt"] }""")),
        FixtureTool.Of("test_elicitation", static (request, _) => Ask(request, ("answer", Elicitation(Argument(request, "message"), """{ "username": { "type": "string", "description": "User's response" }, "email": { "type": "string", "description": "User's email address" } }"""))), FixtureTools.Schema("""{ "type": "object", "properties": { "message": { "type": "string" } }, "required": ["message"] }""")),
        FixtureTool.Of("test_elicitation_sep1034_defaults", static (request, _) => Ask(request, ("answer", Elicitation("Look at the defaults.", """
            {
              "name": { "type": "string", "default": "John Doe" },
              "age": { "type": "integer", "default": 30 },
              "score": { "type": "number", "default": 95.5 },
              "status": { "type": "string", "enum": ["active", "inactive", "pending"], "default": "active" },
              "verified": { "type": "boolean", "default": true }
            }
            """)))),
        FixtureTool.Of("test_elicitation_sep1330_enums", static (request, _) => Ask(request, ("answer", Elicitation("Choose.", """
            {
              "untitledSingle": { "type": "string", "enum": ["option1", "option2", "option3"] },
              "titledSingle": { "type": "string", "oneOf": [{ "const": "value1", "title": "First Option" }, { "const": "value2", "title": "Second Option" }] },
              "legacyEnum": { "type": "string", "enum": ["opt1", "opt2", "opt3"], "enumNames": ["Option One", "Option Two", "Option Three"] },
              "untitledMulti": { "type": "array", "items": { "type": "string", "enum": ["option1", "option2", "option3"] } },
              "titledMulti": { "type": "array", "items": { "anyOf": [{ "const": "value1", "title": "First Choice" }, { "const": "value2", "title": "Second Choice" }] } }
            }
            """)))),
        FixtureTool.Of("test_input_required_result_elicitation", static (request, _) => Ask(request, ("user_name", Name))),
        FixtureTool.Of("test_streaming_elicitation", static (request, _) => Ask(request, ("user_name", Name))),
        FixtureTool.Of("test_input_required_result_sampling", static (request, _) => Ask(request, ("capital_question", Capital))),
        FixtureTool.Of("test_input_required_result_list_roots", static (request, _) => Ask(request, ("client_roots", Roots))),
        FixtureTool.Of("test_input_required_result_multiple_inputs", static (request, _) => AskWithState(request, "all", ("user_name", Name), ("greeting", Capital), ("client_roots", Roots))),
        FixtureTool.Of("test_input_required_result_request_state", static (request, _) => AskWithState(request, "confirming", ("confirm", Confirm))),
        FixtureTool.Of("test_input_required_result_tampered_state", static (request, _) => AskWithState(request, "confirming", ("confirm", Confirm))),
        FixtureTool.Of("test_input_required_result_multi_round", static (request, _) => TwoRounds(request)),
        FixtureTool.Of("test_input_required_result_capabilities", static (request, _) => Ask(request, [.. new[] { ("question", Capital, request.Server.ClientCapabilities?.Sampling is not null), ("name", Name, request.Server.ClientCapabilities?.Elicitation is not null) }.Where(each => each.Item3).Select(each => (each.Item1, each.Item2))])),
        FixtureTool.Of("test_missing_capability", static (request, _) => request.Server.ClientCapabilities?.Sampling is null
            ? throw new MissingRequiredClientCapabilityException(new ClientCapabilities { Sampling = new SamplingCapability() }, "This tool needs the client's sampling.")
            : Ask(request, ("capital_question", Capital))),
    ];

    /// <summary>Asks, unless everything that is asked for has been answered in its form; gives the answers.</summary>
    public static IReadOnlyDictionary<string, string> Answers(IDictionary<string, InputResponse>? given, string? state, params (string Key, string Request)[] wanted)
    {
        var requests = wanted.ToDictionary(each => each.Key, each => JsonSerializer.Deserialize<InputRequest>(each.Request, McpJsonUtilities.DefaultOptions)!);
        var answers = new Dictionary<string, string>();
        foreach (var (key, request) in requests)
        {
            if (given?.TryGetValue(key, out var response) is true && Answer(request, response) is { } answer)
            {
                answers[key] = answer;
            }
        }

        return answers.Count == requests.Count && requests.Count > 0 ? answers : throw new InputRequiredException(requests, state);
    }

    private static ValueTask<CallToolResult> Ask(RequestContext<CallToolRequestParams> request, params (string Key, string Request)[] wanted) =>
        ValueTask.FromResult(Given(Answers(request.Params.InputResponses, null, wanted)));

    private static ValueTask<CallToolResult> AskWithState(RequestContext<CallToolRequestParams> request, string state, params (string Key, string Request)[] wanted)
    {
        Check(request, state);
        var answers = Answers(request.Params.InputResponses, Seal(state), wanted);
        return request.Params.RequestState is null ? throw new McpProtocolException("The answers came without the state they belong to.", McpErrorCode.InvalidParams) : ValueTask.FromResult(Given(answers));
    }

    private static ValueTask<CallToolResult> TwoRounds(RequestContext<CallToolRequestParams> request)
    {
        Check(request, "step1", "step2");
        if (request.Params.RequestState == Seal("step2"))
        {
            return Ask(request, ("step2", Step2()));
        }

        _ = Answers(request.Params.InputResponses, Seal("step1"), ("step1", Step1()));
        _ = Answers(null, Seal("step2"), ("step2", Step2()));
        throw new InvalidOperationException("Nothing was asked.");

        static string Step1() => Elicitation("Step 1: What is your name?", """{ "name": { "type": "string" } }""");
        static string Step2() => Elicitation("Step 2: What is your favorite color?", """{ "color": { "type": "string" } }""");
    }

    private static void Check(RequestContext<CallToolRequestParams> request, params string[] states)
    {
        if (request.Params.RequestState is { } state && !states.Any(known => state == Seal(known)))
        {
            throw new McpProtocolException("The requestState is not the one that was given out.", McpErrorCode.InvalidParams);
        }
    }

    private static string Seal(string state) => $"{state}.{Convert.ToHexStringLower(HMACSHA256.HashData(Key, Encoding.UTF8.GetBytes(state)))}";

    private static CallToolResult Given(IReadOnlyDictionary<string, string> answers) => FixtureTool.Text($"state-ok; {string.Join("; ", answers.Select(answer => $"{answer.Key}: {answer.Value}"))}");

    private static string? Answer(InputRequest request, InputResponse response)
    {
        try
        {
            return request.Method switch
            {
                RequestMethods.ElicitationCreate => response.Deserialize(InputResponse.ElicitResultJsonTypeInfo) is { } elicited ? $"action={elicited.Action}, content={JsonSerializer.Serialize(elicited.Content, McpJsonUtilities.DefaultOptions)}" : null,
                RequestMethods.SamplingCreateMessage => response.Deserialize(InputResponse.CreateMessageResultJsonTypeInfo) is { } sampled ? string.Join(' ', sampled.Content.OfType<TextContentBlock>().Select(block => block.Text)) : null,
                _ => response.Deserialize(InputResponse.ListRootsResultJsonTypeInfo) is { } listed ? string.Join(' ', listed.Roots.Select(root => root.Uri)) : null,
            };
        }
        catch (JsonException)
        {
            return null; // not of its form: asked for again
        }
    }

    private static string Argument(RequestContext<CallToolRequestParams> request, string name) => request.Params.Arguments![name].GetString()!;

    private static string Sampling(string prompt) =>
        $$"""{ "method": "sampling/createMessage", "params": { "messages": [{ "role": "user", "content": { "type": "text", "text": {{JsonSerializer.Serialize(prompt)}} } }], "maxTokens": 100 } }""";

    private static string Elicitation(string message, string properties) =>
        $$"""{ "method": "elicitation/create", "params": { "message": {{JsonSerializer.Serialize(message)}}, "requestedSchema": { "type": "object", "properties": {{properties}} } } }""";
}

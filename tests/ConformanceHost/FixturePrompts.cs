using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace OpenCode.Tests.ConformanceHost;

/// <summary>The prompts the suite gets.</summary>
internal static class FixturePrompts
{
    private const string Context = """{ "method": "elicitation/create", "params": { "message": "What context should the prompt use?", "requestedSchema": { "type": "object", "properties": { "context": { "type": "string" } }, "required": ["context"] } } }""";

    public static IReadOnlyList<Prompt> All { get; } =
    [
        Prompt("test_simple_prompt"),
        Prompt("test_prompt_with_arguments", "arg1", "arg2"),
        Prompt("test_prompt_with_embedded_resource", "resourceUri"),
        Prompt("test_prompt_with_image"),
        Prompt("test_input_required_result_prompt"),
    ];

    public static GetPromptResult? Find(RequestContext<GetPromptRequestParams> request) => request.Params.Name switch
    {
        "test_simple_prompt" => Of(Text("This is a simple prompt for testing.")),
        "test_prompt_with_arguments" => Of(Text($"Prompt with arguments: arg1='{Argument(request, "arg1")}', arg2='{Argument(request, "arg2")}'")),
        "test_prompt_with_embedded_resource" => Of(
            new EmbeddedResourceBlock { Resource = new TextResourceContents { Uri = Argument(request, "resourceUri"), MimeType = "text/plain", Text = "Embedded resource content for testing." } },
            Text("Please process the embedded resource above.")),
        "test_prompt_with_image" => Of(ImageContentBlock.FromBytes(FixtureTools.Png, "image/png"), Text("Please analyze the image above.")),
        "test_input_required_result_prompt" => Of(Text(FixtureInputs.Answers(request.Params.InputResponses, null, ("user_context", Context))["user_context"])),
        _ => null,
    };

    private static Prompt Prompt(string name, params string[] arguments) => new()
    {
        Name = name,
        Description = $"A fixture of the conformance suite: {name}.",
        Arguments = [.. arguments.Select(argument => new PromptArgument { Name = argument, Required = true })],
    };

    private static TextContentBlock Text(string text) => new() { Text = text };

    private static string Argument(RequestContext<GetPromptRequestParams> request, string name) => request.Params.Arguments![name].GetString()!;

    private static GetPromptResult Of(params ContentBlock[] content) => new() { Messages = [.. content.Select(block => new PromptMessage { Role = Role.User, Content = block })] };
}

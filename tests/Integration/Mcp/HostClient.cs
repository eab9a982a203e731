using System.Text.Json;
using System.Text.Json.Nodes;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace OpenCode.Tests.Integration.Mcp;

/// <summary>The SDK's client with a host of its own over stdio.</summary>
internal sealed class HostClient : IAsyncDisposable
{
    private HostClient(McpClient client) => Client = client;

    public McpClient Client { get; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<HostClient> StartAsync(HostStore store, string? protocolVersion = null, Action<McpClientOptions>? configure = null)
    {
        var transport = new StdioClientTransport(new StdioClientTransportOptions
        {
            Command = HostStore.Executable,
            Arguments = store.Arguments,
            WorkingDirectory = store.WorkingDirectory,
            EnvironmentVariables = store.Variables,
            StandardErrorLines = line => TestContext.Current.TestOutputHelper?.WriteLine(line),
        });
        return await ConnectAsync(transport, protocolVersion, configure);
    }

    public static async Task<HostClient> ConnectAsync(IClientTransport transport, string? protocolVersion, Action<McpClientOptions>? configure = null)
    {
        var options = new McpClientOptions { ProtocolVersion = protocolVersion, DiscoverProbeTimeout = HostStore.Patience };
        configure?.Invoke(options);
        var client = await McpClient.CreateAsync(transport, options, cancellationToken: Token).WaitAsync(HostStore.Patience, Token);
        return new HostClient(client);
    }

    public async Task<CallToolResult> CallAsync(string tool, object? arguments = null) =>
        await Client.CallToolAsync(tool, Dictionary(arguments), cancellationToken: Token).AsTask().WaitAsync(HostStore.Patience, Token);

    /// <summary>Calls a tool that has to work; gives its structured content, checked against the tool's own schema.</summary>
    public async Task<JsonObject> OkAsync(string tool, object? arguments = null)
    {
        var result = await CallAsync(tool, arguments);
        Assert.True(result.IsError is not true, Text(result));
        Assert.NotEmpty(Text(result));
        return await CheckedAsync(tool, result);
    }

    /// <summary>Calls a tool that has to be refused with this error; gives the error's sentence.</summary>
    public async Task<string> RefusedAsync(string error, string tool, object? arguments = null)
    {
        var result = await CallAsync(tool, arguments);
        Assert.True(result.IsError, Text(result));
        var structured = await CheckedAsync(tool, result);
        Assert.False(structured["success"]!.GetValue<bool>());
        Assert.Equal(error, structured["error"]!["name"]!.GetValue<string>());
        Assert.NotEmpty(structured["error"]!["nextStep"]!.GetValue<string>());
        var message = structured["error"]!["message"]!.GetValue<string>();
        Assert.StartsWith($"{error}: {message}", Text(result), StringComparison.Ordinal);
        return message;
    }

    public async Task<ReadResourceResult> ReadAsync(string address) =>
        await Client.ReadResourceAsync(new ReadResourceRequestParams { Uri = address }, Token).AsTask().WaitAsync(HostStore.Patience, Token);

    public async ValueTask DisposeAsync() => await Client.DisposeAsync();

    public static string Text(CallToolResult result) => string.Join('\n', result.Content.OfType<TextContentBlock>().Select(block => block.Text));

    private static Dictionary<string, object?>? Dictionary(object? arguments) => arguments is null
        ? null
        : JsonSerializer.SerializeToNode(arguments)!.AsObject().ToDictionary(member => member.Key, member => (object?)member.Value);

    private async Task<JsonObject> CheckedAsync(string tool, CallToolResult result)
    {
        var structured = JsonNode.Parse(result.StructuredContent!.Value.GetRawText())!.AsObject();
        var tools = await Client.ListToolsAsync(cancellationToken: Token);
        var schema = tools.Single(known => known.Name == tool).ProtocolTool.OutputSchema!.Value;
        SchemaCheck.Conforms(JsonNode.Parse(schema.GetRawText())!.AsObject(), structured);
        return structured;
    }
}

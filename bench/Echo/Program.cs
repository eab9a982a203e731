using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using OpenCode.Bench.Echo;

// As the SDK's own documentation has it, and nothing else.
var options = new McpServerOptions { ServerInfo = new Implementation { Name = "echo", Version = "1" }, ToolCollection = [EchoTool.Create()] };
await using var transport = new StdioServerTransport("echo");
await using var server = McpServer.Create(transport, options);
await server.RunAsync();

using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ModelContextProtocol.AspNetCore;
using OpenCode.Bench.Echo;

var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
builder.Services.AddRoutingCore();
builder.WebHost.UseKestrelCore().ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0));
builder.Services.AddMcpServer().WithHttpTransport(static options => options.SessionMode = HttpServerSessionMode.Stateless).WithTools([EchoTool.Create()]);
await using var app = builder.Build();
app.MapMcp("/mcp");
await app.StartAsync();
await Console.Error.WriteLineAsync($"Listening on {app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()}/mcp");
await app.WaitForShutdownAsync();

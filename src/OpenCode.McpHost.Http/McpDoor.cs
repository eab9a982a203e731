using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ModelContextProtocol.AspNetCore;
using ModelContextProtocol.Server;
using OpenCode.Configuration;
using OpenCode.McpHost.Subscriptions;

namespace OpenCode.McpHost.Http;

/// <summary>
/// One address of the server, with or without sessions. The SDK takes one set of options from its container, so each address has a container of its own; what is behind
/// them is the same. Sessions are for clients of revisions that shake hands; one address for both ways would answer the newer ones against their revision.
/// </summary>
internal sealed class McpDoor : IAsyncDisposable
{
    private static readonly TimeSpan IdleSession = TimeSpan.FromMinutes(30);

    private readonly ServiceProvider _services;

    private McpDoor(ServiceProvider services) => _services = services;

    public static McpDoor Map(WebApplication app, string path, HttpServerSessionMode mode, TaskServer tasks, Action<McpServerOptions> further, OpenCodeConfiguration configuration, ILoggerFactory log)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton(log);
        services.AddSingleton(app.Services.GetRequiredService<IHostApplicationLifetime>());
        services.AddMcpServer(tasks.Route).WithHttpTransport(options =>
        {
            options.SessionMode = mode;
            options.IdleTimeout = IdleSession;
            options.MaxIdleSessionCount = configuration.McpMaxConnections;
            options.ConfigureSessionOptions = (context, server, _) =>
            {
                var session = mode is HttpServerSessionMode.Stateless ? null : tasks.NewSession();
                tasks.Configure(server, session);
                further(server);
                context.Items[typeof(Session)] = session;
                return Task.CompletedTask;
            };
            options.RunSessionHandler = RunAsync;
        });
        var provider = services.BuildServiceProvider();
        new Endpoints(app, provider).MapMcp(path);
        foreach (var background in provider.GetServices<IHostedService>())
        {
            app.Lifetime.ApplicationStarted.Register(() => background.StartAsync(CancellationToken.None));
            app.Lifetime.ApplicationStopping.Register(() => background.StopAsync(CancellationToken.None));
        }

        return new McpDoor(provider);
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    private static async Task RunAsync(HttpContext context, McpServer server, CancellationToken cancellationToken)
    {
        using var session = context.Items[typeof(Session)] as Session;
        session?.Begin(server);
        await server.RunAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The application's endpoints, mapped with another container.</summary>
    private sealed class Endpoints(IEndpointRouteBuilder app, IServiceProvider services) : IEndpointRouteBuilder
    {
        public IServiceProvider ServiceProvider => services;

        public ICollection<EndpointDataSource> DataSources => app.DataSources;

        public IApplicationBuilder CreateApplicationBuilder() => app.CreateApplicationBuilder();
    }
}

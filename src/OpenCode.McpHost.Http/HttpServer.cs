using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ModelContextProtocol.AspNetCore;
using ModelContextProtocol.Server;
using OpenCode.Configuration;
using OpenCode.McpHost.Handles;
using OpenCode.McpHost.Http.OAuth;

namespace OpenCode.McpHost.Http;

/// <summary>Serves clients over Streamable HTTP: <c>/mcp</c> without sessions, <c>/mcp/legacy</c> with them, and <c>/health</c>.</summary>
internal sealed class HttpServer : IHttpServer
{
    private const string Address = "/mcp";

    /// <summary>How long requests may go on once the host is told to end.</summary>
    private static readonly TimeSpan LastAnswers = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan LongestHeaders = TimeSpan.FromSeconds(10);

    /// <summary>What is added to the options of every server; a test host adds what the conformance suite asks for.</summary>
    public Action<McpServerOptions> Further { get; init; } = static _ => { };

    /// <summary>Work that goes on after its request, besides the store's commands; a test host's.</summary>
    public IHandles? Handles { get; init; }

    public async Task<int> RunAsync(CommandLine line, StderrLog log)
    {
        OpenCodeConfiguration configuration;
        Binding binding;
        AccessTokens tokens;
        OAuthSettings? issuer;
        try
        {
            configuration = HostConfiguration.Load(line, log);
            issuer = OAuthSettings.Of(configuration);
            binding = Binding.Of(line.Host ?? configuration.McpHost, line.Port ?? configuration.McpPort) with { PublicName = issuer?.Resource?.Host };
            tokens = new AccessTokens(configuration.DataRoot, TimeProvider.System);
            if (!binding.IsLoopback && issuer is null && !tokens.Any)
            {
                await Console.Error.WriteLineAsync($"'{binding.Name}' can be reached from other machines, and there is no token that a client could show. Make one with New-OcMcpToken, name an issuer of tokens (mcp.oauth.issuer and mcp.oauth.audience), or listen on localhost.").ConfigureAwait(false);
                return 4;
            }
        }
        catch (OpenCodeException e)
        {
            await Console.Error.WriteLineAsync($"{e.Error}: {e.Message}").ConfigureAwait(false);
            return 2;
        }

        using var issued = issuer is null ? null : new OAuthDoor(issuer, log);
        var store = new Store(() => HostConfiguration.Load(line, log));
        var tasks = new TaskServer(store, line.Tools, configuration.McpRequestTimeout, Handles, log);
        await using (store.ConfigureAwait(false))
        await using (tasks.ConfigureAwait(false))
        {
            return await ServeAsync(configuration, binding, tokens, issued, store, tasks, log).ConfigureAwait(false);
        }
    }

    private async Task<int> ServeAsync(OpenCodeConfiguration configuration, Binding binding, AccessTokens tokens, OAuthDoor? issued, Store store, TaskServer tasks, StderrLog log)
    {
        // Empty: no settings files of a folder somebody happens to be in, and no variables of other programs.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<ILoggerFactory>(log);
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = LastAnswers);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Configure(kestrel, configuration, binding));

        var app = builder.Build();
        await using (app.ConfigureAwait(false))
        {
            var admission = new Admission(binding, tokens, issued, configuration);
            app.Use(admission.PassAsync);
            app.Use(new DirectDoor(Address, tasks.Direct).PassAsync);
            app.UseRouting();
            Health.Map(app, store);
            issued?.Map(app);
            await using var newer = McpDoor.Map(app, Address, HttpServerSessionMode.Stateless, tasks, Further, configuration, log).ConfigureAwait(false);
            await using var older = McpDoor.Map(app, Address + "/legacy", HttpServerSessionMode.Stateful, tasks, Further, configuration, log).ConfigureAwait(false);
            try
            {
                await app.StartAsync().ConfigureAwait(false);
            }
            catch (IOException e)
            {
                await Console.Error.WriteLineAsync($"Cannot listen on '{binding.Name}', port {binding.Port}: {e.Message}").ConfigureAwait(false);
                return 5;
            }

            foreach (var address in app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses)
            {
                await Console.Error.WriteLineAsync($"Listening on {address}/mcp").ConfigureAwait(false);
            }

            _ = issued?.PrepareAsync();

            // The store opens while nobody asks yet; a failure is told by the call that needs it.
            _ = store.OpenAsync(CancellationToken.None).ContinueWith(static opening => _ = opening.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            using var ending = app.Lifetime.ApplicationStopping.Register(tasks.EndListening);
            await app.WaitForShutdownAsync().ConfigureAwait(false);
            await admission.DisposeAsync().ConfigureAwait(false);
            return 0;
        }
    }

    private static void Configure(KestrelServerOptions kestrel, OpenCodeConfiguration configuration, Binding binding)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = 4L * Stdio.StdioTransport.MostBytes; // to be told by Admission what the limit is
        kestrel.Limits.RequestHeadersTimeout = LongestHeaders;

        // Beyond the limit a connection is still heard, so that it can be told (ConnectionLimit); far beyond it is closed at once.
        kestrel.Limits.MaxConcurrentConnections = (configuration.McpMaxConnections * 2L) + 100;
        kestrel.Limits.MaxConcurrentUpgradedConnections = 0;
        var limit = new ConnectionLimit(configuration.McpMaxConnections);
        if (binding is { Name: "localhost", Port: > 0 })
        {
            kestrel.ListenLocalhost(binding.Port, options => limit.Watch(options));
        }
        else
        {
            foreach (var address in binding.Addresses)
            {
                kestrel.Listen(address, binding.Port, options => limit.Watch(options));
            }
        }
    }
}

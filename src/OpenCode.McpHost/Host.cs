using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using ModelContextProtocol.Server;
using OpenCode.McpHost.Stdio;
using OpenCode.McpHost.Subscriptions;
using OpenCode.McpHost.Tools;

namespace OpenCode.McpHost;

/// <summary>The host from its first message to its last: until the client closes its end, or the system asks it to go.</summary>
internal sealed class Host : IAsyncDisposable
{
    /// <summary>How long requests that were read may go on once the client has closed its end.</summary>
    private static readonly TimeSpan LastAnswers = TimeSpan.FromSeconds(3);

    /// <summary>How long stopping may take; what is left then, the next process on this store finishes.</summary>
    private static readonly TimeSpan Stopping = TimeSpan.FromSeconds(10);

    private readonly ILogger _log;
    private readonly CancellationTokenSource _stop = new();
    private readonly Store _store;
    private readonly StdioTransport _transport;
    private readonly TaskServer _tasks;
    private readonly Session _session;
    private readonly McpServer _server;
    private volatile bool _ready;

    public Host(CommandLine line, Stream input, Stream output, StderrLog log)
    {
        _log = log;
        _store = new Store(() => HostConfiguration.Load(line, log));
        _transport = new StdioTransport(input, output, AnswerDirectly, OutputRoom.Takes, log);
        _tasks = new TaskServer(_store, line.Tools, null, null, log);
        _session = _tasks.NewSession();
        var options = new McpServerOptions();
        _tasks.Configure(options, _session);
        _server = McpServer.Create(_transport, options, log);
        _session.Begin(_server);
        _ready = true;
    }

    public async Task RunAsync()
    {
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        var serving = _server.RunAsync(_stop.Token);
        var stopped = Task.Delay(Timeout.Infinite, _stop.Token);

        // The store opens while the client still shakes hands; a failure is told by the call that needs it.
        _ = _store.OpenAsync(_stop.Token).ContinueWith(static opening => _ = opening.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);

        await Task.WhenAny(_transport.Ended, serving, stopped).ConfigureAwait(false);
        await Task.WhenAny(_transport.AnsweredAsync(LastAnswers), stopped).ConfigureAwait(false);
        await _stop.CancelAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        try
        {
            await CloseAsync().WaitAsync(Stopping).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            _log.LogWarning("Not everything had stopped within {Limit}; the next process on this store finishes it.", Stopping);
        }

        _stop.Dispose();
    }

    // A client that has not shaken hands, or speaks a revision without handshake, is the SDK's.
    private ReadOnlyMemory<byte>? AnswerDirectly(ReadOnlyMemory<byte> line) =>
        _ready && DirectAnswers.IsFor(_server.NegotiatedProtocolVersion) ? _tasks.Direct.Answer(line.Span, null, default, "\n"u8) : null;

    private async Task CloseAsync()
    {
        _session.Dispose();
        await _tasks.DisposeAsync().ConfigureAwait(false);
        await _server.DisposeAsync().ConfigureAwait(false);
        await _transport.DisposeAsync().ConfigureAwait(false);
        await _store.DisposeAsync().ConfigureAwait(false);
    }

    private void Stop(PosixSignalContext context)
    {
        context.Cancel = true; // the process ends by itself, with everything closed
        _stop.Cancel();
    }
}

using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using OpenCode.Sandboxes.Docker;

namespace OpenCode.Tests.Integration.Sandboxes;

/// <summary>Answers as an engine would that the one at hand is not: by what a test says to each path, piece by piece.</summary>
internal sealed class ScriptedEngine : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly ConcurrentQueue<string> _asked = new();
    private readonly Func<string, IAsyncEnumerable<string>> _answer;
    private readonly Task _serving;

    public ScriptedEngine(Func<string, IAsyncEnumerable<string>> answer)
    {
        _answer = answer;
        int port;
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            port = ((IPEndPoint)probe.LocalEndpoint).Port;
        }

        _listener.Prefixes.Add($"http://127.0.0.1:{port}/");
        _listener.Start();
        Endpoint = DockerEndpoint.Resolve($"tcp://127.0.0.1:{port}");
        _serving = ServeAsync();
    }

    public DockerEndpoint Endpoint { get; }

    /// <summary>The paths that were asked, in order.</summary>
    public IReadOnlyCollection<string> Asked => _asked;

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _serving;
    }

    private async Task ServeAsync()
    {
        var answering = new List<Task>();
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                break;
            }

            answering.Add(AnswerAsync(context));
        }

        await Task.WhenAll(answering);
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        var path = context.Request.Url!.AbsolutePath;
        _asked.Enqueue(path);
        try
        {
            context.Response.ContentType = "application/json";
            context.Response.SendChunked = true;
            await foreach (var piece in _answer(path))
            {
                await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(piece), Test.Token);
                await context.Response.OutputStream.FlushAsync(Test.Token);
            }

            context.Response.Close();
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // Whoever asked is gone, or the test is over.
        }
    }
}

using System.Net.Sockets;
using System.Text;
using OpenCode.Sandboxes.Docker;

namespace OpenCode.Tests.Integration.Sandboxes;

/// <summary>The test engine behind a socket that hands a command's output over late: not before the engine has told that the command ended, and then after a moment.</summary>
internal sealed class LateEngine : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("oc-late-");
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly CancellationTokenSource _closing = new();
    private readonly TaskCompletionSource _told = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TimeSpan _late;
    private readonly Task _accepting;
    private volatile bool _started;

    public LateEngine(TimeSpan late)
    {
        _late = late;
        var path = Path.Combine(_folder.FullName, "docker.sock");
        _listener.Bind(new UnixDomainSocketEndPoint(path));
        _listener.Listen();
        Endpoint = DockerEndpoint.Resolve("unix://" + path);
        _accepting = AcceptAsync();
    }

    public DockerEndpoint Endpoint { get; }

    /// <summary>Whether output was held back until the end was told.</summary>
    public bool WasLate { get; private set; }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        _listener.Dispose();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _closing.Dispose();
        _folder.Delete(true);
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            var client = await _listener.AcceptAsync(_closing.Token);
#pragma warning disable CA2025 // It disposes of what it is given.
            _ = RelayAsync(client);
#pragma warning restore CA2025
        }
    }

#pragma warning disable CA2025 // Both ways are waited for before the sockets go.
    private async Task RelayAsync(Socket client)
    {
        using var engine = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        using (client)
        {
            await engine.ConnectAsync(new UnixDomainSocketEndPoint(DockerEngine.Endpoint.Address!.LocalPath), _closing.Token);
            var isCommand = false;
            var asking = CopyAsync(client, engine, bytes =>
            {
                var text = Encoding.Latin1.GetString(bytes.Span);
                if (text.Contains("/exec/", StringComparison.Ordinal) && text.Contains("/start HTTP", StringComparison.Ordinal))
                {
                    _started = isCommand = true;
                }

                return ValueTask.CompletedTask;
            });
            // The engine writes the end of the answer's head by itself: it may come later than the rest.
            var head = new StringBuilder();
            var headed = false;
            var answering = CopyAsync(engine, client, async bytes =>
            {
                if (isCommand && headed)
                {
                    await _told.Task.WaitAsync(_closing.Token);
                    await Task.Delay(_late, _closing.Token);
                    WasLate = true;
                }
                else if (_started && Encoding.Latin1.GetString(bytes.Span).Contains("\"Running\":false,\"ExitCode\":0", StringComparison.Ordinal))
                {
                    _told.TrySetResult();
                }

                if (isCommand && !headed)
                {
                    headed = head.Append(Encoding.Latin1.GetString(bytes.Span)).ToString().Contains("\r\n\r\n", StringComparison.Ordinal);
                }
            });
            await Task.WhenAny(asking, answering);
        }
    }

    private async Task CopyAsync(Socket from, Socket to, Func<ReadOnlyMemory<byte>, ValueTask> look)
    {
        var buffer = new byte[65536];
        for (var read = await from.ReceiveAsync(buffer, _closing.Token); read > 0; read = await from.ReceiveAsync(buffer, _closing.Token))
        {
            await look(buffer.AsMemory(0, read));
            for (var sent = 0; sent < read;)
            {
                sent += await to.SendAsync(buffer.AsMemory(sent, read - sent), _closing.Token);
            }
        }
    }
}

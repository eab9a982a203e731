using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using ModelContextProtocol.Client;
using OpenCode.Tests.Integration.Hosting;

namespace OpenCode.Tests.Integration.Mcp;

/// <summary>A host that serves HTTP on a free port.</summary>
internal sealed class HttpHost : IAsyncDisposable
{
    private const string Announcement = "Listening on ";

    private readonly Process _process;
    private readonly StringBuilder _errors = new();
    private readonly TaskCompletionSource<Uri> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private HttpHost(Process process)
    {
        _process = process;
        process.ErrorDataReceived += (_, line) => Hear(line.Data);
        process.BeginErrorReadLine();
    }

    /// <summary>Where it listens: the part before /mcp.</summary>
    public Uri Address { get; private set; } = null!;

    public int ProcessId => _process.Id;

    /// <summary>What it has said so far.</summary>
    public string Errors
    {
        get
        {
            lock (_errors)
            {
                return _errors.ToString();
            }
        }
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<HttpHost> StartAsync(HostStore store, params string[] more)
    {
        var host = Launch(store, more);
        host.Address = await host._address.Task.WaitAsync(HostStore.Patience, Token);
        return host;
    }

    /// <summary>Starts one that is expected to end by itself.</summary>
    public static async Task<(int ExitCode, string Errors)> RefusedAsync(HostStore store, params string[] more)
    {
        await using var host = Launch(store, more);
        await host._process.WaitForExitAsync(Token).WaitAsync(HostStore.Patience, Token);
        return (host._process.ExitCode, host.Errors);
    }

    public async Task<HostClient> ConnectAsync(string path, string? revision, string? token = null, Action<McpClientOptions>? configure = null)
    {
        var transport = new HttpClientTransport(new HttpClientTransportOptions
        {
            Endpoint = new Uri(Address, path),
            TransportMode = HttpTransportMode.StreamableHttp,
            AdditionalHeaders = token is null ? null : new Dictionary<string, string> { ["Authorization"] = $"Bearer {token}" },
        });
        return await HostClient.ConnectAsync(transport, revision, configure);
    }

    /// <summary>Sends a message as no well-behaved client does.</summary>
    public async Task<(int Status, JsonObject? Body, HttpResponseHeaders Headers)> PostAsync(string json, Action<HttpRequestMessage>? change = null, string path = "/mcp")
    {
        using var client = new HttpClient { Timeout = HostStore.Patience };
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Address, path)) { Content = new StringContent(json, Encoding.UTF8, "application/json") };
        request.Headers.Accept.ParseAdd("application/json, text/event-stream");
        change?.Invoke(request);
        using var response = await client.SendAsync(request, Token);
        var text = await response.Content.ReadAsStringAsync(Token);
        var data = text.StartsWith("event:", StringComparison.Ordinal) ? text.Split('\n').First(line => line.StartsWith("data: ", StringComparison.Ordinal))[6..] : text;
        return ((int)response.StatusCode, data.Length == 0 ? null : JsonNode.Parse(data)!.AsObject(), response.Headers);
    }

    public async Task<(int Status, JsonObject Body)> GetAsync(string path)
    {
        using var client = new HttpClient();
        using var response = await client.GetAsync(new Uri(Address, path), Token);
        return ((int)response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync(Token))!.AsObject());
    }

    public async Task<int> StopAsync()
    {
        using (var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]))
        {
            await kill.WaitForExitAsync(Token);
        }

        await _process.WaitForExitAsync(Token).WaitAsync(HostStore.Patience, Token);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        _process.Dispose();
    }

    private static HttpHost Launch(HostStore store, string[] more)
    {
        var start = new ProcessStartInfo(HostStore.Executable, [.. store.Arguments, "--http", .. more.Contains("--port") ? [] : new[] { "--port", "0" }, .. more])
        {
            RedirectStandardError = true,
            WorkingDirectory = store.WorkingDirectory,
        };
        Surroundings.PutInto(start.Environment);
        foreach (var (name, value) in store.Variables)
        {
            start.Environment[name] = value;
        }

        return new HttpHost(Process.Start(start)!);
    }

    private void Hear(string? line)
    {
        lock (_errors)
        {
            _errors.AppendLine(line);
        }

        if (line?.StartsWith(Announcement, StringComparison.Ordinal) is true)
        {
            _address.TrySetResult(new Uri(line[Announcement.Length..].Replace("/mcp", "/", StringComparison.Ordinal).Replace("0.0.0.0", "127.0.0.1", StringComparison.Ordinal)));
        }
    }
}

using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;

namespace OpenCode.Bench.Mcp;

/// <summary>A server over Streamable HTTP, on a port of its own.</summary>
internal sealed class HttpServer : IDisposable
{
    private const string Announcement = "Listening on ";

    private readonly Process _process;
    private readonly Uri _address;

    private HttpServer(Process process, Uri address)
    {
        _process = process;
        _address = address;
    }

    public static async Task<HttpServer> StartAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardError = true };
        start.Environment["OPENCODE_DOCKER_SOCKET"] = "unix:///nonexistent/docker.sock";
        var process = Process.Start(start)!;
        var said = new StringBuilder();
        while (await process.StandardError.ReadLineAsync() is { } line)
        {
            if (line.StartsWith(Announcement, StringComparison.Ordinal))
            {
                _ = process.StandardError.BaseStream.CopyToAsync(Stream.Null); // what is said later holds it up no more than this
                return new HttpServer(process, new Uri(line[Announcement.Length..]));
            }

            said.AppendLine(line);
        }

        throw new InvalidOperationException($"The server has ended: {said}");
    }

    /// <summary>Asks over a number of connections at once, each one after the other.</summary>
    /// <returns>Answers a second.</returns>
    public async Task<double> RateAsync(int connections, int requests, Func<int, string> message)
    {
        using var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = connections, UseProxy = false });
        await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => AskAsync(client, message(0)))); // opens the connections
        var next = 0;
        return await Pairs.RateAsync(requests, () => Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Increment(ref next) is var id && id <= requests)
            {
                await AskAsync(client, message(id));
            }
        }))));
    }

    public async Task AskAsync(HttpClient client, string message)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, _address) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(message)) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        request.Headers.Add("MCP-Protocol-Version", McpFrames.Revision);
        using var response = await client.SendAsync(request);
        McpFrames.Check(await response.Content.ReadAsByteArrayAsync());
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}

using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace OpenCode.Tests.Integration.Mcp;

/// <summary>Messages that were broken by chance, over HTTP. Whatever comes is answered by an error of its sender, and never by one of the server.</summary>
public sealed class HttpFuzzTests : IDisposable
{
    private const int Bodies = 600;
    private const string Ping = """{"jsonrpc":"2.0","id":1,"method":"ping"}""";

    private static readonly string[] Whole =
    [
        Ping,
        """{"jsonrpc":"2.0","id":2,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{"roots":{"listChanged":true}},"clientInfo":{"name":"raw","version":"1"}}}""",
        """{"jsonrpc":"2.0","id":"a","method":"tools/list","params":{"cursor":"x"}}""",
        """{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"create_task_sandbox","arguments":{"name":"n","metadata":{"a":[1,2.5,null,true]},"idempotencyKey":"k"},"_meta":{"progressToken":7}}}""",
        """{"jsonrpc":"2.0","id":4,"method":"resources/read","params":{"uri":"opencode://tasks/T/log?last=5"}}""",
        """{"jsonrpc":"2.0","id":5,"method":"prompts/get","params":{"name":"start-work","arguments":{"taskId":"T"}}}""",
        """{"jsonrpc":"2.0","id":6,"method":"completion/complete","params":{"ref":{"type":"ref/prompt","name":"review"},"argument":{"name":"taskId","value":"x"}}}""",
        """{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":3,"reason":"r"}}""",
        """{"jsonrpc":"2.0","id":7,"result":{"a":1}}""",
        """{"jsonrpc":"2.0","id":8,"method":"server/discover","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}""",
    ];

    private static readonly string[] Pieces = ["null", "{}", "[]", "\"", "\\u0000", "\\ud800", "1e400", "-0", "99999999999999999999", ":", ",", "{\"a\":", "[[[[", "\u0000", "\uFEFF", "true", "\"method\":\"ping\"", "\"id\":{}", "__proto__"];

    private static readonly string[] Revisions = ["2025-11-25", "2026-07-28", "1999-01-01", "x"];

    private readonly HostStore _store = new() { Tools = "all" };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _store.Dispose();

    [Theory]
    [InlineData("/mcp", 20261125)]
    [InlineData("/mcp/legacy", 4711)]
    public async Task Broken_message_is_its_senders_mistake_and_the_host_goes_on(string path, int seed)
    {
        await File.WriteAllTextAsync(Path.Combine(_store.WorkingDirectory, "opencode-tasks.json"), """{ "mcp": { "requestsPerSecond": 100000 } }""", Token);
        await using var host = await HttpHost.StartAsync(_store);
        var random = new Random(seed);
        var requests = Enumerable.Range(0, Bodies).Select(_ => (Body: Broken(random), Revision: random.Next(3) == 0 ? Revisions[random.Next(Revisions.Length)] : null, Method: random.Next(4) == 0 ? Pieces[random.Next(4)] : null)).ToList();
        using var client = new HttpClient { Timeout = HostStore.Patience };

        await Parallel.ForEachAsync(requests, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Token }, async (sent, token) =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(host.Address, path)) { Content = new ByteArrayContent(sent.Body) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            request.Headers.Accept.ParseAdd("application/json, text/event-stream");
            if (sent.Revision is not null)
            {
                request.Headers.Add("MCP-Protocol-Version", sent.Revision);
            }

            if (sent.Method is not null)
            {
                request.Headers.Add("Mcp-Method", sent.Method);
            }

            using var response = await client.SendAsync(request, token);
            var text = await response.Content.ReadAsStringAsync(token);
            var what = $"seed {seed}: {(int)response.StatusCode} '{text}' to '{Encoding.UTF8.GetString(sent.Body)}'";
            Assert.True((int)response.StatusCode is 200 or 202 or (>= 400 and < 500), what);
            if (text.Length > 0)
            {
                var message = JsonNode.Parse(text.StartsWith("event:", StringComparison.Ordinal) ? text.Split('\n').Last(line => line.StartsWith("data: ", StringComparison.Ordinal))[6..] : text)!;
                Assert.True(message["jsonrpc"]?.GetValue<string>() == "2.0" && (message["error"]?["code"]?.GetValue<int>() is not -32603 || !IsUnicode(sent.Body)), what);
            }
        });

        Assert.Equal(200, (await host.PostAsync(Ping)).Status);
        Assert.DoesNotContain("unhandled exception was thrown by the application", host.Errors, StringComparison.Ordinal); // past the gate
    }

    // The SDK looks for a request's metadata before anything of ours, and calls names in it that are no text its own error.
    private static bool IsUnicode(byte[] body) => System.Text.Unicode.Utf8.IsValid(body) && !Encoding.UTF8.GetString(body).Contains("\\ud800", StringComparison.Ordinal);

    private static byte[] Broken(Random random)
    {
        var body = Encoding.UTF8.GetBytes(Whole[random.Next(Whole.Length)]).ToList();
        for (var times = random.Next(4); times >= 0; times--)
        {
            var at = random.Next(body.Count + 1);
            switch (random.Next(5))
            {
                case 0 when at < body.Count:
                    body[at] = (byte)random.Next(256);
                    break;
                case 1:
                    body.RemoveRange(at, Math.Min(random.Next(20), body.Count - at));
                    break;
                case 2:
                    body.InsertRange(at, Encoding.UTF8.GetBytes(Pieces[random.Next(Pieces.Length)]));
                    break;
                case 3:
                    body.InsertRange(at, body.Slice(0, Math.Min(at, body.Count)));
                    break;
                default:
                    body.InsertRange(at, Enumerable.Repeat((byte)"[{\"x "[random.Next(5)], random.Next(200)));
                    break;
            }
        }

        return [.. body];
    }
}

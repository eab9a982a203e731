using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using OpenCode.Common;
using OpenCode.Sandboxes;
using OpenCode.Sandboxes.Docker;

namespace OpenCode.Tests.Integration.Sandboxes;

/// <summary>Engines of other ages than the one at hand, as far as the first words go.</summary>
public sealed class NegotiationTests : IAsyncDisposable
{
    private const string Name = "octest";

    private static readonly SandboxSpecification Plan = new() { StoreId = "store", TaskId = "task", Image = "image", Workspace = "/nowhere", Owner = ProcessIdentity.Current, ContainerName = Name };

    private readonly HttpListener _engine = new();
    private readonly ConcurrentQueue<string> _asked = new();
    private readonly DockerSandboxHost _host;
    private readonly Task _serving;
    private string _version = "";

    public NegotiationTests()
    {
        int port;
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            port = ((IPEndPoint)probe.LocalEndpoint).Port;
        }

        _engine.Prefixes.Add($"http://127.0.0.1:{port}/");
        _engine.Start();
        _host = new DockerSandboxHost(DockerEndpoint.Resolve($"tcp://127.0.0.1:{port}"), TimeProvider.System);
        _serving = ServeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _engine.Close();
        await _serving;
    }

    [Theory]
    [InlineData("1.41", "1.12", "/v1.41/")]
    [InlineData("1.47", "1.24", "/v1.41/")]
    [InlineData("1.52", "1.44", "/v1.44/")]
    public async Task Engine_is_asked_in_the_version_this_was_written_for_or_the_oldest_it_has(string newest, string oldest, string path)
    {
        _version = $$"""{ "Version": "x", "ApiVersion": "{{newest}}", "MinAPIVersion": "{{oldest}}", "Os": "linux" }""";
        await _host.PingAsync(Test.Token);
        await Task.WhenAll(LookAsync(), LookAsync());
        await LookAsync();
        // A ping agrees on nothing, and what is agreed on is agreed on once.
        Assert.Equal(["/_ping", "/version", $"{path}containers/{Name}/json", $"{path}containers/{Name}/json", $"{path}containers/{Name}/json"], _asked);
    }

    [Theory]
    [InlineData("1.40", "linux", "20.10")]
    [InlineData("nonsense", "linux", "20.10")]
    [InlineData("1.47", "windows", "Linux containers")]
    public async Task Engine_that_cannot_do_it_is_not_supported_and_told_what_is_needed(string newest, string os, string needed)
    {
        _version = $$"""{ "Version": "x", "ApiVersion": "{{newest}}", "MinAPIVersion": "1.12", "Os": "{{os}}" }""";
        var error = await Assert.ThrowsAsync<OpenCodeException>(() => LookAsync());
        Assert.Equal(OpenCodeError.NotSupported, error.Error);
        Assert.Contains(needed, error.Message);
    }

    [Fact]
    public async Task What_is_no_engine_at_all_is_unavailable()
    {
        _version = "<html>hello</html>";
        var error = await Assert.ThrowsAsync<OpenCodeException>(() => LookAsync());
        Assert.Equal(OpenCodeError.SandboxUnavailable, error.Error);
    }

    private Task<SandboxContainer?> LookAsync() => _host.FindAsync(Plan, Test.Token);

    private async Task ServeAsync()
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await _engine.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            var path = context.Request.Url!.AbsolutePath;
            _asked.Enqueue(path);
            var body = path switch { "/_ping" => "OK", "/version" => _version, _ => "{}" };
            context.Response.ContentType = "application/json";
            try
            {
                context.Response.Close(Encoding.UTF8.GetBytes(body), true);
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
        }
    }
}

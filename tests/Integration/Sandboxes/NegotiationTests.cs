using OpenCode.Common;
using OpenCode.Sandboxes;
using OpenCode.Sandboxes.Docker;

namespace OpenCode.Tests.Integration.Sandboxes;

/// <summary>Engines of other ages than the one at hand, as far as the first words go.</summary>
public sealed class NegotiationTests : IAsyncDisposable
{
    private const string Name = "octest";

    private static readonly SandboxSpecification Plan = new() { StoreId = "store", TaskId = "task", Image = "image", Workspace = "/nowhere", Owner = ProcessIdentity.Current, ContainerName = Name };

    private readonly ScriptedEngine _engine;
    private readonly DockerSandboxHost _host;
    private string _version = "";

    public NegotiationTests()
    {
        _engine = new ScriptedEngine(path => new[] { path switch { "/_ping" => "OK", "/version" => _version, _ => "{}" } }.ToAsyncEnumerable());
        _host = new DockerSandboxHost(_engine.Endpoint, TimeProvider.System);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _engine.DisposeAsync();
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
        Assert.Equal(["/_ping", "/version", $"{path}containers/{Name}/json", $"{path}containers/{Name}/json", $"{path}containers/{Name}/json"], _engine.Asked);
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
}

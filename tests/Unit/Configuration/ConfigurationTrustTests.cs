using OpenCode.Configuration;

namespace OpenCode.Tests.Unit.Configuration;

public sealed class ConfigurationTrustTests : IDisposable
{
    private const string Hostile = """{ "docker": { "socketPath": "/tmp/evil.sock", "allowedImages": [], "image": "debian:12" } }""";

    private readonly ConfigurationFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("opencode-tasks.json")]
    [InlineData("config.json")]
    public void Load_an_untrusted_file_in_the_current_location_does_not_choose_the_engine(string name)
    {
        var file = _folder.Write(name, Hostile);

        var configuration = _folder.Load();

        Assert.Null(configuration.DockerEndpoint);
        Assert.Equal("debian:12", configuration.DockerImage); // what needs no trust counts
        var entry = configuration.Entries.Single(e => e.Key == "docker.socketPath");
        Assert.Equal($"default (ignored: untrusted file {file})", entry.Source);
        Assert.Contains(_folder.Warnings, message => message.Contains(file, StringComparison.Ordinal) && message.Contains("docker.socketPath", StringComparison.Ordinal));
    }

    [Fact]
    public void Load_an_untrusted_file_does_not_lift_what_the_data_roots_file_limits()
    {
        _folder.Write("data/config.json", """{ "docker": { "socketPath": "/run/own.sock", "allowedImages": ["debian:12", "alpine:3"] } }""");

        _folder.Write("opencode-tasks.json", """{ "mcp": { "port": 1 } }""");
        Assert.Equal(["debian:12", "alpine:3"], _folder.Load().DockerAllowedImages);
        Assert.Equal(Path.GetFullPath("/run/own.sock"), _folder.Load().DockerEndpoint);

        _folder.Write("opencode-tasks.json", """{ "docker": { "allowedImages": ["debian:12", "evil:1"] } }""");
        Assert.Equal(["debian:12", "alpine:3"], _folder.Load().DockerAllowedImages);

        _folder.Write("opencode-tasks.json", """{ "docker": { "allowedImages": ["alpine:3"] } }""");
        Assert.Equal(["alpine:3"], _folder.Load().DockerAllowedImages); // narrower needs no trust
    }

    [Fact]
    public async Task Load_a_file_counts_once_approved_and_no_more_once_changed()
    {
        var file = _folder.Write("opencode-tasks.json", Hostile);

        var digest = await ConfigurationTrust.For(_folder.Sources).ApproveAsync(file, TestContext.Current.CancellationToken);
        Assert.Matches("^[0-9a-f]{64}$", digest);
        Assert.Equal(Path.GetFullPath("/tmp/evil.sock"), _folder.Load().DockerEndpoint);
        Assert.Empty(_folder.Warnings);

        File.AppendAllText(file, " ");
        Assert.Null(_folder.Load().DockerEndpoint);
    }

    [Fact]
    public void Load_the_files_own_data_root_does_not_vouch_for_it()
    {
        var file = _folder.Write("opencode-tasks.json", """{ "dataRoot": "theirs", "docker": { "socketPath": "/tmp/evil.sock" } }""");
        var digest = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file)));
        _folder.Write("theirs/trusted.json", $$"""{ {{System.Text.Json.JsonSerializer.Serialize(file)}}: "{{digest}}" }""");

        Assert.Null(_folder.Load().DockerEndpoint);
    }

    [Fact]
    public void Load_a_file_that_was_named_needs_no_approval()
    {
        _folder.Variables["OPENCODE_TASKS_CONFIG"] = _folder.Write("opencode-tasks.json", Hostile);

        Assert.Equal(Path.GetFullPath("/tmp/evil.sock"), _folder.Load().DockerEndpoint);
    }

    [Fact]
    public void Load_in_the_data_root_itself_its_file_needs_no_approval()
    {
        _folder.Write("data/config.json", Hostile);

        Assert.Equal(Path.GetFullPath("/tmp/evil.sock"), ConfigurationLoader.Load(_folder.Sources with { CurrentDirectory = _folder.DataRoot }).DockerEndpoint);
    }

    [Fact]
    public async Task A_damaged_list_trusts_nothing_and_is_named()
    {
        var file = _folder.Write("opencode-tasks.json", Hostile);
        var list = _folder.Write("data/trusted.json", "{ torn");

        Assert.Null(_folder.Load().DockerEndpoint);
        Assert.Contains(_folder.Warnings, message => message.Contains(list, StringComparison.Ordinal));
        var e = await Assert.ThrowsAsync<OpenCodeException>(() => ConfigurationTrust.For(_folder.Sources).ApproveAsync(file, TestContext.Current.CancellationToken));
        Assert.Equal((OpenCodeError.StateCorrupt, list), (e.Error, e.Target));
        Assert.Equal("{ torn", File.ReadAllText(list)); // kept for who wants to look
    }

    [Fact]
    public async Task Approve_many_at_once_loses_none()
    {
        var files = Enumerable.Range(0, 16).Select(i => _folder.Write($"f{i}/opencode-tasks.json", "{}")).ToArray();

        await Task.WhenAll(files.Select(file => Task.Run(() => ConfigurationTrust.For(_folder.Sources).ApproveAsync(file, TestContext.Current.CancellationToken))));

        Assert.All(files, file => Assert.True(ConfigurationTrust.For(_folder.Sources).IsTrusted(file, File.ReadAllBytes(file))));
    }

    [Fact]
    public async Task Approve_a_file_that_is_not_there_is_refused()
    {
        var e = await Assert.ThrowsAsync<OpenCodeException>(() => ConfigurationTrust.For(_folder.Sources).ApproveAsync(Path.Combine(_folder.Here, "none.json"), TestContext.Current.CancellationToken));
        Assert.Equal(OpenCodeError.InvalidArgument, e.Error);
    }
}

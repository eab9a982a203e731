using System.Security.Cryptography;
using System.Text;
using OpenCode.Sandboxes.Docker;

namespace OpenCode.Tests.Unit.Sandboxes;

public sealed class DockerEndpointTests : IDisposable
{
    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("oc-home-");
    private readonly Dictionary<string, string> _environment = [];

    public void Dispose() => _home.Delete(true);

    [Fact]
    public void Nothing_said_is_the_platforms_default()
    {
        Assert.Equal("unix:///var/run/docker.sock", Resolve().Display);
        Assert.Equal("npipe://./pipe/docker_engine", Resolve(windows: true).Display);
        Assert.Equal("the default", Resolve().Source);
    }

    [Fact]
    public void Nearer_word_wins_over_farther()
    {
        Configure("""{ "currentContext": "four" }""");
        Context("four", "unix:///four.sock");
        AssertIs("unix:///four.sock", Resolve());
        Context("three", "unix:///three.sock");
        _environment["DOCKER_CONTEXT"] = "three";
        AssertIs("unix:///three.sock", Resolve());
        _environment["DOCKER_HOST"] = "unix:///two.sock";
        AssertIs("unix:///two.sock", Resolve());
        _environment["OPENCODE_DOCKER_SOCKET"] = "/one.sock";
        AssertIs("unix:///one.sock", Resolve());
        AssertIs("unix:///zero.sock", Resolve("/zero.sock"));
    }

    [Fact]
    public void Empty_words_are_no_words()
    {
        _environment["OPENCODE_DOCKER_SOCKET"] = "";
        _environment["DOCKER_HOST"] = " ";
        _environment["DOCKER_CONTEXT"] = "";
        Assert.Equal("the default", Resolve("").Source);
    }

    [Theory]
    [InlineData("/var/run/docker.sock", "unix:///var/run/docker.sock")]
    [InlineData("/with space/docker.sock", "unix:///with%20space/docker.sock")]
    [InlineData("unix:///run/user/1000/docker.sock", "unix:///run/user/1000/docker.sock")]
    [InlineData("npipe://./pipe/docker_engine", "npipe://./pipe/docker_engine")]
    [InlineData(@"\\.\pipe\docker_engine", "npipe://./pipe/docker_engine")]
    [InlineData("npipe:////./pipe/docker_engine", "npipe://./pipe/docker_engine")]
    [InlineData("tcp://10.0.0.1:2375", "tcp://10.0.0.1:2375/")]
    [InlineData("10.0.0.1:2375", "tcp://10.0.0.1:2375/")]
    [InlineData("tcp://me:secret@10.0.0.1:2375", "tcp://10.0.0.1:2375/")]
    [InlineData("http://localhost:2375", "http://localhost:2375/")]
    public void Address_is_understood_and_shown_without_credentials(string given, string shown) => AssertIs(shown, Resolve(given));

    [Theory]
    [InlineData("docker.sock")]
    [InlineData("relative/docker.sock")]
    [InlineData("~/docker.sock")]
    [InlineData("unix://")]
    [InlineData("ftp://host:21/x")]
    [InlineData("tcp://")]
    [InlineData("tcp://host")]
    [InlineData("://")]
    public void What_is_no_address_is_a_problem_that_names_it(string given)
    {
        var endpoint = Resolve(given);
        Assert.Null(endpoint.Address);
        Assert.Contains(given, endpoint.Problem);
        Assert.Contains("docker.socketPath", endpoint.Problem);
    }

    [Fact]
    public void Ssh_and_tls_are_problems_with_a_way_out_and_without_the_password()
    {
        var ssh = Resolve("ssh://me:secret@host");
        Assert.Contains("ssh -L", ssh.Problem);
        Assert.DoesNotContain("secret", ssh.Problem);
        Assert.Contains("TLS", Resolve("https://me:secret@host:2376").Problem);
        Assert.DoesNotContain("secret", Resolve("https://me:secret@host:2376").Problem);
        _environment["DOCKER_HOST"] = "tcp://host:2376";
        _environment["DOCKER_TLS_VERIFY"] = "1";
        Assert.Contains("TLS", Resolve().Problem);
    }

    [Fact]
    public void Default_context_is_the_default()
    {
        Configure("""{ "currentContext": "default", "auths": {} }""");
        Assert.Equal("the default", Resolve().Source);
        Configure("""{ "auths": {} }""");
        Assert.Equal("the default", Resolve().Source);
        _environment["DOCKER_CONTEXT"] = "default";
        Configure("""{ "currentContext": "other" }""");
        Assert.Equal("the default", Resolve().Source);
    }

    [Fact]
    public void Configuration_folder_can_be_elsewhere()
    {
        var elsewhere = _home.CreateSubdirectory("elsewhere").FullName;
        _environment["DOCKER_CONFIG"] = elsewhere;
        Context("mine", "unix:///mine.sock", elsewhere);
        File.WriteAllText(Path.Combine(elsewhere, "config.json"), """{ "currentContext": "mine" }""");
        AssertIs("unix:///mine.sock", Resolve());
    }

    [Fact]
    public void Context_that_is_not_there_is_a_problem_that_names_it()
    {
        Configure("""{ "currentContext": "lost" }""");
        Assert.Contains("lost", Resolve().Problem);
        Assert.Contains("does not exist", Resolve().Problem);
        Assert.Contains("docker context use", Resolve().Problem);
    }

    [Theory]
    [InlineData("{ broken")]
    [InlineData("")]
    public void Broken_configuration_is_a_problem_that_names_the_file(string json)
    {
        Configure(json);
        Assert.Contains("config.json", Resolve().Problem);
        // And does not matter to whoever says where the engine is.
        _environment["DOCKER_HOST"] = "unix:///two.sock";
        AssertIs("unix:///two.sock", Resolve());
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("""{ "currentContext": 7 }""")]
    public void Configuration_of_another_shape_names_no_context(string json)
    {
        Configure(json);
        Assert.Equal("the default", Resolve().Source);
    }

    [Theory]
    [InlineData("{ broken")]
    [InlineData("[]")]
    [InlineData("""{ "Endpoints": [] }""")]
    [InlineData("""{ "Endpoints": { "docker": { "Host": "" } } }""")]
    [InlineData("""{ "Endpoints": { "docker": "unix" } }""")]
    public void Broken_context_is_a_problem_that_names_it(string json)
    {
        Context("bad", "x");
        File.WriteAllText(Meta("bad", Path.Combine(_home.FullName, ".docker")), json);
        _environment["DOCKER_CONTEXT"] = "bad";
        Assert.Contains("bad", Resolve().Problem);
    }

    [Fact]
    public void Context_with_keys_needs_tls_only_where_it_leaves_the_machine()
    {
        Context("keys", "tcp://host:2376");
        var tls = Path.Combine(_home.FullName, ".docker", "contexts", "tls", Hash("keys"), "docker");
        Directory.CreateDirectory(tls);
        _environment["DOCKER_CONTEXT"] = "keys";
        Assert.Contains("TLS", Resolve().Problem);
        Context("keys", "unix:///local.sock");
        AssertIs("unix:///local.sock", Resolve());
    }

    private static void AssertIs(string shown, DockerEndpoint endpoint)
    {
        Assert.Null(endpoint.Problem);
        Assert.NotNull(endpoint.Address);
        Assert.Equal(shown, endpoint.Display);
    }

    private DockerEndpoint Resolve(string? setting = null, bool windows = false) => DockerEndpoint.Resolve(setting, name => _environment.GetValueOrDefault(name), _home.FullName, windows);

    private void Configure(string json)
    {
        _home.CreateSubdirectory(".docker");
        File.WriteAllText(Path.Combine(_home.FullName, ".docker", "config.json"), json);
    }

    private void Context(string name, string host, string? folder = null)
    {
        var meta = Meta(name, folder ?? Path.Combine(_home.FullName, ".docker"));
        Directory.CreateDirectory(Path.GetDirectoryName(meta)!);
        File.WriteAllText(meta, $$"""{ "Name": "{{name}}", "Metadata": {}, "Endpoints": { "docker": { "Host": "{{host}}", "SkipTLSVerify": false } } }""");
    }

    private static string Meta(string name, string folder) => Path.Combine(folder, "contexts", "meta", Hash(name), "meta.json");

    private static string Hash(string name) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)));
}

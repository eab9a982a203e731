using OpenCode.Configuration;

namespace OpenCode.Tests.Unit.Configuration;

public sealed class ConfigurationLoaderTests : IDisposable
{
    // The shape of the configuration that the TypeScript task system ships with.
    private const string SeedConfiguration = """
        {
          "dataRoot": "./data",
          "database": { "path": "./data/opencode.db", "enableWAL": true, "cacheSize": 10000 },
          "mcp": { "port": 3000, "host": "localhost", "maxConnections": 100, "requestTimeout": 30000 },
          "docker": {
            "socketPath": "/var/run/docker.sock",
            "networkPrefix": "opencode",
            "defaultResourceLimits": { "memory": 512, "cpuShares": 512, "pidsLimit": 100 }
          },
          "logging": { "level": "info" }
        }
        """;

    private readonly ConfigurationFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_nothing_given_takes_every_default_of_the_table()
    {
        var configuration = _folder.Load();

        Assert.Equal(_folder.DataRoot, configuration.DataRoot);
        Assert.Equal(Path.Combine(_folder.DataRoot, "opencode.db"), configuration.DatabaseFile);
        Assert.True(configuration.EnableWal);
        Assert.Equal(10_000, configuration.CacheSize);
        Assert.False(configuration.SynchronousFull);
        Assert.Null(configuration.ConnectionString);
        Assert.Equal((3000, "localhost", 100, TimeSpan.FromSeconds(30)), (configuration.McpPort, configuration.McpHost, configuration.McpMaxConnections, configuration.McpRequestTimeout));
        Assert.Null(configuration.DockerEndpoint);
        Assert.Equal(("opencode", "debian:stable-slim"), (configuration.DockerNetworkPrefix, configuration.DockerImage));
        Assert.Empty(configuration.DockerAllowedImages);
        Assert.Null(configuration.DockerRuntime);
        Assert.Equal((512, 512, 100), (configuration.DockerMemoryMiB, configuration.DockerCpuShares, configuration.DockerPidsLimit));
        Assert.Equal((60, 0, 1800), (configuration.LockLease.TotalSeconds, configuration.LockWait.TotalSeconds, configuration.AgentLease.TotalSeconds));
        Assert.Equal(34, configuration.Entries.Count);
        Assert.All(configuration.Entries.Skip(1), entry => Assert.Equal("default", entry.Source));
        Assert.Empty(_folder.Warnings);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.DataRoot)); // loading writes nothing
    }

    [Fact]
    public void Load_each_source_goes_before_the_next()
    {
        var file = _folder.Write("opencode-tasks.json", """{ "docker": { "image": "file:1" }, "database": { "synchronous": "normal" } }""");
        Assert.Equal("file:1", _folder.Load().DockerImage);
        Assert.Equal($"file {file}", Entry(_folder.Load(), "docker.image").Source);

        _folder.Variables["OPENCODE_DOCKER_IMAGE"] = "environment:1";
        _folder.Variables["OPENCODE_DB_SYNCHRONOUS"] = "FULL";
        Assert.Equal("environment:1", _folder.Load().DockerImage);
        Assert.Equal("environment OPENCODE_DOCKER_IMAGE", Entry(_folder.Load(), "docker.image").Source);
        Assert.True(_folder.Load().SynchronousFull);

        var configuration = ConfigurationLoader.Load(_folder.Sources with { DockerImage = "parameter:1", Synchronous = "normal" });
        Assert.Equal("parameter:1", configuration.DockerImage);
        Assert.Equal("parameter", Entry(configuration, "docker.image").Source);
        Assert.False(configuration.SynchronousFull);
    }

    [Fact]
    public void Load_the_first_file_of_the_order_counts_alone()
    {
        _folder.Write("data/config.json", """{ "mcp": { "port": 4 } }""");
        Assert.Equal(4, _folder.Load().McpPort);

        _folder.Write("config.json", """{ "mcp": { "port": 3 } }""");
        Assert.Equal(3, _folder.Load().McpPort);

        _folder.Write("opencode-tasks.json", """{ "mcp": { "host": "127.0.0.1" } }""");
        Assert.Equal((3000, "127.0.0.1"), (_folder.Load().McpPort, _folder.Load().McpHost)); // files are not merged

        _folder.Write("named/by-environment.json", """{ "mcp": { "port": 2 } }""");
        _folder.Variables["OPENCODE_TASKS_CONFIG"] = "named/by-environment.json";
        Assert.Equal(2, _folder.Load().McpPort);

        _folder.Write("named/by-parameter.json", """{ "mcp": { "port": 1 } }""");
        Assert.Equal(1, ConfigurationLoader.Load(_folder.Sources with { ConfigurationFile = "named/by-parameter.json" }).McpPort);
    }

    [Theory]
    [InlineData("""{ "name": "somebody else's", "port": 80 }""")]
    [InlineData("[1, 2]")]
    public void Load_somebody_elses_config_json_is_passed_over_and_said(string text)
    {
        var file = _folder.Write("config.json", text);
        _folder.Write("data/config.json", """{ "mcp": { "port": 4 } }""");

        Assert.Equal(4, _folder.Load().McpPort);
        Assert.Contains(_folder.Verbose, message => message.Contains(file, StringComparison.Ordinal) && message.Contains("passed over", StringComparison.Ordinal));
    }

    [Fact]
    public void Load_the_seeds_own_file_works_unchanged()
    {
        var file = _folder.Write("config.json", SeedConfiguration);
        _folder.Variables.Remove("OPENCODE_DATA");
        _folder.Variables["OPENCODE_TASKS_CONFIG"] = file;

        var configuration = _folder.Load();

        Assert.Equal(Path.Combine(_folder.Here, "data"), configuration.DataRoot);
        Assert.Equal(Path.Combine(_folder.Here, "data", "opencode.db"), configuration.DatabaseFile);
        Assert.Equal(Path.GetFullPath("/var/run/docker.sock"), configuration.DockerEndpoint);
        Assert.Contains(_folder.Verbose, message => message.Contains("'logging'", StringComparison.Ordinal));
        Assert.Empty(_folder.Warnings);
    }

    [Fact]
    public void Load_comments_trailing_commas_nulls_and_a_byte_order_mark_are_allowed()
    {
        _folder.Write("opencode-tasks.json", "\uFEFF{ // ours\n \"mcp\": { \"port\": 5, }, \"database\": { \"connectionString\": null }, \"locks\": null, }");

        Assert.Equal(5, _folder.Load().McpPort);
        Assert.Null(_folder.Load().ConnectionString);
    }

    [Fact]
    public void Load_relative_paths_count_from_where_they_are_written()
    {
        _folder.Variables.Remove("OPENCODE_DATA");
        var file = _folder.Write("sub/some.json", """{ "dataRoot": "d", "database": { "path": "../x.db" }, "docker": { "socketPath": "run/docker.sock" } }""");
        var named = _folder.Sources with { ConfigurationFile = file };

        var configuration = ConfigurationLoader.Load(named);
        Assert.Equal(Path.Combine(_folder.Here, "sub", "d"), configuration.DataRoot);
        Assert.Equal(Path.Combine(_folder.Here, "x.db"), configuration.DatabaseFile);
        Assert.Equal(Path.Combine(_folder.Here, "sub", "run", "docker.sock"), configuration.DockerEndpoint);

        _folder.Variables["OPENCODE_DB_PATH"] = "e.db";
        Assert.Equal(Path.Combine(_folder.Here, "e.db"), ConfigurationLoader.Load(named).DatabaseFile);
        Assert.Equal(Path.Combine(_folder.Here, "p"), ConfigurationLoader.Load(named with { DataRoot = "p" }).DataRoot);
    }

    [Fact]
    public void Load_without_a_data_root_takes_the_platforms_place()
    {
        _folder.Variables.Clear();
        _folder.Variables["HOME"] = _folder.Here;
        _folder.Variables["USERPROFILE"] = _folder.Here;
        var expected = OperatingSystem.IsWindows() ? Path.Combine("AppData", "Local") : OperatingSystem.IsMacOS() ? Path.Combine("Library", "Application Support") : Path.Combine(".local", "share");
        Assert.Equal(Path.Combine(_folder.Here, expected, "opencode-tasks"), _folder.Load().DataRoot);

        _folder.Variables["OPENCODE_DATA"] = "~/elsewhere";
        Assert.Equal(Path.Combine(_folder.Here, "elsewhere"), _folder.Load().DataRoot);
    }

    [Fact]
    public void Load_on_linux_honours_an_absolute_data_home_only()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "XDG_DATA_HOME is Linux's.");
        _folder.Variables.Clear();
        _folder.Variables["HOME"] = _folder.Here;
        _folder.Variables["XDG_DATA_HOME"] = "/srv/data";
        Assert.Equal("/srv/data/opencode-tasks", _folder.Load().DataRoot);

        _folder.Variables["XDG_DATA_HOME"] = "relative";
        Assert.Equal(Path.Combine(_folder.Here, ".local/share/opencode-tasks"), _folder.Load().DataRoot);
    }

    [Fact]
    public void Load_the_engines_endpoint_comes_from_our_variable_then_dockers()
    {
        _folder.Variables["DOCKER_HOST"] = "tcp://engine:2375";
        Assert.Equal("tcp://engine:2375", _folder.Load().DockerEndpoint);
        Assert.Equal("environment DOCKER_HOST", Entry(_folder.Load(), "docker.socketPath").Source);

        _folder.Variables["OPENCODE_DOCKER_SOCKET"] = "unix:///run/other.sock";
        Assert.Equal("unix:///run/other.sock", _folder.Load().DockerEndpoint);

        Assert.Equal("npipe://./pipe/x", ConfigurationLoader.Load(_folder.Sources with { DockerEndpoint = "npipe://./pipe/x" }).DockerEndpoint);
    }

    [Fact]
    public void Load_an_empty_variable_counts_as_not_set()
    {
        _folder.Variables["OPENCODE_DOCKER_IMAGE"] = "";
        _folder.Variables["OPENCODE_MCP_PORT"] = null;

        Assert.Equal(("debian:stable-slim", 3000), (_folder.Load().DockerImage, _folder.Load().McpPort));
    }

    [Fact]
    public void Load_a_connection_string_is_masked_in_entries_and_messages()
    {
        _folder.Variables["OPENCODE_DATABASE_URL"] = "postgres://user:hunter2@host/db";

        var configuration = _folder.Load();

        Assert.Equal("postgres://user:hunter2@host/db", configuration.ConnectionString);
        Assert.Equal("********", Entry(configuration, "database.connectionString").Value);
        Assert.DoesNotContain(configuration.Entries, entry => $"{entry.Value}".Contains("hunter2", StringComparison.Ordinal));

        _folder.Variables.Remove("OPENCODE_DATABASE_URL");
        _folder.Write("opencode-tasks.json", """{ "database": { "connectionString": ["hunter2"] } }""");
        Assert.DoesNotContain("hunter2", _folder.Refused().Message, StringComparison.Ordinal);
    }

    private static ConfigurationEntry Entry(OpenCodeConfiguration configuration, string key) => configuration.Entries.Single(entry => entry.Key == key);
}

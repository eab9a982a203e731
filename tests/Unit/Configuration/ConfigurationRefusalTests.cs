namespace OpenCode.Tests.Unit.Configuration;

public sealed class ConfigurationRefusalTests : IDisposable
{
    private readonly ConfigurationFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("""{ "database": { "enableWal": true } }""", "database.enableWal", "enableWAL")]
    [InlineData("""{ "docker": { "defaultResourceLimits": { "cpu": 1 } } }""", "docker.defaultResourceLimits.cpu", "cpuShares")]
    [InlineData("""{ "locks": { "leaseSecond": 1 } }""", "locks.leaseSecond", "leaseSeconds, waitSeconds, agentLeaseSeconds")]
    [InlineData("""{ "mcp": [] }""", "'mcp'", "port, host")]
    [InlineData("""{ "mcp": { "port": "3000" } }""", "mcp.port", "a whole number from 0 to 65535")]
    [InlineData("""{ "mcp": { "port": 65536 } }""", "mcp.port", "from 0 to 65535")]
    [InlineData("""{ "mcp": { "port": 1.5 } }""", "mcp.port", "whole number")]
    [InlineData("""{ "mcp": { "host": "two words" } }""", "mcp.host", "name or address")]
    [InlineData("""{ "database": { "enableWAL": "yes" } }""", "database.enableWAL", "true or false")]
    [InlineData("""{ "database": { "synchronous": "off" } }""", "database.synchronous", "normal or full")]
    [InlineData("""{ "database": { "cacheSize": 0 } }""", "database.cacheSize", "from 10")]
    [InlineData("""{ "database": { "path": "" } }""", "database.path", "a path")]
    [InlineData("""{ "database": { "path": "\ud800" } }""", "", "not valid Unicode")]
    [InlineData("""{ "docker": { "defaultResourceLimits": { "memory": 5 } } }""", "docker.defaultResourceLimits.memory", "from 6")]
    [InlineData("""{ "docker": { "defaultResourceLimits": { "pidsLimit": -1 } } }""", "docker.defaultResourceLimits.pidsLimit", "from 1")]
    [InlineData("""{ "docker": { "defaultResourceLimits": { "cpuShares": 1 } } }""", "docker.defaultResourceLimits.cpuShares", "from 2 to 262144")]
    [InlineData("""{ "docker": { "allowedImages": "debian" } }""", "docker.allowedImages", "a list")]
    [InlineData("""{ "docker": { "allowedImages": ["--privileged"] } }""", "docker.allowedImages", "images' names")]
    [InlineData("""{ "docker": { "image": "-v" } }""", "docker.image", "debian:stable-slim")]
    [InlineData("""{ "docker": { "socketPath": "gopher://x" } }""", "docker.socketPath", "unix://")]
    [InlineData("""{ "docker": { "networkPrefix": "a b" } }""", "docker.networkPrefix", "1 to 32")]
    [InlineData("""{ "locks": { "waitSeconds": -1 } }""", "locks.waitSeconds", "from 0")]
    [InlineData("""{ "mcp": { "port": 1 }, "mcp": { "port": 2 } }""", "mcp.port", "twice")]
    public void Load_a_bad_key_or_value_names_the_file_the_key_and_what_is_allowed(string text, string key, string allowed)
    {
        var file = _folder.Write("opencode-tasks.json", text);

        var message = _folder.Refused().Message;

        Assert.Contains(file, message, StringComparison.Ordinal);
        Assert.Contains(key, message, StringComparison.Ordinal);
        Assert.Contains(allowed, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("opencode-tasks.json")]
    [InlineData("config.json")]
    public void Load_malformed_json_names_the_line(string name)
    {
        var file = _folder.Write(name, "{\n  \"mcp\": {\n    \"port\": x\n  }\n}");

        var message = _folder.Refused().Message;

        Assert.Contains(file, message, StringComparison.Ordinal);
        Assert.Contains("line 3", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_a_value_that_a_parameter_goes_before_is_checked_all_the_same()
    {
        _folder.Write("opencode-tasks.json", """{ "docker": { "image": 1 } }""");

        Assert.Contains("docker.image", _folder.Refused(_folder.Sources with { DockerImage = "good:1" }).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("OPENCODE_DB_WAL", "maybe", "true or false")]
    [InlineData("OPENCODE_DB_SYNCHRONOUS", "extra", "normal or full")]
    [InlineData("OPENCODE_MCP_PORT", "http", "a whole number")]
    [InlineData("OPENCODE_DOCKER_IMAGE", "a b", "image")]
    [InlineData("OPENCODE_DOCKER_NETWORK_PREFIX", "-", "letters")]
    public void Load_a_bad_variable_is_named(string variable, string value, string allowed)
    {
        _folder.Variables[variable] = value;

        var message = _folder.Refused().Message;

        Assert.Contains(variable, message, StringComparison.Ordinal);
        Assert.Contains(value, message, StringComparison.Ordinal);
        Assert.Contains(allowed, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_a_bad_parameter_is_named() =>
        Assert.Contains("database.synchronous", _folder.Refused(_folder.Sources with { Synchronous = "off" }).Message, StringComparison.Ordinal);

    [Fact]
    public void Load_a_named_file_that_is_not_there_is_refused()
    {
        _folder.Variables["OPENCODE_TASKS_CONFIG"] = "missing.json";

        Assert.Contains(Path.Combine(_folder.Here, "missing.json"), _folder.Refused().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_a_file_over_the_limit_is_refused_when_it_is_ours_and_passed_over_when_it_may_be_anybodys()
    {
        var large = "{ \"mcp\": { \"port\": 9 } }" + new string(' ', 1024 * 1024);
        _folder.Write("config.json", large);
        Assert.Equal(3000, _folder.Load().McpPort);

        _folder.Write("opencode-tasks.json", large);
        Assert.Contains("1048576 bytes", _folder.Refused().Message, StringComparison.Ordinal);
    }
}

using System.Security.Cryptography;
using System.Text.Json;
using OpenCode.Tests.Integration.Hosting;

namespace OpenCode.Tests.Integration.Cmdlets;

[Collection(HostingCollection.Name)]
public sealed class ConfigurationCmdletTests
{
    private static readonly string Host = Path.Combine(ModuleShell.ModuleFolder, "mcp", "OpenCode.McpHost.dll");

    [Theory]
    [InlineData("", "mcpServers", null)]
    [InlineData("Generic", "mcpServers", null)]
    [InlineData("ClaudeDesktop", "mcpServers", null)]
    [InlineData("Cursor", "mcpServers", null)]
    [InlineData("ClaudeCode", "mcpServers", "stdio")]
    [InlineData("VSCode", "servers", "stdio")]
    public void Mcp_ofAClient_isItsForm(string client, string section, string? type)
    {
        using var shell = ModuleShell.Connected();
        using var json = JsonDocument.Parse(shell.One<string>($"Get-OcMcpConfiguration {client}"));
        Assert.Equal([section], json.RootElement.EnumerateObject().Select(static m => m.Name));
        var server = json.RootElement.GetProperty(section).GetProperty("opencode-tasks");
        Assert.Equal(type, server.TryGetProperty("type", out var given) ? given.GetString() : null);
        Assert.Equal("dotnet", server.GetProperty("command").GetString());
        Assert.Equal([Host, "--data", shell.Folder], server.GetProperty("args").EnumerateArray().Select(static a => a.GetString()));
        Assert.False(server.TryGetProperty("env", out _));
        Assert.True(File.Exists(Host));
    }

    [Fact]
    public void Mcp_ofOpenCode_isItsForm()
    {
        using var shell = ModuleShell.Connected();
        using var json = JsonDocument.Parse(shell.One<string>("Get-OcMcpConfiguration -Client OpenCode -Name tasks"));
        var server = json.RootElement.GetProperty("mcp").GetProperty("tasks");
        Assert.Equal("local", server.GetProperty("type").GetString());
        Assert.Equal(["dotnet", Host, "--data", shell.Folder], server.GetProperty("command").EnumerateArray().Select(static a => a.GetString()));
        Assert.False(server.TryGetProperty("args", out _));
        Assert.True(server.GetProperty("enabled").GetBoolean());
    }

    [Fact]
    public void Mcp_withAllTools_saysSoToTheHost()
    {
        using var shell = ModuleShell.Connected();
        Assert.Equal([Host, "--data", shell.Folder, "--tools", "all"], Arguments("-Tools All"));
        Assert.Equal([Host, "--data", shell.Folder], Arguments("-Tools Core"));

        string?[] Arguments(string parameters)
        {
            using var json = JsonDocument.Parse(shell.One<string>($"Get-OcMcpConfiguration {parameters}"));
            return [.. json.RootElement.GetProperty("mcpServers").GetProperty("opencode-tasks").GetProperty("args").EnumerateArray().Select(static a => a.GetString())];
        }
    }

    [Fact]
    public void Mcp_ofADatabaseElsewhere_namesIt()
    {
        using var shell = ModuleShell.Imported();
        shell.Run($"$null = Connect-OcStore '{shell.Folder}/data' -Database '{shell.Folder}/other.db'");
        Assert.Equal([Path.Combine(shell.Folder, "other.db")], Environment("Generic", "mcpServers", "env"));
        Assert.Equal([Path.Combine(shell.Folder, "other.db")], Environment("OpenCode", "mcp", "environment"));

        string?[] Environment(string client, string section, string name)
        {
            using var json = JsonDocument.Parse(shell.One<string>($"Get-OcMcpConfiguration {client}"));
            return [json.RootElement.GetProperty(section).GetProperty("opencode-tasks").GetProperty(name).GetProperty("OPENCODE_DB_PATH").GetString()];
        }
    }

    [Theory]
    [InlineData("", "mcpServers", "http", "<token>")]
    [InlineData("ClaudeCode", "mcpServers", "http", "${OPENCODE_MCP_TOKEN}")]
    [InlineData("Cursor", "mcpServers", null, "${env:OPENCODE_MCP_TOKEN}")]
    [InlineData("VSCode", "servers", "http", "${input:opencode-mcp-token}")]
    [InlineData("OpenCode", "mcp", "remote", "{env:OPENCODE_MCP_TOKEN}")]
    public void Mcp_overHttp_isTheClientsForm_andNamesATokenWhereOneIsAsked(string client, string section, string? type, string reference)
    {
        using var shell = ModuleShell.Imported();
        File.WriteAllText(Path.Combine(shell.Folder, "opencode-tasks.json"), """{ "dataRoot": "data", "mcp": { "host": "0.0.0.0", "port": 4711 } }""");
        shell.Run($"$null = $ExecutionContext.SessionState.Path.SetLocation('{shell.Folder}')");

        var (open, _) = Server("");
        Assert.Equal(("http://localhost:4711/mcp", type), (open.GetProperty("url").GetString(), open.TryGetProperty("type", out var given) ? given.GetString() : null));
        Assert.False(open.TryGetProperty("headers", out _));
        Assert.False(open.TryGetProperty("command", out _));

        var token = shell.One<McpToken>("New-OcMcpToken ada");
        var (asks, root) = Server("");
        Assert.Equal($"Bearer {reference}", asks.GetProperty("headers").GetProperty("Authorization").GetString());
        Assert.Equal(client == "VSCode", root.TryGetProperty("inputs", out _));

        var (shows, _) = Server($"-Token {token.Token}");
        Assert.Equal($"Bearer {token.Token}", shows.GetProperty("headers").GetProperty("Authorization").GetString());

        (JsonElement Server, JsonElement Root) Server(string parameters)
        {
            var json = JsonDocument.Parse(shell.One<string>($"Get-OcMcpConfiguration {client} -Http {parameters}")).RootElement;
            return (json.GetProperty(section).GetProperty("opencode-tasks"), json);
        }
    }

    [Theory]
    [InlineData("ClaudeDesktop -Http", "NotSupported")]
    [InlineData("-Token x", "InvalidArgument")]
    public void Mcp_overHttp_thatCannotBe_isSaid(string parameters, string error)
    {
        using var shell = ModuleShell.Connected();
        Assert.Equal(error, Assert.Single(shell.Try($"Get-OcMcpConfiguration {parameters}").Errors).FullyQualifiedErrorId.Split(',')[0]);
    }

    [Fact]
    public void Mcp_opensNoStore()
    {
        using var shell = ModuleShell.Imported();
        File.WriteAllText(Path.Combine(shell.Folder, "opencode-tasks.json"), """{ "dataRoot": "data" }""");
        Assert.Contains(JsonEncodedText.Encode(Path.Combine(shell.Folder, "data"), System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString(), shell.One<string>($"$null = $ExecutionContext.SessionState.Path.SetLocation('{shell.Folder}'); Get-OcMcpConfiguration"));
        Assert.False(Directory.Exists(Path.Combine(shell.Folder, "data")));
    }

    [Fact]
    public void Approve_letsTheKeysCount_untilTheFileChanges()
    {
        using var shell = ModuleShell.Imported();
        WithDataRoot(shell, () =>
        {
            var file = Path.Combine(shell.Folder, "opencode-tasks.json");
            File.WriteAllText(file, """{ "docker": { "socketPath": "/somewhere/docker.sock", "allowedImages": ["a", "b"], "image": "a" } }""");
            shell.Run($"$null = $ExecutionContext.SessionState.Path.SetLocation('{shell.Folder}')");
            const string Socket = "Get-OcConfiguration 3>$null | ? Key -eq docker.socketPath | % Value";
            Assert.DoesNotContain("/somewhere/docker.sock", shell.Texts(Socket));

            // A host that cannot ask refuses, and -WhatIf says which keys it is about.
            Assert.NotEmpty(shell.Try("Approve-OcConfiguration").Errors);
            Assert.Empty(shell.Run("Approve-OcConfiguration -WhatIf"));
            Assert.DoesNotContain("/somewhere/docker.sock", shell.Texts(Socket));

            var digest = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)));
            Assert.Equal([$"{file} {digest} docker.socketPath,docker.allowedImages"], shell.Texts("$a = Approve-OcConfiguration -Confirm:$false; \"$($a.Path) $($a.Sha256) $($a.Keys -join ',')\""));
            Assert.Equal(["/somewhere/docker.sock"], shell.Texts(Socket));

            File.AppendAllText(file, "\n");
            Assert.DoesNotContain("/somewhere/docker.sock", shell.Texts(Socket));
            Assert.Single(shell.Run("Approve-OcConfiguration ./opencode-tasks.json -Confirm:$false"));
            Assert.Equal(["/somewhere/docker.sock"], shell.Texts(Socket));
        });
    }

    [Fact]
    public void Approve_ofNoFileOrAnotherProgramsFile_isRefused()
    {
        using var shell = ModuleShell.Imported();
        WithDataRoot(shell, () =>
        {
            shell.Run($"$null = $ExecutionContext.SessionState.Path.SetLocation('{shell.Folder}')");
            Assert.StartsWith("InvalidArgument,", shell.Error("Approve-OcConfiguration -Confirm:$false").FullyQualifiedErrorId);
            Assert.StartsWith("InvalidArgument,", shell.Error("Approve-OcConfiguration ./none.json -Confirm:$false").FullyQualifiedErrorId);
            File.WriteAllText(Path.Combine(shell.Folder, "config.json"), """{ "somebody": "else" }""");
            Assert.StartsWith("InvalidArgument,", shell.Error("Approve-OcConfiguration -Confirm:$false").FullyQualifiedErrorId);
            File.WriteAllText(Path.Combine(shell.Folder, "bad.json"), """{ "docker": { "sockets": 1 } }""");
            Assert.StartsWith("InvalidArgument,", shell.Error("Approve-OcConfiguration ./bad.json -Confirm:$false").FullyQualifiedErrorId);
            Assert.False(File.Exists(Path.Combine(shell.Folder, "data", "trusted.json")));
        });
    }

    [Theory]
    [InlineData("Set-OcTask $t -Name y -Version 99")]
    [InlineData("Set-OcTask $t -Name y -ExpectedVersion 99")]
    [InlineData("Set-OcTaskState $t @{ a = 1 } -Version 99")]
    [InlineData("Set-OcTaskState $t @{ a = 1 } -ExpectedVersion 99")]
    public void Version_thatIsNotThePresentOne_isAConflictThatNamesBoth(string script)
    {
        using var shell = ModuleShell.Connected();
        var id = shell.One<string>("$t = New-OcTask x; $t | Set-OcTask -Priority 3; $t.Id");
        var error = shell.Error(script);
        Assert.StartsWith("VersionConflict,", error.FullyQualifiedErrorId);
        Assert.Equal(id, error.TargetObject);
        Assert.Contains("version 2", error.ToString());
        Assert.Contains("version 99", error.ToString());
        Assert.Equal(["x 2 {}"], shell.Texts("$now = Get-OcTask $t; \"$($now.Name) $($now.Version) $((Get-OcTaskState $t).Data)\""));
        Assert.Equal(["3", "4"], shell.Texts("(Set-OcTask $t -Priority 4 -Version 2 -PassThru).Version; (Set-OcTaskState $t @{ a = 1 } -Version 3 -PassThru).Version"));
    }

    [Fact]
    public void Version_ofAPipedObject_doesNotMakeTheChangeConditional()
    {
        using var shell = ModuleShell.Connected();
        Assert.Equal(["3"], shell.Texts("$old = New-OcTask x; $old | Set-OcTask -Priority 1; ($old | Set-OcTask -Priority 2 -PassThru).Version"));
        Assert.Equal(["5"], shell.Texts("$state = Get-OcTaskState $old; $state | Set-OcTaskState @{ a = 1 }; ($state | Set-OcTaskState @{ b = 1 } -PassThru).Version"));
    }

    private static void WithDataRoot(ModuleShell shell, Action work)
    {
        using var data = new ProcessVariable("OPENCODE_DATA", Path.Combine(shell.Folder, "data"));

        // Where an engine is, the environment names it, and would go before the file.
        using var socket = new ProcessVariable("OPENCODE_DOCKER_SOCKET", null);
        using var host = new ProcessVariable("DOCKER_HOST", null);
        work();
    }
}

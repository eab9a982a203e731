using OpenCode.Configuration;
using OpenCode.Tests.Integration.Hosting;

namespace OpenCode.Tests.Integration.Cmdlets;

[Collection(HostingCollection.Name)]
public sealed class McpTokenTests
{
    [Fact]
    public void New_showsTheSecretOnce_andKeepsItNowhere()
    {
        using var shell = ModuleShell.Connected();
        var made = shell.One<McpToken>("New-OcMcpToken ada Admin -Days 2 -Description 'of the agents'");

        Assert.Matches("^oct_[A-Za-z0-9_-]{43}$", made.Token);
        Assert.Equal(("ada", McpScope.Admin, "of the agents", made.CreatedAt.AddDays(2)), (made.Owner, made.Scope, made.Description, made.ExpiresAt));
        Assert.Equal(made with { Token = null }, shell.One<McpToken>("Get-OcMcpToken"));
        Assert.Equal([made.Id], shell.Texts("\"$(Get-OcMcpToken)\""));
        Assert.DoesNotContain(Directory.EnumerateFiles(shell.Folder, "mcp-tokens*", SearchOption.AllDirectories), file => File.ReadAllText(file).Contains(made.Token!, StringComparison.Ordinal));
        Assert.Equal(made.Id, new AccessTokens(shell.Folder, TimeProvider.System).Find(made.Token!)?.Id);
    }

    [Fact]
    public void New_withoutMore_mayWriteAndDoesNotEnd()
    {
        using var shell = ModuleShell.Connected();
        var made = shell.One<McpToken>("New-OcMcpToken ada");
        Assert.Equal((McpScope.Write, null, null), (made.Scope, made.ExpiresAt, made.Description));
    }

    [Fact]
    public void Get_findsByIdAndOwner_oldestFirst()
    {
        using var shell = ModuleShell.Connected();
        var (ada, bob) = (shell.One<McpToken>("New-OcMcpToken ada Read"), shell.One<McpToken>("New-OcMcpToken bob Read"));

        Assert.Equal([ada.Id, bob.Id], Ids("Get-OcMcpToken"));
        Assert.Equal([bob.Id], Ids("Get-OcMcpToken -Owner B*"));
        Assert.Equal([ada.Id], Ids($"Get-OcMcpToken {ada.Id}"));
        Assert.Empty(Ids("Get-OcMcpToken -Owner nobody"));

        string[] Ids(string script) => [.. shell.Run(script).Select(static found => ((McpToken)found.BaseObject).Id)];
    }

    [Fact]
    public void Remove_fromThePipeline_takesThemBack_andLeavesTheOthers()
    {
        using var shell = ModuleShell.Connected();
        var (ada, bob) = (shell.One<McpToken>("New-OcMcpToken ada"), shell.One<McpToken>("New-OcMcpToken bob"));
        shell.Run("Get-OcMcpToken -Owner ada | Remove-OcMcpToken");

        var tokens = new AccessTokens(shell.Folder, TimeProvider.System);
        Assert.Null(tokens.Find(ada.Token!));
        Assert.Equal(bob.Id, tokens.Find(bob.Token!)?.Id);
        Assert.Equal("InvalidArgument", Assert.Single(shell.Try($"Remove-OcMcpToken {ada.Id}").Errors).FullyQualifiedErrorId.Split(',')[0]);
    }

    [Theory]
    [InlineData("New-OcMcpToken 'a b\n'")]
    [InlineData("New-OcMcpToken ada -Description (\"x`ny\")")]
    public void New_ofWhatIsNoName_isRefused_andMakesNothing(string script)
    {
        using var shell = ModuleShell.Connected();
        Assert.Equal("InvalidArgument", Assert.Single(shell.Try(script).Errors).FullyQualifiedErrorId.Split(',')[0]);
        Assert.Empty(shell.Run("Get-OcMcpToken"));
    }

    [Fact]
    public void List_thatCannotBeRead_isToldByItsName()
    {
        using var shell = ModuleShell.Connected();
        var file = Path.Combine(shell.Folder, "mcp-tokens.json");
        File.WriteAllText(file, "");
        var error = Assert.Single(shell.Try("Get-OcMcpToken").Errors);
        Assert.Equal("StateCorrupt", error.FullyQualifiedErrorId.Split(',')[0]);
        Assert.Contains(file, error.ToString(), StringComparison.Ordinal);
    }
}

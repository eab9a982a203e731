using OpenCode.Configuration;

namespace OpenCode.Tests.Unit.Configuration;

public sealed class AccessTokensTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("opencode-tokens-");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string List => Path.Combine(_folder.FullName, "mcp-tokens.json");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Token_taken_back_within_a_tick_of_the_clock_by_a_change_of_the_same_length_is_refused()
    {
        var (host, operate) = (Tokens(), Tokens());
        var first = await operate.CreateAsync("ada", McpScope.Admin, null, null, Token);
        Assert.Equal(first.Id, host.Find(first.Token!)?.Id);
        var (written, length) = (File.GetLastWriteTimeUtc(List), new FileInfo(List).Length);

        await operate.RemoveAsync(first.Id, Token);
        var second = await operate.CreateAsync("ada", McpScope.Admin, null, null, Token);
        File.SetLastWriteTimeUtc(List, written);

        Assert.Equal((written, length), (File.GetLastWriteTimeUtc(List), new FileInfo(List).Length));
        Assert.Null(host.Find(first.Token!));
        Assert.Equal(second.Id, host.Find(second.Token!)?.Id);
    }

    [Fact]
    public async Task Tokens_are_asked_for_from_the_first_on_and_after_the_last()
    {
        var tokens = Tokens();
        Assert.Equal((false, false), (tokens.AreAsked, tokens.Any));

        var token = await tokens.CreateAsync("ada", McpScope.Read, null, null, Token);
        Assert.Equal((true, true), (tokens.AreAsked, tokens.Any));

        await tokens.RemoveAsync(token.Id, Token);
        Assert.Equal((true, false), (tokens.AreAsked, tokens.Any));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("""{"tokens":[{"id":5}]}""")]
    public void List_that_is_damaged_lets_nobody_in_and_is_named(string text)
    {
        File.WriteAllText(List, text);

        var e = Assert.Throws<OpenCodeException>(() => Tokens().Find("oct_x"));

        Assert.Equal(OpenCodeError.StateCorrupt, e.Error);
        Assert.Contains(List, e.Message, StringComparison.Ordinal);
        Assert.True(Tokens().AreAsked);
    }

    private AccessTokens Tokens() => new(_folder.FullName, TimeProvider.System);
}

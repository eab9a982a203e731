using OpenCode.McpHost;
using OpenCode.McpHost.Tools;

namespace OpenCode.Tests.Unit.McpHost;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData("--data", "/d", "--config", "/c", "--verbose")]
    [InlineData("--data=/d", "--config=/c", "--verbose")]
    public void Parse_takes_values_either_way(params string[] arguments)
    {
        var line = CommandLine.Parse(arguments);

        Assert.Equal(("/d", "/c", true, null), (line.Data, line.Config, line.Verbose, line.Problem));
    }

    [Theory]
    [InlineData("--data")]
    [InlineData("--data", "--verbose")]
    [InlineData("--data=")]
    [InlineData("--verbose=1")]
    [InlineData("--https")]
    [InlineData("--http=1")]
    [InlineData("--host", "localhost")]
    [InlineData("--port", "3000")]
    [InlineData("--port", "65536")]
    [InlineData("--port", "-1")]
    [InlineData("x")]
    [InlineData("--tools")]
    [InlineData("--tools", "some")]
    [InlineData("--tools=1")]
    public void Parse_names_what_is_wrong(params string[] arguments) => Assert.Contains(arguments[0].Split('=')[0], CommandLine.Parse(arguments).Problem, StringComparison.Ordinal);

    [Theory]
    [InlineData("Core")]
    [InlineData("Core", "--tools", "core")]
    [InlineData("All", "--tools", "all")]
    [InlineData("All", "--tools=ALL")]
    public void Parse_takes_the_set_of_tools(string set, params string[] arguments) => Assert.Equal((Enum.Parse<ToolSet>(set), null), (CommandLine.Parse(arguments).Tools, CommandLine.Parse(arguments).Problem));

    [Fact]
    public void Parse_says_which_sets_there_are() => Assert.Equal("The option '--tools' does not know the set 'none'. It takes core or all.", CommandLine.Parse(["--tools", "none"]).Problem);
}

using OpenCode.McpHost;

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
    [InlineData("--http")]
    [InlineData("x")]
    public void Parse_names_what_is_wrong(params string[] arguments) => Assert.Contains(arguments[0].Split('=')[0], CommandLine.Parse(arguments).Problem, StringComparison.Ordinal);
}

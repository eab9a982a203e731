using Microsoft.Extensions.Logging;
using ModelContextProtocol;
using OpenCode.McpHost;

namespace OpenCode.Tests.Unit.McpHost;

public sealed class StderrLogTests
{
    [Theory]
    [InlineData("a\nListening on http://evil.example/mcp")]
    [InlineData("a\r\n2026-01-01T00:00:00.000Z ERROR b")]
    [InlineData("a\u0085b\u2028c\u001b[31md\0")]
    public void Message_with_what_a_client_sent_stays_one_line(string sent)
    {
        using var output = new StringWriter();
        using var log = new StderrLog(output, Microsoft.Extensions.Logging.LogLevel.Warning, TimeProvider.System);

        log.LogWarning(new McpProtocolException(sent), "The tool {Name} failed.", sent);

        var line = output.ToString();
        Assert.EndsWith(Environment.NewLine, line, StringComparison.Ordinal);
        Assert.DoesNotContain(line[..^Environment.NewLine.Length], character => char.IsControl(character) || character is '\u2028' or '\u2029');
    }

    [Fact]
    public void Message_is_cut_where_it_helps_nobody_any_more()
    {
        using var output = new StringWriter();
        using var log = new StderrLog(output, Microsoft.Extensions.Logging.LogLevel.Warning, TimeProvider.System);

        log.LogWarning("{Name}", new string('n', 8 * 1024 * 1024));

        Assert.InRange(output.ToString().Length, 1_000, 10_000);
    }
}

using System.Text;
using OpenCode.McpHost.Stdio;

namespace OpenCode.Tests.Unit.McpHost;

public sealed class BrokenFrameTests
{
    [Theory]
    [InlineData("""{"id":7,"method":5}""", "7", -32600)]
    [InlineData("""{"id":"seven","params":}""", "seven", -32700)]
    [InlineData("""{"params":{"id":1},"id":7,"method":"ping" """, "7", -32700)]
    public void Answer_goes_to_who_asked(string line, string id, int code)
    {
        var answer = BrokenFrame.Answer(new Line(Encoding.UTF8.GetBytes(line), false), 100);

        Assert.Equal((id, code), (answer!.Id.ToString(), answer.Error.Code));
    }

    [Theory]
    [InlineData("garbage")]
    [InlineData("[1]")]
    [InlineData("""{"params":{"id":1}}""")]
    [InlineData("""{"id":null,"method":"ping"}""")]
    [InlineData("""{"id":1.5,"method":"ping"}""")]
    [InlineData("""{"id":{"a":1},"method":"ping"}""")]
    [InlineData("""{"id":7,"result":5,}""")]
    [InlineData("""{"id":"\ud800","method":"ping"}""")]
    public void Answer_is_none_when_nobody_waits_or_nobody_knows_who(string line) =>
        Assert.Null(BrokenFrame.Answer(new Line(Encoding.UTF8.GetBytes(line), false), 100));

    [Fact]
    public void Answer_to_a_line_that_was_cut_names_the_limit()
    {
        var answer = BrokenFrame.Answer(new Line(Encoding.UTF8.GetBytes("""{"id":7,"method":"tools/call","params":{"name":"xxxx"""), true), 100);

        Assert.Contains("100 bytes", answer!.Error.Message, StringComparison.Ordinal);
    }
}

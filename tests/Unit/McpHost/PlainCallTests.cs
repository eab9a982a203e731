using System.Text;
using OpenCode.McpHost.Tools;

namespace OpenCode.Tests.Unit.McpHost;

public sealed class PlainCallTests
{
    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"t","arguments":{"taskId":"a"}}}""", 7L)]
    [InlineData("""{"jsonrpc":"2.0","id":"7","method":"tools/call","params":{"name":"t","arguments":{"taskId":"a"}}}""", "7")]
    [InlineData("""{"jsonrpc":"2.0","id":"","method":"tools/call","params":{"name":"t","arguments":{"taskId":"a"}}}""", "")]
    [InlineData(""" { "params" : { "arguments" : { "taskId" : "\u0061" } , "name" : "t" } , "method" : "tools/call" , "id" : -1 , "jsonrpc" : "2.0" } """, -1L)]
    [InlineData("{\"id\":9223372036854775807,\"jsonrpc\":\"2.0\",\"method\":\"tools/call\",\"params\":{\"name\":\"t\",\"arguments\":{\"taskId\":\"a\"}}}\r", long.MaxValue)]
    public void Read_takes_a_call_however_it_is_written(string message, object id)
    {
        var call = PlainCall.Read(Encoding.UTF8.GetBytes(message));

        Assert.NotNull(call);
        Assert.Equal((id, "t"), (call.Id, call.Tool));
        Assert.Equal("a", Assert.Single(call.Arguments).Value.GetString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"tools/call\"")]
    [InlineData("""[{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"t","arguments":{}}}]""")]
    [InlineData("""{"id":7,"method":"tools/call","params":{"name":"t","arguments":{}}}""")]
    [InlineData("""{"jsonrpc":"1.0","id":7,"method":"tools/call","params":{"name":"t","arguments":{}}}""")]
    [InlineData("""{"jsonrpc":2.0,"id":7,"method":"tools/call","params":{"name":"t","arguments":{}}}""")]
    [InlineData("""{"jsonrpc":"2.0","method":"tools/call","params":{"name":"t","arguments":{}}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":null,"method":"tools/call","params":{"name":"t","arguments":{}}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":7.5,"method":"tools/call","params":{"name":"t","arguments":{}}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":9223372036854775808,"method":"tools/call","params":{"name":"t","arguments":{}}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":{},"method":"tools/call","params":{"name":"t","arguments":{}}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"tools/list","params":{"name":"tools/call","arguments":{}}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"tools/call"}""")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"tools/call","params":null}""")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"tools/call","params":[]}""")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"arguments":{}}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":5,"arguments":{}}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"t"}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"t","arguments":null}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"t","arguments":["a"]}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"t","arguments":{"taskId":5}}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"t","arguments":{"taskId":"a","taskId":"b"}}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"t","name":"u","arguments":{}}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"id":8,"method":"tools/call","params":{"name":"t","arguments":{}}}""")]
    [InlineData("""{"jsonrpc":"2.0","jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"t","arguments":{}}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"t","arguments":{},"_meta":{"progressToken":1}}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"t","arguments":{}},"more":1}""")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"t","arguments":{}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"t","arguments":{}}}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"t","arguments":{}}} {}""")]
    [InlineData("""{"jsonrpc":"2.0","id":"\ud800","method":"tools/call","params":{"name":"t","arguments":{}}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"\udc00","arguments":{}}}""")]
    public void Read_leaves_everything_else_to_the_SDK(string message) => Assert.Null(PlainCall.Read(Encoding.UTF8.GetBytes(message)));

    [Fact]
    public void Read_leaves_a_long_message_to_the_SDK()
    {
        static string Message(int length) => $$$$"""{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"{{{{new string('t', length)}}}}","arguments":{}}}""";
        var rest = Message(0).Length;

        Assert.NotNull(PlainCall.Read(Encoding.UTF8.GetBytes(Message(PlainCall.MostBytes - rest))));
        Assert.Null(PlainCall.Read(Encoding.UTF8.GetBytes(Message(PlainCall.MostBytes - rest + 1))));
    }
}

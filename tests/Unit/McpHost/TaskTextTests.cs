using System.Buffers;
using System.Text;
using OpenCode.McpHost.Tools;

namespace OpenCode.Tests.Unit.McpHost;

public sealed class TaskTextTests
{
    [Theory]
    [InlineData("""{"id":"T","name":"n","status":"pending"}""", "Task T \"n\" is pending.")]
    [InlineData("""{"status":"running","description":"d","name":"n","id":"T"}""", "Task T \"n\" is running.\ndescription: d")]
    [InlineData("""{"id":"T","name":"say \"hi\" \\ \u4e16界","status":"failed","error":"one\ntwo"}""", "Task T \"say \"hi\" \\ 世界\" is failed.\nerror: one\ntwo")]
    [InlineData("""{"id":"T","name":"n","status":"running","agents":["ada","bob"],"priority":-3,"dependsOn":["U"]}""", "Task T \"n\" is running.\nagents: ada, bob\npriority: -3\ndependsOn: U")]
    [InlineData("""{"id":"T","name":"n","status":"pending","agents":[],"metadata":{},"image":null,"mode":"exclusive"}""", "Task T \"n\" is pending.\nmode: exclusive")]
    [InlineData("""{"id":"T","name":"n","status":"completed","metadata":{"id":"not the task's","a":[1,{"b":"\"c\""}]},"result":{"success":true,"data":null}}""", "Task T \"n\" is completed.\nmetadata: {\"id\":\"not the task's\",\"a\":[1,{\"b\":\"\\\"c\\\"\"}]}\nresult: {\"success\":true,\"data\":null}")]
    [InlineData("""{ "id" : "T" , "name" : "n" , "status" : "pending" , "metadata" : { } , "agents" : [ ] , "attempt" : 1 }""", "Task T \"n\" is pending.\nattempt: 1")]
    public void Write_says_what_is_set_in_order_with_the_name_first(string task, string text)
    {
        var output = new ArrayBufferWriter<byte>();

        TaskText.Write(Encoding.UTF8.GetBytes(task), output);

        Assert.Equal(text, Encoding.UTF8.GetString(output.WrittenSpan));
    }
}

using System.Text;
using System.Text.Json.Nodes;

namespace OpenCode.Tests.Integration.Mcp;

public sealed class StdioTests : IDisposable
{
    private readonly HostStore _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task Host_ends_with_zero_when_its_input_does()
    {
        using var host = await RawHost.ReadyAsync(_store);
        await host.ResultAsync("list_tasks", []);

        host.CloseInput();

        Assert.Equal((0, "", ""), await host.EndAsync());
    }

    [Fact]
    public async Task Host_that_never_heard_a_word_ends_with_zero_too()
    {
        using var host = RawHost.Start(_store);

        host.CloseInput();

        Assert.Equal((0, "", ""), await host.EndAsync());
    }

    [Fact]
    public async Task Host_answers_what_it_was_asked_before_its_input_ended()
    {
        const int Calls = 30;
        using var host = await RawHost.ReadyAsync(_store);
        for (var i = 0; i < Calls; i++)
        {
            await host.CallAsync("create_task_sandbox", new JsonObject { ["name"] = $"n{i}" });
        }

        host.CloseInput();

        var answered = new HashSet<int>();
        while (await host.NextAsync() is { } message)
        {
            Assert.True(answered.Add(message["id"]!.GetValue<int>()));
            Assert.True(message["result"]!["structuredContent"]!["success"]!.GetValue<bool>());
        }

        Assert.Equal(Enumerable.Range(1, Calls), answered.Order());
        Assert.Equal(0, (await host.EndAsync()).ExitCode);
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task Host_ends_with_zero_when_it_is_asked_to(string signal)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such signal.");
        using var host = await RawHost.ReadyAsync(_store);
        await host.ResultAsync("list_tasks", []);

        host.Signal(signal);

        Assert.Equal((0, "", ""), await host.EndAsync());
    }

    [Fact]
    public async Task Host_goes_on_after_whatever_comes_and_says_nothing_but_messages()
    {
        byte[][] garbage =
        [
            "garbage"u8.ToArray(),
            "{"u8.ToArray(),
            "[]"u8.ToArray(),
            "null"u8.ToArray(),
            "42"u8.ToArray(),
            "\"text\""u8.ToArray(),
            "{}"u8.ToArray(),
            [0xFF, 0xFE, 0x00, 0x80],
            [0x00],
            "   \t\r"u8.ToArray(),
            ""u8.ToArray(),
            """{"jsonrpc":"2.0"}"""u8.ToArray(),
            """{"jsonrpc":"2.0","method":"notifications/none"}"""u8.ToArray(),
            """{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":{"x":1}}}"""u8.ToArray(),
            """{"jsonrpc":"2.0","method":"notifications/cancelled","params":[]}"""u8.ToArray(),
            """{"jsonrpc":"2.0","id":99,"result":{}}"""u8.ToArray(),
            """{"jsonrpc":"2.0","id":null,"method":"ping"}"""u8.ToArray(),
            """{"jsonrpc":"2.0","id":{"a":1},"method":"ping"}"""u8.ToArray(),
            """[{"jsonrpc":"2.0","id":98,"method":"ping"}]"""u8.ToArray(),
            Encoding.UTF8.GetBytes(new string('[', 100_000)),
            Encoding.UTF8.GetBytes(new string('x', 9 * 1024 * 1024)),
        ];
        using var host = await RawHost.ReadyAsync(_store);

        var id = 1000;
        foreach (var bytes in garbage)
        {
            await host.SendBytesAsync([.. bytes, (byte)'\n']);
            await host.SendAsync($$"""{"jsonrpc":"2.0","id":{{++id}},"method":"ping"}""");
            await host.AnswerAsync(id);
        }

        host.CloseInput();
        var (exitCode, output, _) = await host.EndAsync();
        Assert.Equal((0, ""), (exitCode, output));
    }

    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"no/such/method"}""", -32601)]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"make_coffee"}}""", -32602)]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"arguments":{}}}""", -32602)]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":5}}""", -32602)]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"list_tasks","arguments":[1]}}""", -32602)]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"list_tasks","arguments":"x"}}""", -32602)]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"tools/call","params":[]}""", -32602)]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"tools/list","params":"x"}""", -32602)]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"completion/complete"}""", -32602)]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"prompts/get"}""", -32602)]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"resources/read"}""", -32602)]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"resources/subscribe"}""", -32602)]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"resources/unsubscribe"}""", -32602)]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"logging/setLevel"}""", -32602)]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"tools/call"}""", -32602)]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"tools/list","params":{"cursor":5}}""", -32602)]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":5}""", -32600)]
    [InlineData("""{"jsonrpc":"1.0","id":7,"method":"ping"}""", -32600)]
    [InlineData("""{"id":7,"method":"ping"}""", -32600)]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"ping","params":}""", -32700)]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"ping" """, -32700)]
    public async Task Wrong_message_gets_the_code_for_what_is_wrong(string message, int code)
    {
        using var host = await RawHost.ReadyAsync(_store);

        await host.SendAsync(message);

        Assert.Equal(code, (await host.AnswerAsync(7))["error"]!["code"]!.GetValue<int>());
        await host.ResultAsync("list_tasks", []);
    }

    [Fact]
    public async Task Message_over_the_limit_is_refused_to_who_sent_it_and_the_next_is_read()
    {
        using var host = await RawHost.ReadyAsync(_store);

        await host.SendAsync("""{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"create_task_sandbox","arguments":{"name":"X"}}}""".Replace("X", new string('n', 9 * 1024 * 1024), StringComparison.Ordinal));

        var error = (await host.AnswerAsync(7))["error"]!;
        Assert.Equal(-32600, error["code"]!.GetValue<int>());
        Assert.Contains("8388608 bytes", error["message"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(0, (await host.ResultAsync("list_tasks", []))["count"]!.GetValue<int>());
    }

    [Fact]
    public async Task Message_nested_too_deeply_is_refused_to_who_sent_it()
    {
        using var host = await RawHost.ReadyAsync(_store);

        await host.SendAsync("""{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"create_task_sandbox","arguments":{"name":"n","metadata":{"a":X}}}}""".Replace("X", new string('[', 500) + new string(']', 500), StringComparison.Ordinal));

        Assert.Equal(-32700, (await host.AnswerAsync(7))["error"]!["code"]!.GetValue<int>());
    }

    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"list_tasks","name":"delete_task"}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"list_tasks","arguments":{"limit":1,"limit":2000}}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"create_task_sandbox","arguments":{"name":"n","metadata":{"a":1,"a":2}}}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"half \ud800 pair"}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"create_task_sandbox","arguments":{"name":"half \ud800 pair"}}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"create_task_sandbox","arguments":{"name":"n","metadata":{"\ud800":1}}}}""")]
    public async Task Member_twice_or_text_that_is_not_Unicode_is_refused_and_changes_nothing(string message)
    {
        using var host = await RawHost.ReadyAsync(_store);

        await host.SendAsync(message);

        var answer = await host.AnswerAsync(7);
        TestContext.Current.TestOutputHelper!.WriteLine(answer.ToJsonString());
        Assert.True(answer["error"]?["code"]?.GetValue<int>() is -32600 or -32602 || answer["result"]?["isError"]?.GetValue<bool>() is true);
        Assert.Equal(0, (await host.ResultAsync("list_tasks", []))["count"]!.GetValue<int>());
    }

    [Fact]
    public async Task Verbose_talks_on_standard_error_only()
    {
        using var host = RawHost.Start(_store, [.. _store.Arguments, "--verbose"]);
        await host.SendAsync("""{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"raw","version":"1"}}}""");
        await host.AnswerAsync(1);
        host.CloseInput();

        var (exitCode, output, errors) = await host.EndAsync();

        Assert.Equal((0, ""), (exitCode, output));
        Assert.Contains("initialize", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--bogus", "--bogus")]
    [InlineData("--data", "--data")]
    [InlineData("--config=", "--config")]
    [InlineData("stray", "stray")]
    public async Task Unknown_option_ends_with_two_and_the_usage_on_standard_error(string option, string named)
    {
        using var host = RawHost.Start(_store, option);

        var (exitCode, output, errors) = await host.EndAsync();

        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains(named, errors, StringComparison.Ordinal);
        Assert.Contains("Usage:", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--help", "Usage:")]
    [InlineData("--version", "OpenCode.McpHost ")]
    public async Task Help_and_version_are_answered_on_standard_output(string option, string expected)
    {
        using var host = RawHost.Start(_store, option);

        var (exitCode, output, errors) = await host.EndAsync();

        Assert.Equal((0, ""), (exitCode, errors));
        Assert.Contains(expected, output, StringComparison.Ordinal);
    }
}

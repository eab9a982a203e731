using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using OpenCode.Tests.Integration.Hosting;

namespace OpenCode.Tests.Integration.Mcp;

/// <summary>A host as a process with three streams, for what no well-behaved client does.</summary>
internal sealed class RawHost : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _errors;
    private int _lastId;

    private RawHost(Process process)
    {
        _process = process;
        _errors = process.StandardError.ReadToEndAsync();
    }

    public int ProcessId => _process.Id;

    public static RawHost Start(HostStore store, params string[] arguments)
    {
        var start = new ProcessStartInfo(HostStore.Executable, arguments.Length > 0 ? arguments : store.Arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = store.WorkingDirectory,
        };
        Surroundings.PutInto(start.Environment);
        foreach (var (name, value) in store.Variables)
        {
            start.Environment[name] = value;
        }

        return new RawHost(Process.Start(start)!);
    }

    /// <summary>One whose handshake is done.</summary>
    public static async Task<RawHost> ReadyAsync(HostStore store)
    {
        var host = Start(store);
        await host.SendAsync("""{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"raw","version":"1"}}}""");
        await host.AnswerAsync(0);
        await host.SendAsync("""{"jsonrpc":"2.0","method":"notifications/initialized"}""");
        return host;
    }

    public async Task SendAsync(string line)
    {
        await _process.StandardInput.WriteAsync(line + "\n");
        await _process.StandardInput.FlushAsync();
    }

    public async Task SendBytesAsync(byte[] bytes)
    {
        await _process.StandardInput.BaseStream.WriteAsync(bytes);
        await _process.StandardInput.BaseStream.FlushAsync();
    }

    /// <summary>Sends a call and does not wait for its answer.</summary>
    public async Task<int> CallAsync(string tool, JsonObject arguments)
    {
        var id = ++_lastId;
        var request = new JsonObject { ["jsonrpc"] = "2.0", ["id"] = id, ["method"] = "tools/call", ["params"] = new JsonObject { ["name"] = tool, ["arguments"] = arguments } };
        await SendAsync(request.ToJsonString());
        return id;
    }

    /// <summary>Calls a tool and gives its structured content.</summary>
    public async Task<JsonObject> ResultAsync(string tool, JsonObject arguments) =>
        (await AnswerAsync(await CallAsync(tool, arguments)))["result"]!["structuredContent"]!.AsObject();

    /// <summary>The next message, which must be the answer to this request.</summary>
    public async Task<JsonObject> AnswerAsync(int id)
    {
        var message = await NextAsync();
        Assert.NotNull(message);
        Assert.Equal(id, message["id"]?.GetValue<int>());
        return message;
    }

    /// <summary>The next message; null at the end. Whatever is not one JSON-RPC message on one line fails the test.</summary>
    public async Task<JsonObject?> NextAsync()
    {
        var line = await _process.StandardOutput.ReadLineAsync().WaitAsync(HostStore.Patience);
        if (line is null)
        {
            return null;
        }

        try
        {
            var message = JsonNode.Parse(line)!.AsObject();
            Assert.Equal("2.0", message["jsonrpc"]?.GetValue<string>());
            return message;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            Assert.Fail($"Standard output has a line that is no message: {line}");
            throw;
        }
    }

    public void CloseInput() => _process.StandardInput.Close();

    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Signal(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{_process.Id}"]);
        kill.WaitForExit();
    }

    public async Task<(int ExitCode, string Output, string Errors)> EndAsync()
    {
        var output = await _process.StandardOutput.ReadToEndAsync().WaitAsync(HostStore.Patience);
        await _process.WaitForExitAsync().WaitAsync(HostStore.Patience);
        return (_process.ExitCode, output, await _errors);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            Kill();
        }

        _process.Dispose();
    }
}

using System.Diagnostics;
using System.Text;

namespace OpenCode.Bench.Mcp;

/// <summary>A server that speaks over its standard input and output, asked on the caller's thread.</summary>
internal sealed class StdioServer : IDisposable
{
    private readonly Process _process;
    private byte[] _buffer = new byte[64 * 1024];

    private StdioServer(Process process) => _process = process;

    public static StdioServer Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.Environment["OPENCODE_DOCKER_SOCKET"] = "unix:///nonexistent/docker.sock"; // a status asks no engine
        return new StdioServer(Process.Start(start)!);
    }

    /// <summary>Sends a message that has no answer.</summary>
    public void Tell(string message)
    {
        var stream = _process.StandardInput.BaseStream;
        stream.Write(Encoding.UTF8.GetBytes(message + "\n"));
        stream.Flush();
    }

    /// <summary>Sends a request and waits for its answer.</summary>
    public void Ask(string message)
    {
        Tell(message);
        var count = 0;
        while (count == 0 || _buffer[count - 1] != '\n')
        {
            if (count == _buffer.Length)
            {
                Array.Resize(ref _buffer, count * 2);
            }

            var read = _process.StandardOutput.BaseStream.Read(_buffer.AsSpan(count));
            count += read > 0 ? read : throw new InvalidOperationException("The server has ended.");
        }

        McpFrames.Check(_buffer.AsSpan(0, count));
    }

    public void ShakeHands()
    {
        Ask(McpFrames.Initialize);
        Tell(McpFrames.Initialized);
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(10)))
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }
}

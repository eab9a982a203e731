using System.Globalization;
using System.Text;
using System.Threading.Channels;
using OpenCode.Sandboxes;
using OpenCode.Tasks;

namespace OpenCode.McpHost.Tools;

/// <summary>
/// Tells a client the lines of a running command. The command never waits for the client: when notifications cannot be sent as fast
/// as lines come, the oldest waiting lines are left out and counted. The answer of the call has the output in any case.
/// </summary>
/// <param name="notify">Sends a notification: how many lines so far, and the newest of them.</param>
internal sealed class OutputProgress(Func<long, string, Task> notify) : IRunObserver
{
    private const int MostWaiting = 1000;
    private const int MostCharacters = 4096;

    private readonly Channel<string> _lines = Channel.CreateBounded<string>(new BoundedChannelOptions(MostWaiting) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
    private readonly Lock _lock = new();
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();
    private long _given;

    public void Preparing(SandboxProgress progress)
    {
        var percent = progress.Percent is { } known ? string.Create(CultureInfo.InvariantCulture, $" {known} %") : "";
        lock (_lock)
        {
            Give($"{progress.Activity}: {progress.Status}{percent}");
        }
    }

    public void Output(bool isError, string text)
    {
        lock (_lock)
        {
            var line = isError ? _errors : _output;
            foreach (var character in text)
            {
                if (character != '\n')
                {
                    line.Append(character);
                }

                if (character == '\n' || line.Length >= MostCharacters)
                {
                    End(line, isError);
                }
            }
        }
    }

    /// <summary>Runs some work and sends what it reports; returns when both are done.</summary>
    public async Task<T> WatchAsync<T>(Func<Task<T>> work)
    {
        var sending = SendAsync();
        try
        {
            return await work().ConfigureAwait(false);
        }
        finally
        {
            lock (_lock)
            {
                End(_output, false);
                End(_errors, true);
            }

            _lines.Writer.TryComplete();
            await sending.ConfigureAwait(false);
        }
    }

    private void End(StringBuilder line, bool isError)
    {
        if (line.Length > 0)
        {
            Give((isError ? "stderr: " : "") + line.ToString().TrimEnd('\r'));
            line.Clear();
        }
    }

    private void Give(string line)
    {
        _given++;
        _lines.Writer.TryWrite(line);
    }

    private async Task SendAsync()
    {
        var told = 0L;
        var text = new StringBuilder();
        try
        {
            while (await _lines.Reader.WaitToReadAsync().ConfigureAwait(false))
            {
                text.Clear();
                var count = 0;
                while (text.Length < MostCharacters && _lines.Reader.TryRead(out var line))
                {
                    text.Append(count++ == 0 ? "" : "\n").Append(line);
                }

                long given;
                lock (_lock)
                {
                    given = _given - _lines.Reader.Count; // includes the lines that were left out
                }

                if (given - told > count)
                {
                    text.Insert(0, string.Create(CultureInfo.InvariantCulture, $"[… {given - told - count} lines left out …]\n"));
                }

                told = given;
                await notify(told, text.ToString()).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or InvalidOperationException)
        {
            // The client is gone or has cancelled; the command's own end is decided elsewhere.
        }
    }
}

using System.Text;
using OpenCode.Sandboxes;

namespace OpenCode.Tests.Integration.Sandboxes;

/// <summary>Keeps everything a command wrote, and tells when a text has come.</summary>
public sealed class RecordedOutput : ICommandOutput
{
    private readonly Lock _gate = new();
    private readonly StringBuilder _out = new();
    private readonly StringBuilder _error = new();
    private readonly List<(string Text, TaskCompletionSource Seen)> _awaited = [];

    public long Bytes { get; private set; }

    public string Out
    {
        get
        {
            lock (_gate)
            {
                return _out.ToString();
            }
        }
    }

    public string Error
    {
        get
        {
            lock (_gate)
            {
                return _error.ToString();
            }
        }
    }

    public void Write(bool isError, ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            Bytes += bytes.Length;
            (isError ? _error : _out).Append(Encoding.UTF8.GetString(bytes));
            foreach (var (text, seen) in _awaited.Where(one => _out.ToString().Contains(one.Text)))
            {
                seen.TrySetResult();
            }
        }
    }

    /// <summary>Ends when the command has written this to its output.</summary>
    public Task Seen(string text)
    {
        lock (_gate)
        {
            var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_out.ToString().Contains(text))
            {
                seen.SetResult();
            }

            _awaited.Add((text, seen));
            return seen.Task.WaitAsync(TimeSpan.FromSeconds(60));
        }
    }
}

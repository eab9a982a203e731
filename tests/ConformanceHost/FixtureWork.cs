using System.Text.Json;
using System.Text.Json.Nodes;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using OpenCode.McpHost.Handles;

namespace OpenCode.Tests.ConformanceHost;

/// <summary>A piece of the suite's long work: it asks for what it is to ask for, then does what it is to do.</summary>
internal sealed class FixtureWork : IDisposable
{
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _end = new();
    private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Dictionary<string, JsonNode> _asked;
    private Handle _handle;

    /// <param name="asked">What it asks for before it goes on.</param>
    /// <param name="work">What it does.</param>
    public FixtureWork(Dictionary<string, JsonNode> asked, Func<CancellationToken, Task<CallToolResult>> work)
    {
        var now = TimeProvider.System.GetUtcNow();
        _asked = asked;
        _handle = new Handle($"work_{Guid.NewGuid():n}", HandleStatus.Working, now, now);
        if (asked.Count == 0)
        {
            _answered.SetResult();
        }

        Ended = RunAsync(work);
    }

    public Task Ended { get; }

    /// <summary>As it is now.</summary>
    public Handle Handle
    {
        get
        {
            lock (_lock)
            {
                return _handle.Status is HandleStatus.Working && _asked.Count > 0
                    ? _handle with { Status = HandleStatus.InputRequired, Content = new JsonObject(_asked.Select(one => KeyValuePair.Create(one.Key, (JsonNode?)one.Value.DeepClone()))) }
                    : _handle;
            }
        }
    }

    public void Cancel() => _end.Cancel();

    public void Answer(JsonObject answers)
    {
        lock (_lock)
        {
            foreach (var (key, _) in answers)
            {
                _asked.Remove(key);
            }

            if (_asked.Count == 0)
            {
                _answered.TrySetResult();
            }
        }
    }

    public void Dispose() => _end.Dispose();

    private async Task RunAsync(Func<CancellationToken, Task<CallToolResult>> work)
    {
        try
        {
            await _answered.Task.WaitAsync(_end.Token);
            var result = await work(_end.Token);
            End(HandleStatus.Completed, JsonSerializer.SerializeToNode(result, McpJsonUtilities.DefaultOptions));
        }
        catch (OperationCanceledException)
        {
            End(HandleStatus.Cancelled, null);
        }
        catch (McpProtocolException e)
        {
            End(HandleStatus.Failed, new JsonObject { ["code"] = (int)e.ErrorCode, ["message"] = e.Message });
        }
    }

    private void End(HandleStatus status, JsonNode? content)
    {
        lock (_lock)
        {
            _handle = _handle with { Status = status, UpdatedAt = TimeProvider.System.GetUtcNow(), Content = content };
        }
    }
}

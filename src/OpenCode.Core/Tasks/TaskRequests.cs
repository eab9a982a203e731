using System.Security.Cryptography;
using System.Text;
using OpenCode.Common;
using OpenCode.Registry;

namespace OpenCode.Tasks;

/// <summary>Carries a request with an idempotency key out once, across processes and their deaths. Keys are kept for 24 hours.</summary>
public sealed class TaskRequests
{
    /// <summary>The longest wait for another process that works on the same request.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan WaitStep = TimeSpan.FromMilliseconds(50);

    private readonly ITaskRegistry _registry;
    private readonly Ids _ids;
    private readonly TimeProvider _clock;

    internal TaskRequests(ITaskRegistry registry, Ids ids, TimeProvider clock)
    {
        _registry = registry;
        _ids = ids;
        _clock = clock;
    }

    /// <summary>Does the work, or gives the answer it had before.</summary>
    /// <param name="key">The caller's key, 1 to 128 characters.</param>
    /// <param name="tool">What is asked for.</param>
    /// <param name="argumentsJson">Its arguments; another request under the same key is refused.</param>
    /// <param name="work">Given the id for what it creates and whether a dead process may have done some of it, does the work and returns the answer.</param>
    /// <param name="cancellationToken">Ends the wait; handed on to the work.</param>
    /// <exception cref="OpenCodeException">InvalidArgument: the key was used for something else; LockTimeout: another process works on it for too long; and what the work fails with, after which the key is free again.</exception>
    public async Task<string> OnceAsync(string key, string tool, string argumentsJson, Func<RequestRun, CancellationToken, Task<RequestAnswer>> work, CancellationToken cancellationToken)
    {
        Input.Agent(key, "idempotency key");
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(argumentsJson)));
        var started = _clock.GetTimestamp();
        RequestClaim claim;
        while ((claim = await _registry.WriteAsync(new BeginRequest(key, tool, hash, _ids.Task()), cancellationToken).ConfigureAwait(false)).InProgress)
        {
            if (_clock.GetElapsedTime(started) > LongestWait)
            {
                throw new OpenCodeException(OpenCodeError.LockTimeout, $"The request with idempotency key '{key}' is still being worked on after {LongestWait.TotalSeconds:0} s. Ask again later.", key);
            }

            await Task.Delay(WaitStep, _clock, cancellationToken).ConfigureAwait(false);
        }

        if (claim.Response is { } answered)
        {
            return answered;
        }

        string? response = null;
        try
        {
            var answer = await work(new RequestRun(claim.PlannedId, claim.Resumed), cancellationToken).ConfigureAwait(false);
            response = answer.IsKept ? answer.Json : null;
            return answer.Json;
        }
        finally
        {
            await _registry.WriteAsync(new EndRequest(key, response), CancellationToken.None).ConfigureAwait(false);
        }
    }
}

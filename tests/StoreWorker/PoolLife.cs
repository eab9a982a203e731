using OpenCode.Common;
using OpenCode.Configuration;
using OpenCode.Tasks;

namespace OpenCode.Tests.StoreWorker;

/// <summary>The life of containers that are kept ready, as a list of operations, each of which can be repeated from where a dead process left it. At its end the store is closed, with what is left.</summary>
public static class PoolLife
{
    /// <summary>The task.</summary>
    public const string TaskId = "pooled";

    /// <summary>The steps at which something of the pool is half done.</summary>
    public static readonly Step[] PoolSteps = [Step.PoolIntended, Step.PoolMade, Step.PoolReady, Step.PoolDiscarded, Step.PoolRemoved, Step.WorkspaceGiven, Step.WorkspaceLinked];

    /// <summary>The steps at which something is half done.</summary>
    public static readonly Step[] Steps = [.. PoolSteps, Step.SandboxIntended, Step.ContainerMade, Step.SandboxCreated, Step.ContainerRemoved, Step.SandboxRemoved];

    /// <summary>The operations, in order.</summary>
    public static IReadOnlyList<(string Name, Func<OpenCodeRuntime, CancellationToken, Task> Do)> Operations { get; } =
    [
        ("fill", (r, t) => r.Pool.FillAsync(t)),
        ("create", async (r, t) => await r.Tasks.CreateAsync(new NewTask { Id = TaskId, Name = "Runs commands" }, t)),
        ("run", (r, t) => RunAsync(r, "echo one >/workspace/one", t)),
        ("fill again", (r, t) => r.Pool.FillAsync(t)),
        ("restart", (r, t) => r.Sandboxes.RestartAsync(TaskId, t)),
        ("look", (r, t) => RunAsync(r, "cat /workspace/one", t)),
        ("remove", (r, t) => r.Sandboxes.RemoveAsync(TaskId, t)),
        ("look again", (r, t) => RunAsync(r, "cat /workspace/one", t)),
        ("delete", (r, t) => r.Tasks.DeleteAsync(TaskId, force: true, t)),
        ("fill for nobody", (r, t) => r.Pool.FillAsync(t)),
    ];

    /// <summary>The settings of the store under test.</summary>
    public static OpenCodeConfiguration Configuration(string root, string image) => SandboxLife.Configuration(root, image) with { DockerWarmPool = 1, DockerMemoryMiB = 64 };

    private static async Task RunAsync(OpenCodeRuntime runtime, string command, CancellationToken token)
    {
        var run = await runtime.Executions.RunAsync(TaskId, new RunRequest([command], Shell: true), Actor.Operator, null, token);
        if (run.ExitCode != 0)
        {
            throw new InvalidOperationException($"'{command}' ended with {run.ExitCode}: {run.Stderr}");
        }
    }
}

using OpenCode.Common;
using OpenCode.Configuration;
using OpenCode.Registry;
using OpenCode.Tasks;

namespace OpenCode.Tests.StoreWorker;

/// <summary>The life of a sandbox as a list of operations, each of which can be repeated from where a dead process left it.</summary>
public static class SandboxLife
{
    /// <summary>The task.</summary>
    public const string TaskId = "boxed";

    /// <summary>The steps at which something on an engine is half done.</summary>
    public static readonly Step[] Steps =
    [
        Step.SandboxIntended, Step.ContainerMade, Step.NetworkMade, Step.SandboxCreated, Step.SandboxChanged, Step.ContainerRemoved, Step.SandboxRemoved,
        Step.CommandIntended, Step.RunnerStarted, Step.CommandStarted, Step.CommandEnded,
    ];

    /// <summary>The operations, in order.</summary>
    public static IReadOnlyList<(string Name, Func<OpenCodeRuntime, CancellationToken, Task> Do)> Operations { get; } =
    [
        ("create", async (r, t) => await r.Tasks.CreateAsync(new NewTask { Id = TaskId, Name = "Runs commands" }, t)),
        ("start", (r, t) => r.Tasks.StartAsync(TaskId, Actor.Operator, t)),
        ("plan", (r, t) => r.Sandboxes.ConfigureAsync(TaskId, new SandboxSettings(SandboxNetwork.Internal, 64, null, null), t)),
        ("run", (r, t) => RunAsync(r, "echo one", t)),
        ("suspend", (r, t) => r.Sandboxes.SuspendAsync(TaskId, t)),
        ("resume", (r, t) => r.Sandboxes.ResumeAsync(TaskId, t)),
        ("configure", (r, t) => r.Sandboxes.ConfigureAsync(TaskId, new SandboxSettings(SandboxNetwork.Bridge, 80, null, null), t)),
        ("remove", (r, t) => r.Sandboxes.RemoveAsync(TaskId, t)),
        ("run again", (r, t) => RunAsync(r, "echo two", t)),
        ("delete", (r, t) => r.Tasks.DeleteAsync(TaskId, force: true, t)),
    ];

    /// <summary>The settings of the store under test.</summary>
    public static OpenCodeConfiguration Configuration(string root, string image) => Life.Configuration(root) with { DockerImage = image, DockerNetworkPrefix = "octest" };

    internal static async Task<int> RunAsync(OpenCodeConfiguration configuration, IReadOnlyList<(string Name, Func<OpenCodeRuntime, CancellationToken, Task> Do)> operations, Step[] steps, string acknowledgements, string trace, int dieAt)
    {
        var death = new Death(dieAt);
        var present = "";
        await using (var runtime = await OpenCodeRuntime.OpenAsync(configuration, TimeProvider.System, new StepProbe(Reached), () => ProcessIdentity.Current, null, CancellationToken.None))
        {
            foreach (var (name, work) in operations)
            {
                present = name;
                await work(runtime, CancellationToken.None);
                await File.AppendAllTextAsync(acknowledgements, name + "\n");
            }

            present = "close";
        }

        await File.WriteAllLinesAsync(trace, death.Trace);
        return 0;

        void Reached(Step step)
        {
            if (steps.Contains(step))
            {
                death.Reached($"{present}: {step}");
            }
        }
    }

    private static Task<Execution> RunAsync(OpenCodeRuntime runtime, string command, CancellationToken token) =>
        runtime.Executions.RunAsync(TaskId, new RunRequest([command], Shell: true), Actor.Operator, null, token);
}

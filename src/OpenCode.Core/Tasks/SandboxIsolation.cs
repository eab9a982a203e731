using System.Globalization;
using System.Runtime.CompilerServices;
using OpenCode.Common;
using OpenCode.Sandboxes;
using OpenCode.Tasks.Isolation;

namespace OpenCode.Tasks;

/// <summary>Proves that a sandbox keeps what runs in it in, by trying to get out.</summary>
/// <remarks>
/// What is tried is tried by the image's own shell and programs, and what it comes to is judged here. Where a connection would come to is this machine or a container
/// of ours; no other address is ever tried. An image that lies about itself can hide what its kernel says, and not that something was reached.
/// </remarks>
public sealed class SandboxIsolation
{
    private static readonly TimeSpan ScriptLimit = TimeSpan.FromSeconds(15);

    private readonly TaskWay _way;
    private readonly TaskSandboxes _sandboxes;
    private readonly TaskMemory _memory;
    private readonly Ids _ids;

    internal SandboxIsolation(TaskWay way, TaskSandboxes sandboxes, TaskMemory memory, Ids ids)
    {
        _way = way;
        _sandboxes = sandboxes;
        _memory = memory;
        _ids = ids;
    }

    /// <summary>Tries everything, and tells the task's log what came of it. A probe that fails is a result.</summary>
    /// <param name="task">The task.</param>
    /// <param name="cancellationToken">Ends it; the container that was made for it is gone then.</param>
    /// <exception cref="OpenCodeException">TaskNotFound; SandboxFailed: the task has no running sandbox, or it ended; SandboxUnavailable: no engine answers.</exception>
    public async IAsyncEnumerable<IsolationProbe> TestAsync(string task, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var id = await _way.ResolveAsync(task, cancellationToken).ConfigureAwait(false);
        if (await _way.Registry.SandboxAsync(id, cancellationToken).ConfigureAwait(false) is not { ContainerId: not null } row)
        {
            throw NotRunning(id);
        }

        var specification = _sandboxes.Specification(row);
        var container = await _sandboxes.Host.FindAsync(specification, cancellationToken).ConfigureAwait(false) is { Running: true, Paused: false } running ? running : throw NotRunning(id);
        var probes = new List<IsolationProbe>();
        await foreach (var finding in FindAsync(specification, container, cancellationToken).ConfigureAwait(false))
        {
            var probe = new IsolationProbe { TaskId = id, Name = finding.Name, Expected = finding.Expected, Actual = finding.Actual, Outcome = finding.Outcome, Detail = finding.Detail };
            probes.Add(probe);
            yield return probe;
        }

        await TellAsync(id, probes).ConfigureAwait(false);
    }

    private async IAsyncEnumerable<Finding> FindAsync(SandboxSpecification specification, SandboxContainer container, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var mark = _ids.Probe();
        var shell = new ProbeShell(_sandboxes.Host, container.Id, mark);
        var told = await shell.RunAsync(KernelFacts.Script, ScriptLimit, cancellationToken).ConfigureAwait(false);
        var facts = KernelFacts.Read(told.Text);
        var why = facts is null ? $"The probes need a shell at /bin/sh, and none ran: {told.Said}" : null;
        foreach (var finding in (facts ?? KernelFacts.None).Judge(specification))
        {
            yield return why is null ? finding : finding with { Detail = why };
        }

        var sockets = Attempts.Sockets(_sandboxes.Host);
        var tried = why is null ? (await shell.RunAsync(Attempts.Script(sockets), ScriptLimit, cancellationToken).ConfigureAwait(false)).Text : "";
        foreach (var finding in Attempts.Judge(tried, sockets))
        {
            yield return why is null ? finding : finding with { Detail = why };
        }

        var network = new NetworkProbes(_sandboxes.Host, shell, specification);
        await foreach (var finding in network.RunAsync(container.Id, mark, cancellationToken).ConfigureAwait(false))
        {
            yield return finding;
        }
    }

    private async Task TellAsync(string taskId, List<IsolationProbe> probes)
    {
        var failed = probes.Where(static one => one.Outcome is IsolationOutcome.Failed).Select(static one => one.Name).ToList();
        var untested = probes.Where(static one => one.Outcome is IsolationOutcome.NotTested).Select(static one => one.Name).ToList();
        var text = string.Create(CultureInfo.InvariantCulture, $"Isolation of the sandbox tested by the operator: {probes.Count(static one => one.Passed)} of {probes.Count} probes passed{Names("; failed: ", failed)}{Names("; not tested: ", untested)}");
        var data = JsonMap.From(new Dictionary<string, object?> { ["event"] = "isolation", ["failed"] = failed, ["notTested"] = untested });
        await _memory.LogAsync(taskId, failed.Count > 0 ? LogLevel.Warn : LogLevel.Info, text, data, Actor.Operator, CancellationToken.None).ConfigureAwait(false);
    }

    private static string Names(string before, List<string> names) => names.Count == 0 ? "" : before + string.Join(", ", names);

    private static OpenCodeException NotRunning(string task) =>
        new(OpenCodeError.SandboxFailed, $"The task '{task}' has no running sandbox whose isolation could be tested. A command makes or starts it: Invoke-OcTask; one that is suspended goes on by Resume-OcSandbox.", task);
}

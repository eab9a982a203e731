using System.Management.Automation;
using OpenCode.Sandboxes;
using OpenCode.Tasks;

namespace OpenCode.Cmdlets.Pipeline;

/// <summary>Reports a command that runs in a sandbox: the making of the sandbox as progress, output as objects when wanted.</summary>
/// <param name="feed">The way to the pipeline.</param>
/// <param name="stream">True to hand over output as it comes.</param>
internal sealed class RunReporter(PipelineFeed feed, bool stream) : IRunObserver
{
    private const int ActivityId = 0x0C;

    /// <inheritdoc />
    public void Preparing(SandboxProgress progress) =>
        feed.Progress(new ProgressRecord(ActivityId, progress.Activity, progress.Status is "" ? " " : progress.Status)
        {
            PercentComplete = progress.Percent ?? -1,
            RecordType = progress.Percent is 100 ? ProgressRecordType.Completed : ProgressRecordType.Processing,
        });

    /// <inheritdoc />
    public void Alert(UsageAlert alert)
    {
        if (!alert.Raised)
        {
            return;
        }

        try
        {
            feed.Warning(alert.Text);
        }
        catch (OperationCanceledException)
        {
            // Nobody reads any more; the command hears of it by its own token. The task's log has the alert all the same.
        }
    }

    /// <inheritdoc />
    public void Output(bool isError, string text)
    {
        if (!stream)
        {
            return;
        }

        try
        {
            // Blocks while the pipeline is behind: so much output is held back in the sandbox instead of in memory.
            feed.Output(new ExecutionOutput(isError, text));
        }
        catch (OperationCanceledException)
        {
            // Nobody reads any more. The command hears of it by its own token, and is killed.
        }
    }
}

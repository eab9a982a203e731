using System.Management.Automation;
using OpenCode.Hooks;

namespace OpenCode.Cmdlets.Pipeline;

/// <summary>
/// Runs a script block as a hook: on the pipeline thread of the session that registered it, while the cmdlet that makes the change waits there. So it
/// sees the session's functions, variables and preferences, and never runs beside them or after the session's end.
/// </summary>
/// <param name="block">The script block.</param>
internal sealed class ScriptHook(ScriptBlock block) : IHookAction
{
    /// <inheritdoc />
    public Task RunAsync(HookInvocation invocation, CancellationToken cancellationToken)
    {
        // A session's hooks take part in calls of its cmdlets only, and those have a feed.
        var feed = PipelineFeed.Current ?? throw new InvalidOperationException("A script hook was called outside of a cmdlet.");
        return feed.CallAsync(cmdlet => Run(cmdlet, invocation, cancellationToken), cancellationToken);
    }

    private void Run(OpenCodeCmdlet cmdlet, HookInvocation invocation, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var shell = PowerShell.Create(RunspaceMode.CurrentRunspace);
        if (!Invoke(shell, invocation, cancellationToken))
        {
            // When it was not us who stopped it, the session is being stopped: the engine begins with what is nested in the cmdlet, and has not told the
            // cmdlet itself yet. Nothing of this was the hook's failure, and the change must not go on.
            if (!cancellationToken.IsCancellationRequested)
            {
                cmdlet.StopPipeline();
            }

            throw new OperationCanceledException("The hook was stopped.", cancellationToken);
        }

        Tell(cmdlet, shell.Streams);

        // Most errors of .NET end a statement and not the script. A hook that has written one has not done what it is for, least of all a gate.
        if (shell.Streams.Error is [var first, ..])
        {
            var more = shell.Streams.Error.Count > 1 ? $" (and {shell.Streams.Error.Count - 1} more errors)" : "";
            throw new RuntimeException($"{first}{more}", first.Exception, first);
        }
    }

    /// <summary>Runs the block in a nested pipeline, which can be stopped when the hook's time is up; called directly it could not be.</summary>
    /// <returns>False when it was stopped before its end. The engine does not always throw then, so the script itself says that it came to its end.</returns>
    private bool Invoke(PowerShell shell, HookInvocation invocation, CancellationToken cancellationToken)
    {
        // The loop takes a break or continue that is outside of any loop in the hook.
        shell.AddScript("param($hook, $invocation) 'begun'; do { $null = & $hook $invocation } while ($false); 'ended'", useLocalScope: true).AddArgument(block).AddArgument(invocation);

        // A stop that comes before the engine has made the pipeline is lost. So it is asked for once the first output says that it runs.
        CancellationTokenRegistration stop = default;
        using var output = new PSDataCollection<PSObject>();
        output.DataAdded += (_, added) =>
        {
            if (added.Index == 0)
            {
                stop = cancellationToken.UnsafeRegister(static state => Stop((PowerShell)state!), shell);
            }
        };
        try
        {
            shell.Invoke(null, output);
            return output.Count > 1;
        }
        catch (PipelineStoppedException)
        {
            return false;
        }
        finally
        {
            stop.Dispose();
        }
    }

    private static void Stop(PowerShell shell)
    {
        try
        {
            shell.BeginStop(static stopping => ((PowerShell)stopping.AsyncState!).EndStop(stopping), shell);
        }
        catch (ObjectDisposedException)
        {
            // It ended at the same moment.
        }
    }

    // What it writes to other streams than output is the session's to see. Its output belongs to nobody: the cmdlet's is the task.
    private static void Tell(OpenCodeCmdlet cmdlet, PSDataStreams streams)
    {
        foreach (var warning in streams.Warning)
        {
            cmdlet.WriteWarning(warning.Message);
        }

        foreach (var verbose in streams.Verbose)
        {
            cmdlet.WriteVerbose(verbose.Message);
        }

        foreach (var information in streams.Information)
        {
            cmdlet.WriteInformation(information);
        }
    }
}

using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;
using OpenCode.Cmdlets.Pipeline;
using OpenCode.Cmdlets.Sessions;
using OpenCode.Hooks;

namespace OpenCode.Cmdlets;

/// <summary>
/// What all cmdlets share: work runs off the pipeline thread and can be stopped at any moment, everything is written on the
/// pipeline thread, and errors of the vocabulary become error records while the pipeline goes on.
/// </summary>
public abstract class OpenCodeCmdlet : PSCmdlet, IDisposable
{
    // How long work that was told to stop is waited for. What takes longer, such as killing a command in a container, ends without us.
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(500);

    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _abandon = new();
    private bool _writing;
    private bool _stopPipeline;
    private bool? _narrates;
    private bool? _timed;

    /// <summary>The object the present call is about, for error records of errors that name none.</summary>
    private protected virtual object? Subject => null;

    /// <summary>True when somebody hears what is done.</summary>
    internal bool Narrates => _narrates ??= IsHeard("Verbose");

    private bool IsTimed => _timed ??= IsHeard("Debug");

    /// <summary>Ends when the cmdlet is stopped, or when nobody wants its output any more.</summary>
    private protected CancellationToken Stopped => _stop.Token;

    /// <inheritdoc />
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Lets go of what the cmdlet holds.</summary>
    /// <param name="disposing">True unless called by a finalizer.</param>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            _stop.Dispose();
            _abandon.Dispose();
        }
    }

    /// <inheritdoc />
    protected sealed override void BeginProcessing() => Guard(Begin);

    /// <inheritdoc />
    protected sealed override void ProcessRecord() => Guard(Process);

    /// <inheritdoc />
    protected sealed override void EndProcessing() => Guard(End);

    /// <inheritdoc />
    protected sealed override void StopProcessing() => StopWork();

    /// <summary>The session was seen to stop before the engine told the cmdlet: ends its work, and the pipeline with it.</summary>
    internal void StopPipeline()
    {
        _stopPipeline = true;
        StopWork();
    }

    private void StopWork()
    {
        try
        {
            _abandon.CancelAfter(Grace);
            _stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The pipeline ended by itself at the same moment.
        }
    }

    /// <summary>Before the first input.</summary>
    private protected virtual void Begin()
    {
    }

    /// <summary>For each input, or once without any.</summary>
    private protected virtual void Process()
    {
    }

    /// <summary>After the last input.</summary>
    private protected virtual void End()
    {
    }

    /// <summary>Asks whether to do it, under <c>-WhatIf</c> and <c>-Confirm</c>.</summary>
    /// <param name="deed">What would happen, as an instruction without its full stop.</param>
    private protected bool Approved(string deed) => ShouldProcess($"{deed}.", $"{deed}?", "Confirm");

    /// <summary>Tells in one sentence what was done, for <c>-Verbose</c>.</summary>
    private protected void Tell([InterpolatedStringHandlerArgument("")] ref Story story)
    {
        if (Narrates)
        {
            WriteVerbose(story.Text());
        }
    }

    /// <summary>Writes one object.</summary>
    private protected void Write(object? value)
    {
        // Whatever WriteObject throws comes from the pipeline behind us and is not ours to judge.
        _writing = true;
        WriteObject(value, enumerateCollection: false);
        _writing = false;
    }

    /// <summary>Runs a script block of the user's in the session, in a scope of its own. Called on the pipeline thread.</summary>
    /// <param name="block">The block.</param>
    /// <param name="argument">What it is given, as its argument and as <c>$_</c>.</param>
    /// <param name="streams">True when its output is the cmdlet's, written as it comes.</param>
    /// <returns>Its output; none when that was written.</returns>
    private protected IReadOnlyList<PSObject> RunScript(ScriptBlock block, object argument, bool streams)
    {
        // Without names of its own, which would hide the session's. A block whose output is awaited is part of a change: its first error ends it.
        var script = streams ? "$_ = $args[1]; & $args[0] $_" : "$ErrorActionPreference = 'Stop'; $_ = $args[1]; & $args[0] $_";

        // Whatever it throws is its own, or comes from the pipeline behind us, and is not ours to judge.
        _writing = true;
        var output = InvokeCommand.InvokeScript(script, useNewScope: true, streams ? PipelineResultTypes.Output | PipelineResultTypes.Error : PipelineResultTypes.Error, null, block, argument);
        _writing = false;
        return output;
    }

    /// <summary>Writes the objects one by one.</summary>
    private protected void WriteEach(IEnumerable<object> values)
    {
        foreach (var value in values)
        {
            Write(value);
        }
    }

    /// <summary>Writes an error of the vocabulary; the pipeline goes on.</summary>
    private protected void WriteFailure(OpenCodeException error) => WriteError(ErrorRecords.From(error, Subject));

    /// <summary>Ends the pipeline because the call as such is wrong.</summary>
    private protected void Refuse(string message) =>
        ThrowTerminatingError(ErrorRecords.From(new OpenCodeException(OpenCodeError.InvalidArgument, message), Subject));

    /// <summary>The full path in the file system that a path of the user means.</summary>
    private protected string? FullPath(string? path)
    {
        if (path is null)
        {
            return null;
        }

        var full = SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out var provider, out _);
        if (provider.Name != "FileSystem")
        {
            Refuse($"The path '{path}' belongs to the provider '{provider.Name}'. Give a path in the file system.");
        }

        return full;
    }

    /// <summary>Where this runspace's configuration comes from when nothing else is said.</summary>
    private protected StoreRequest DefaultRequest() => new() { Location = SessionState.Path.CurrentFileSystemLocation.ProviderPath };

    /// <summary>Runs work on the store and waits for its result.</summary>
    private protected T Await<T>(Func<OpenCodeRuntime, CancellationToken, Task<T>> work) => Await((runtime, _, token) => work(runtime, token));

    /// <summary>Runs work on the store that has no result.</summary>
    private protected void Await(Func<OpenCodeRuntime, CancellationToken, Task> work) => Await(async (runtime, _, token) =>
    {
        await work(runtime, token).ConfigureAwait(false);
        return true;
    });

    /// <summary>Runs work on the store that reports while it runs, and waits for its result.</summary>
    private protected T Await<T>(Func<OpenCodeRuntime, PipelineFeed, CancellationToken, Task<T>> work)
    {
        var session = StoreSession.Current;
        var request = DefaultRequest();
        var started = TimeProvider.System.GetTimestamp();
        try
        {
            var result = AwaitDetached(async (feed, token) =>
            {
                var use = await session.UseAsync(request, feed, token).ConfigureAwait(false);
                await using (use.ConfigureAwait(false))
                {
                    return await work(use.Runtime, feed, token).ConfigureAwait(false);
                }
            });
            TellTime(started);
            return result;
        }
        catch (OpenCodeException)
        {
            TellTime(started);
            throw;
        }
    }

    /// <summary>Runs work that is not on the present store, and waits for its result.</summary>
    private protected T AwaitDetached<T>(Func<PipelineFeed, CancellationToken, Task<T>> work)
    {
        var feed = new PipelineFeed(IsTimed, _stop.Token);
        var hooks = StoreSession.Current.Hooks;
        var running = Task.Run(() => RunAsync(work, feed, hooks, _stop.Token), CancellationToken.None);
        var finished = false;
        try
        {
            while (feed.Take(out var record, _abandon.Token))
            {
                Write(record);
            }

            finished = true;
        }
        finally
        {
            if (!finished)
            {
                LetGo(running);
            }
        }

        return running.GetAwaiter().GetResult();
    }

    /// <summary>Writes what the store streams, as it comes. When nobody wants more, the stream ends.</summary>
    private protected void Stream<T>(Func<OpenCodeRuntime, CancellationToken, IAsyncEnumerable<T>> source)
        where T : notnull => Stream((runtime, _, token) => source(runtime, token));

    /// <summary>As the other, of a store that also reports.</summary>
    private protected void Stream<T>(Func<OpenCodeRuntime, PipelineFeed, CancellationToken, IAsyncEnumerable<T>> source)
        where T : notnull =>
        Await(async (runtime, feed, token) =>
        {
            await foreach (var item in source(runtime, feed, token).WithCancellation(token).ConfigureAwait(false))
            {
                await feed.OutputAsync(item).ConfigureAwait(false);
            }

            return true;
        });

    private static async Task<T> RunAsync<T>(Func<PipelineFeed, CancellationToken, Task<T>> work, PipelineFeed feed, HookTable hooks, CancellationToken token)
    {
        PipelineFeed.Current = feed;
        HookScope.Current = hooks;
        try
        {
            return await work(feed, token).ConfigureAwait(false);
        }
        finally
        {
            feed.Complete();
        }
    }

    // From one place for every call of every cmdlet, and on this thread: what the work itself would tell after its end nobody takes any more.
    private void TellTime(long started)
    {
        if (IsTimed)
        {
            WriteDebug(string.Create(CultureInfo.InvariantCulture, $"{MyInvocation.MyCommand.Name}: the call on the store took {TimeProvider.System.GetElapsedTime(started).TotalMilliseconds:0.0} ms."));
        }
    }

    private bool IsHeard(string stream)
    {
        if (MyInvocation.BoundParameters.TryGetValue(stream, out var given) && given is SwitchParameter asked)
        {
            return asked;
        }

        return LanguagePrimitives.TryConvertTo<ActionPreference>(GetVariableValue($"{stream}Preference"), CultureInfo.InvariantCulture, out var preference)
            && preference is not (ActionPreference.SilentlyContinue or ActionPreference.Ignore);
    }

    /// <summary>The pipeline does not go on: ends the work, and gives it a moment to clean up.</summary>
    private void LetGo(Task running)
    {
        _stop.Cancel();
        try
        {
            running.Wait(Grace, CancellationToken.None);
        }
        catch (AggregateException)
        {
            // Nobody is there to be told; why the pipeline stopped is on its way already.
        }

        // What ends later must not surface as an unobserved exception.
        _ = running.ContinueWith(static ended => ended.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
    }

    private void Write(PipelineRecord record)
    {
        switch (record.Kind)
        {
            case PipelineRecordKind.Output: Write(record.Value); break;
            case PipelineRecordKind.Failure: WriteFailure((OpenCodeException)record.Value!); break;
            case PipelineRecordKind.Debug: WriteDebug((string)record.Value!); break;
            case PipelineRecordKind.Verbose: WriteVerbose((string)record.Value!); break;
            case PipelineRecordKind.Warning: WriteWarning((string)record.Value!); break;
            case PipelineRecordKind.Call: ((PipelineCall)record.Value!).Run(this); break;
            default: WriteProgress((ProgressRecord)record.Value!); break;
        }
    }

    private void Guard(Action step)
    {
        try
        {
            step();
        }
        catch (Exception e) when (_writing || e is RuntimeException or FlowControlException)
        {
            // PipelineStopped, -ErrorAction Stop, break, and what a command behind us in the pipeline threw.
            throw;
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Stopped: the engine knows already, or is about to and must not go on with the script until then.
            if (_stopPipeline)
            {
                throw new PipelineStoppedException();
            }
        }
        catch (OpenCodeException e)
        {
            WriteFailure(e);
        }
        catch (Exception e)
        {
            ThrowTerminatingError(ErrorRecords.FromBug(e, Subject));
        }
    }
}

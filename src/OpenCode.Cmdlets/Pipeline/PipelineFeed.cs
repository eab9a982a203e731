using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Management.Automation;
using System.Threading.Channels;

namespace OpenCode.Cmdlets.Pipeline;

/// <summary>The way from work in the background to the pipeline thread. Bounded: who produces faster than the pipeline takes has to wait.</summary>
/// <param name="timed">True when somebody hears timings.</param>
/// <param name="cancellationToken">Ends the waiting of producers when the cmdlet ends.</param>
internal sealed class PipelineFeed(bool timed, CancellationToken cancellationToken)
{
    private const int Capacity = 256;

    private static readonly AsyncLocal<PipelineFeed?> Ambient = new();

    private readonly Channel<PipelineRecord> _records = Channel.CreateBounded<PipelineRecord>(
        new BoundedChannelOptions(Capacity) { SingleReader = true, SingleWriter = false, AllowSynchronousContinuations = false });

    /// <summary>The feed of the cmdlet whose work this is. Flows with the work.</summary>
    public static PipelineFeed? Current
    {
        get => Ambient.Value;
        set => Ambient.Value = value;
    }

    /// <summary>Has something done on the pipeline thread, and waits for its end.</summary>
    public async Task CallAsync(Action<OpenCodeCmdlet> work, CancellationToken waiting)
    {
        var call = new PipelineCall(work);
        await _records.Writer.WriteAsync(new(PipelineRecordKind.Call, call), waiting).ConfigureAwait(false);
        // Not only the wait's own token: when the pipeline ends, nobody takes the call any more.
        using var ended = cancellationToken.UnsafeRegister(static state => ((PipelineCall)state!).Withdraw(), call);
        using var over = waiting.UnsafeRegister(static state => ((PipelineCall)state!).Withdraw(), call);
        await call.Done.ConfigureAwait(false);
    }

    /// <summary>Hands over an object, waiting for room.</summary>
    public ValueTask OutputAsync(object value) => _records.Writer.WriteAsync(new(PipelineRecordKind.Output, value), cancellationToken);

    /// <summary>Hands over an object from code that cannot be asynchronous; blocks while there is no room.</summary>
    public void Output(object value) => Write(new(PipelineRecordKind.Output, value));

    /// <summary>Hands over an error that does not end the work.</summary>
    public void Failure(OpenCodeException error) => Write(new(PipelineRecordKind.Failure, error));

    /// <summary>Tells how long something took, for <c>-Debug</c>.</summary>
    public void Took(string what, TimeSpan time)
    {
        if (timed)
        {
            Write(new(PipelineRecordKind.Debug, string.Create(CultureInfo.InvariantCulture, $"{what} took {time.TotalMilliseconds:0.0} ms.")));
        }
    }

    /// <summary>Tells what is done, for <c>-Verbose</c>.</summary>
    public void Verbose(string text) => Write(new(PipelineRecordKind.Verbose, text));

    /// <summary>Tells what somebody should look at.</summary>
    public void Warning(string text) => Write(new(PipelineRecordKind.Warning, text));

    /// <summary>Tells how far it is. Left out when the pipeline is behind: the next one says more.</summary>
    public void Progress(ProgressRecord progress) => _records.Writer.TryWrite(new(PipelineRecordKind.Progress, progress));

    /// <summary>No more records will come.</summary>
    public void Complete() => _records.Writer.TryComplete();

    /// <summary>Takes the next record, waiting for it.</summary>
    /// <param name="record">The record.</param>
    /// <param name="abandon">Ends the waiting even when the work does not end.</param>
    /// <returns>False when the work has ended and all records are taken.</returns>
    /// <exception cref="OperationCanceledException">The waiting was ended.</exception>
    [SuppressMessage("Reliability", "CA2012", Justification = "Awaited through AsTask when it has not completed, and not used again.")]
    public bool Take(out PipelineRecord record, CancellationToken abandon)
    {
        while (!_records.Reader.TryRead(out record))
        {
            var more = _records.Reader.WaitToReadAsync(abandon);
            if (!(more.IsCompletedSuccessfully ? more.Result : more.AsTask().GetAwaiter().GetResult()))
            {
                return false;
            }
        }

        return true;
    }

    private void Write(PipelineRecord record)
    {
        if (!_records.Writer.TryWrite(record))
        {
            _records.Writer.WriteAsync(record, cancellationToken).AsTask().GetAwaiter().GetResult();
        }
    }
}

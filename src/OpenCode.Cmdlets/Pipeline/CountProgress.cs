using System.Globalization;
using System.Management.Automation;

namespace OpenCode.Cmdlets.Pipeline;

/// <summary>What to show of something that may take a while: nothing in its first second, then a count, and a percentage where it is known of how many.</summary>
/// <param name="activity">What is done, such as <c>Deleting tasks</c>.</param>
internal sealed class CountProgress(string activity)
{
    private const int ActivityId = 0x0D;

    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(200);

    private readonly long _started = TimeProvider.System.GetTimestamp();
    private long? _shown;

    /// <summary>The record to show now, or null when it is too soon for one.</summary>
    /// <param name="done">How many are done.</param>
    /// <param name="of">Of how many; null when nobody knows.</param>
    public ProgressRecord? Next(long done, long? of)
    {
        var clock = TimeProvider.System;
        if (_shown is { } last ? clock.GetElapsedTime(last) < Between : clock.GetElapsedTime(_started) < Silence)
        {
            return null;
        }

        _shown = clock.GetTimestamp();
        return of is { } all
            ? new ProgressRecord(ActivityId, activity, string.Create(CultureInfo.InvariantCulture, $"{done:n0} of {all:n0}")) { PercentComplete = all == 0 ? 100 : (int)(done * 100 / all) }
            : new ProgressRecord(ActivityId, activity, string.Create(CultureInfo.InvariantCulture, $"{done:n0} done"));
    }

    /// <summary>The record that takes the others away, or null when none was shown.</summary>
    public ProgressRecord? Last() => _shown is null ? null : new ProgressRecord(ActivityId, activity, " ") { RecordType = ProgressRecordType.Completed };
}

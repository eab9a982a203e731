using System.Globalization;

namespace OpenCode.Tests.LockTaker.Histories;

/// <summary>Moments of the machine's monotonic clock.</summary>
internal static class Time
{
    public const long Millisecond = 1_000_000;

    /// <summary>In milliseconds, for people.</summary>
    public static string Text(long at) => at switch
    {
        long.MaxValue => "the end",
        long.MinValue => "the beginning",
        _ => (at / (double)Millisecond).ToString("0.000", CultureInfo.InvariantCulture),
    };
}

using System.Globalization;

namespace OpenCode.Loader.Views;

/// <summary>How long ago something was, short enough for a column.</summary>
public static class Age
{
    /// <summary>The age of a time, such as <c>3 min ago</c>.</summary>
    public static string Of(DateTimeOffset time) => Between(time, TimeProvider.System.GetUtcNow());

    /// <summary>How long before one time another was; one that is to come is <c>in 3 min</c>.</summary>
    internal static string Between(DateTimeOffset time, DateTimeOffset now)
    {
        var age = now - time;
        var (count, unit) = age.Duration() switch
        {
            { TotalMinutes: < 1 } span => (span.TotalSeconds, "s"),
            { TotalHours: < 1 } span => (span.TotalMinutes, "min"),
            { TotalDays: < 1 } span => (span.TotalHours, "h"),
            { TotalDays: < 365 } span => (span.TotalDays, "d"),
            var span => (span.TotalDays / 365.25, "y"),
        };
        var amount = string.Create(CultureInfo.InvariantCulture, $"{Math.Max(Math.Floor(count), unit == "y" ? 1 : 0):0} {unit}");

        // Clocks of two machines differ a little; what was written a moment ago is not in the future.
        return age < TimeSpan.FromSeconds(-5) ? $"in {amount}" : age < TimeSpan.FromSeconds(1) ? "now" : $"{amount} ago";
    }
}

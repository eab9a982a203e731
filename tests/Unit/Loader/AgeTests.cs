using OpenCode.Loader.Views;

namespace OpenCode.Tests.Unit.Loader;

public sealed class AgeTests
{
    [Theory]
    [InlineData(0, "now")]
    [InlineData(0.9, "now")]
    [InlineData(-4, "now")] // clocks of two machines
    [InlineData(1, "1 s ago")]
    [InlineData(59.9, "59 s ago")]
    [InlineData(60, "1 min ago")]
    [InlineData(3599, "59 min ago")]
    [InlineData(3600, "1 h ago")]
    [InlineData(86_399, "23 h ago")]
    [InlineData(86_400, "1 d ago")]
    [InlineData(364.9 * 86_400, "364 d ago")]
    [InlineData(365 * 86_400, "1 y ago")]
    [InlineData(731 * 86_400, "2 y ago")]
    [InlineData(-10, "in 10 s")]
    [InlineData(-1799, "in 29 min")]
    [InlineData(-30 * 86_400, "in 30 d")]
    public void Age_is_short_in_the_largest_unit_that_fits(double seconds, string expected)
    {
        var now = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
        Assert.Equal(expected, Age.Between(now.AddSeconds(-seconds), now));
        Assert.True(expected.Length <= 10);
    }
}

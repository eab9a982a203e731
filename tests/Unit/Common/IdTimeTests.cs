using Microsoft.Extensions.Time.Testing;
using OpenCode.Common;

namespace OpenCode.Tests.Unit.Common;

public sealed class IdTimeTests
{
    [Fact]
    public void Time_is_in_every_id_to_the_millisecond()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.Parse("2026-02-03T04:05:06.789Z", System.Globalization.CultureInfo.InvariantCulture));
        var ids = new Ids(clock);

        Assert.Equal(clock.GetUtcNow(), Ids.TimeOf(ids.Task()));
        Assert.Equal(clock.GetUtcNow(), Ids.TimeOf(ids.Execution()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("my-task_1")]
    [InlineData("task_00000000000000000000000000x")]
    [InlineData("task_uuuuuuuuuuuuuuuuuuuuuuuuuu")]
    [InlineData("task_zzzzzzzzzzzzzzzzzzzzzzzzzz")]
    public void Text_that_is_no_id_of_ours_has_no_time(string id) => Assert.Null(Ids.TimeOf(id));
}

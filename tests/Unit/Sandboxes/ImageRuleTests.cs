using OpenCode.Sandboxes;

namespace OpenCode.Tests.Unit.Sandboxes;

public sealed class ImageRuleTests
{
    [Theory]
    [InlineData("debian:12", "debian:12", true)]
    [InlineData("debian:12", "debian:13", false)]
    [InlineData("debian:*", "debian:stable-slim", true)]
    [InlineData("debian:*", "debian", false)]
    [InlineData("debian*", "debian:12", true)]
    [InlineData("debian*", "debian.example/evil", false)]
    [InlineData("*", "debian:12", true)]
    [InlineData("*", "registry.example/debian:12", false)]
    [InlineData("registry.example/team/*", "registry.example/team/app:1", true)]
    [InlineData("registry.example/team/*", "registry.example/team/other/app:1", false)]
    [InlineData("registry.example/team/*", "evil.example/registry.example/team/app", false)]
    [InlineData("*/app:*", "team/app:1", true)]
    [InlineData("*:1*2", "app:1-a-2-b-2", true)]
    [InlineData("*:1*2", "app:1-a-2-b", false)]
    [InlineData("a", "A", false)]
    public void Star_stands_for_anything_within_one_name(string pattern, string image, bool allowed) => Assert.Equal(allowed, ImageRule.Allows(["none", pattern], image));

    [Fact]
    public void Empty_list_allows_any_and_many_stars_take_no_time()
    {
        Assert.True(ImageRule.Allows([], "any/thing:at-all"));
        Assert.False(ImageRule.Allows([string.Concat(Enumerable.Repeat("*a", 120))], new string('b', 255)));
    }
}

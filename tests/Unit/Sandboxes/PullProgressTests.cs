using Docker.DotNet.Models;
using OpenCode.Sandboxes;
using OpenCode.Sandboxes.Docker;

namespace OpenCode.Tests.Unit.Sandboxes;

public sealed class PullProgressTests
{
    private readonly Told _told = new();

    [Fact]
    public void Layers_weigh_by_their_size()
    {
        var pull = new PullProgress("image:tag", _told, static () => { });
        Say(pull, null, "Pulling from library/image");
        Assert.Null(_told.Last.Percent);
        Say(pull, "big", "Pulling fs layer");
        Say(pull, "small", "Pulling fs layer");
        Assert.Equal(0, _told.Last.Percent);
        Say(pull, "big", "Downloading", 0, 900);
        Say(pull, "small", "Downloading", 0, 100);
        Say(pull, "small", "Pull complete");
        Assert.Equal(10, _told.Last.Percent);
        Say(pull, "big", "Downloading", 450, 900);
        Assert.Equal(10 + 31, _told.Last.Percent);
        Say(pull, "big", "Download complete");
        Say(pull, "big", "Pull complete");
        Assert.Equal(100, _told.Last.Percent);
        Assert.Equal("Pulling image:tag", _told.Last.Activity);
        Assert.Equal("Pull complete", _told.Last.Status);
    }

    [Fact]
    public void Any_order_of_messages_never_goes_back_or_out_of_range()
    {
        var random = new Random(5);
        string[] statuses = ["Pulling fs layer", "Waiting", "Downloading", "Verifying Checksum", "Download complete", "Extracting", "Pull complete", "Already exists", "Retrying in 5 seconds", "Digest: sha256:0"];
        var pull = new PullProgress("image", _told, static () => { });
        for (var message = 0; message < 5000; message++)
        {
            Say(pull, random.Next(9) == 0 ? null : $"layer{random.Next(6)}", statuses[random.Next(statuses.Length)], random.Next(-5, 200), random.Next(-1, 100));
        }

        var percents = _told.All.Where(static one => one.Percent is not null).Select(static one => one.Percent!.Value).ToArray();
        Assert.Equal(percents.Order(), percents);
        Assert.All(percents, static percent => Assert.InRange(percent, 0, 100));
    }

    [Fact]
    public void Error_in_the_stream_is_kept_and_every_message_is_heard()
    {
        var heard = 0;
        var pull = new PullProgress("image", null, () => heard++);
        Say(pull, null, "Pulling");
        pull.Report(new JSONMessage { Error = new JSONError { Message = "no space left on device" } });
        Say(pull, null, "more");
        Assert.Equal("no space left on device", pull.Error);
        Assert.Equal(3, heard);
    }

    [Theory]
    [InlineData("debian", "debian", "latest")]
    [InlineData("debian:stable-slim", "debian", "stable-slim")]
    [InlineData("localhost:5000/a/b", "localhost:5000/a/b", "latest")]
    [InlineData("localhost:5000/a/b:c", "localhost:5000/a/b", "c")]
    [InlineData("a@sha256:0123", "a@sha256:0123", null)]
    [InlineData("a:b@sha256:0123", "a:b@sha256:0123", null)]
    public void Image_without_a_tag_is_latest_and_not_every_tag_there_is(string image, string name, string? tag) => Assert.Equal((name, tag), ImagePull.Parse(image));

    private static void Say(PullProgress pull, string? id, string status, long? current = null, long? total = null) =>
        pull.Report(new JSONMessage { ID = id, Status = status, Progress = current is null ? null : new JSONProgress { Current = current, Total = total } });

    private sealed class Told : IProgress<SandboxProgress>
    {
        public List<SandboxProgress> All { get; } = [];

        public SandboxProgress Last => All[^1];

        public void Report(SandboxProgress value) => All.Add(value);
    }
}

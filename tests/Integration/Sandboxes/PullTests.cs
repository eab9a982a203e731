using OpenCode.Sandboxes;

namespace OpenCode.Tests.Integration.Sandboxes;

public sealed class PullTests
{
    [Fact]
    public async Task Missing_image_is_pulled_and_its_progress_is_told()
    {
        await DockerEngine.NotOnPodmanAsync("it asks registries of this machine over HTTPS only");
        using var registry = new FakeRegistry();
        var image = $"{registry.Address}/tools:1";
        await using var sandbox = await Sandbox.PlanAsync(image);
        try
        {
            var told = new Told();
            var container = await sandbox.Host.EnsureAsync(sandbox.Specification, told, Test.Token);
            Assert.True(container is { Created: true, Running: true });
            Assert.All(told.All, one => Assert.Equal($"Pulling {image}", one.Activity));
            var percents = told.All.Where(static one => one.Percent is not null).Select(static one => one.Percent!.Value).ToArray();
            Assert.Equal(percents.Order(), percents);
            Assert.Equal(100, percents[^1]);
            Assert.True(percents.Distinct().Count() > 2, string.Join(' ', percents));
            var output = new RecordedOutput();
            Assert.Equal(0, (await sandbox.Host.RunAsync(container.Id, new SandboxCommand("exec_1", ["cat", "/data/two"], false, "", TimeSpan.FromSeconds(30)), output, Test.Token)).ExitCode);
            Assert.Equal(1 << 20, output.Bytes);
        }
        finally
        {
            await sandbox.Host.RemoveAsync(sandbox.Specification, Test.Token);
            await Sandbox.CurlAsync("DELETE", $"/images/{image}?force=1");
        }
    }

    [Fact]
    public async Task Image_that_the_registry_lacks_is_named_with_its_answer()
    {
        await DockerEngine.NotOnPodmanAsync("a registry's words are not passed on");
        using var registry = new FakeRegistry();
        await using var sandbox = await Sandbox.PlanAsync($"{registry.Address}/tools:no-such-tag");
        var error = await Assert.ThrowsAsync<OpenCodeException>(() => sandbox.Host.EnsureAsync(sandbox.Specification, null, Test.Token));
        Assert.Equal(OpenCodeError.SandboxFailed, error.Error);
        Assert.Contains(sandbox.Specification.Image, error.Message);
        Assert.Contains("no such thing", error.Message);
        Assert.Contains("docker pull", error.Message);
    }

    [Theory]
    [InlineData("127.0.0.1:1/nobody/here:tag", "connection refused")]
    [InlineData("Not A Name", "invalid reference format")]
    public async Task Image_that_cannot_be_had_is_named_with_the_reason(string image, string reason)
    {
        await using var sandbox = await Sandbox.PlanAsync(image);
        var error = await Assert.ThrowsAsync<OpenCodeException>(() => sandbox.Host.EnsureAsync(sandbox.Specification, null, Test.Token));
        Assert.Equal(OpenCodeError.SandboxFailed, error.Error);
        Assert.Contains(image, error.Message);
        Assert.Contains(reason, error.Message);
    }

    [Fact]
    public async Task Pull_can_be_cancelled()
    {
        await DockerEngine.NotOnPodmanAsync("it asks registries of this machine over HTTPS only");
        using var registry = new FakeRegistry(true);
        await using var sandbox = await Sandbox.PlanAsync($"{registry.Address}/tools:1");
        using var stop = new CancellationTokenSource();
        var ensure = sandbox.Host.EnsureAsync(sandbox.Specification, null, stop.Token);
        await registry.Asked;
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ensure.WaitAsync(TimeSpan.FromSeconds(5), Test.Token));
    }

    private sealed class Told : IProgress<SandboxProgress>
    {
        public List<SandboxProgress> All { get; } = [];

        public void Report(SandboxProgress value) => All.Add(value);
    }
}

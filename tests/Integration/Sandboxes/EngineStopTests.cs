using System.Diagnostics;
using OpenCode.Sandboxes.Docker;

namespace OpenCode.Tests.Integration.Sandboxes;

/// <summary>An engine of the test's own, so that it may be stopped and killed.</summary>
public sealed class EngineStopTests : IAsyncLifetime
{
    private readonly string _folder = $"/tmp/oc-stop-{Guid.NewGuid().ToString("N")[..8]}";
    private DockerEndpoint? _endpoint;

    public async ValueTask InitializeAsync()
    {
        // The same conditions as for every other engine: without the first one there is no machine for a second one.
        await DockerEngine.RequireAsync();
        var (code, text) = await ServiceAsync("start");
        if (code == 0)
        {
            _endpoint = DockerEndpoint.Resolve(text.Trim().Split('=', 2)[1]);
        }
        else
        {
            DockerEngine.Absent($"a second engine cannot be started: {text}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Directory.Exists(_folder))
        {
            await ServiceAsync("stop");
            Directory.Delete(_folder, true);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Engine_that_goes_in_the_middle_of_a_command_is_a_clear_error_within_seconds(bool killed)
    {
        await using var sandbox = await Sandbox.StartAsync(_endpoint!);
        var output = new RecordedOutput();
        var run = sandbox.RunAsync("echo ready; sleep 300", output);
        await output.Seen("ready");
        var stopping = killed ? KillAsync() : ServiceAsync("stop");
        var watch = Stopwatch.StartNew();
        var error = await Assert.ThrowsAsync<OpenCodeException>(() => run.WaitAsync(TimeSpan.FromSeconds(30), Test.Token));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(15), $"{watch.Elapsed}");
        Assert.True(error.Error is OpenCodeError.SandboxUnavailable or OpenCodeError.SandboxFailed, $"{error.Error}: {error.Message}");
        TestContext.Current.TestOutputHelper?.WriteLine($"{watch.Elapsed} {error.Error}: {error.Message}");
        await stopping;
        Assert.Equal(OpenCodeError.SandboxUnavailable, (await Assert.ThrowsAsync<OpenCodeException>(() => sandbox.RunAsync("true", new RecordedOutput()))).Error);
        if (!killed)
        {
            // And it is usable again when the engine is.
            Assert.Equal(0, (await ServiceAsync("start")).Code);
            await sandbox.Host.EnsureAsync(sandbox.Specification, null, Test.Token);
            Assert.Equal("works", await sandbox.ReadAsync("echo works"));
        }
    }

    [Fact]
    public async Task Engine_that_hangs_does_not_hang_us()
    {
        await using var sandbox = await Sandbox.StartAsync(_endpoint!);
        var output = new RecordedOutput();
        using var stop = new CancellationTokenSource();
        var run = sandbox.RunAsync("echo ready; sleep 300", output);
        await output.Seen("ready");
        await SignalAsync("STOP");
        try
        {
            var error = await Assert.ThrowsAsync<OpenCodeException>(() => run.WaitAsync(TimeSpan.FromSeconds(40), Test.Token));
            Assert.Equal(OpenCodeError.SandboxUnavailable, error.Error);
            Assert.Contains(" s;", error.Message);
        }
        finally
        {
            await SignalAsync("CONT");
        }
    }

    private async Task<(int Code, string Text)> ServiceAsync(string what)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "eng", "docker-service.sh")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("eng/docker-service.sh is not above the tests");
        }

        using var process = Process.Start(new ProcessStartInfo("bash", [Path.Combine(folder.FullName, "eng", "docker-service.sh"), what, _folder]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var text = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, process.ExitCode == 0 ? await text : await errors);
    }

    private Task KillAsync() => SignalAsync("KILL");

    private async Task SignalAsync(string signal)
    {
        var pid = (await File.ReadAllTextAsync(Path.Combine(_folder, "dockerd.pid"))).Trim();
        using var kill = Process.Start("kill", [$"-{signal}", pid]);
        await kill.WaitForExitAsync();
    }
}

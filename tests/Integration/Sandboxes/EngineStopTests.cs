using System.Diagnostics;

namespace OpenCode.Tests.Integration.Sandboxes;

/// <summary>An engine of the test's own, so that it may be stopped and killed. The same for both ways a command can go.</summary>
/// <param name="runner">By the runner, or by the engine's exec.</param>
public abstract class EngineStopTests(bool runner) : IAsyncLifetime
{
    private readonly OwnEngine _engine = new();

    public ValueTask InitializeAsync() => _engine.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _engine.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Engine_that_goes_in_the_middle_of_a_command_is_a_clear_error_within_seconds(bool killed)
    {
        await using var sandbox = await Sandbox.StartAsync(_engine.Endpoint, runner);
        var output = new RecordedOutput();
        var run = sandbox.RunAsync("echo ready; sleep 300", output);
        await output.Seen("ready");
        var stopping = killed ? _engine.SignalAsync("KILL") : _engine.StopAsync();
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
            await _engine.StartAsync();
            await sandbox.Host.EnsureAsync(sandbox.Specification, null, Test.Token);
            Assert.Equal("works", await sandbox.ReadAsync("echo works"));
        }
    }

    [Fact]
    public async Task Engine_that_hangs_does_not_hang_us()
    {
        await using var sandbox = await Sandbox.StartAsync(_engine.Endpoint, runner);
        var output = new RecordedOutput();
        using var stop = new CancellationTokenSource();
        var run = sandbox.RunAsync("echo ready; sleep 300", output);
        await output.Seen("ready");
        await _engine.SignalAsync("STOP");
        try
        {
            var error = await Assert.ThrowsAsync<OpenCodeException>(() => run.WaitAsync(TimeSpan.FromSeconds(40), Test.Token));
            Assert.Equal(OpenCodeError.SandboxUnavailable, error.Error);
            Assert.Contains(" s;", error.Message);
        }
        finally
        {
            await _engine.SignalAsync("CONT");
        }
    }
}

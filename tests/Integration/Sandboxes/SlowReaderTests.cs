using OpenCode.Sandboxes;

namespace OpenCode.Tests.Integration.Sandboxes;

/// <summary>Measures the memory of the whole process, so no other test may run beside it.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    public const string Name = "Alone";
}

/// <summary>The same for both ways a command can go.</summary>
/// <param name="runner">By the runner, or by the engine's exec.</param>
public abstract class SlowReaderTests(bool runner)
{
    [Fact]
    public async Task Output_flood_is_held_back_by_a_slow_reader()
    {
        await using var sandbox = await Sandbox.StartAsync(runner);
        using var slow = new StuckOutput();
        var run = sandbox.RunAsync("dd if=/dev/zero bs=1M count=64 && echo >done", slow);
        await slow.Stuck.Task.WaitAsync(TimeSpan.FromSeconds(30), Test.Token);
        // The command cannot get ahead of its reader by more than the pipes on the way hold.
        GC.Collect();
        var before = GC.GetTotalMemory(true);
        Assert.NotSame(run, await Task.WhenAny(run, Task.Delay(TimeSpan.FromSeconds(4), Test.Token)));
        Assert.True(GC.GetTotalMemory(true) - before < 8 * 1024 * 1024);
        Assert.False(File.Exists(Path.Combine(sandbox.Specification.Workspace, "done")));
        slow.Go.Set();
        Assert.Equal(0, (await run).ExitCode);
        Assert.Equal(64L * 1024 * 1024, slow.Bytes);
    }

    private sealed class StuckOutput : ICommandOutput, IDisposable
    {
        public ManualResetEventSlim Go { get; } = new();

        public TaskCompletionSource Stuck { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public long Bytes { get; private set; }

        public void Write(bool isError, ReadOnlySpan<byte> bytes)
        {
            Stuck.TrySetResult();
            Assert.True(Go.Wait(TimeSpan.FromSeconds(60)));
            Bytes += isError ? 0 : bytes.Length;
        }

        public void Dispose() => Go.Dispose();
    }
}

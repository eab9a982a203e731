using OpenCode.Locks;
using OpenCode.Registry;
using OpenCode.Tasks;
using OpenCode.Tests.Integration.Hosting;
using OpenCode.Tests.LockTaker.Torture;
using OpenCode.Tests.StoreWorker;

namespace OpenCode.Tests.Integration.Processes;

/// <summary>I4: a process that is stopped in the middle of a block under a lock, and goes on when the lock is not its own any more, changes nothing.</summary>
public sealed class StoppedHolderTests
{
    private const string Resource = "shared";
    private const string TaskId = "t";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Block_that_was_not_stopped_changes_and_gives_back(bool cmdlet)
    {
        using var store = new TemporaryStore();
        await using var runtime = await PreparedAsync(store);
        await using var block = Start(store, cmdlet);
        Assert.Equal("held", await block.ReadLineAsync(Token));
        Assert.Equal(("done", "done"), await GoOnAsync(block));
        Assert.Equal(7, (await runtime.Tasks.GetAsync(TaskId, Token)).Priority);
        Assert.Empty(await runtime.Registry.LocksAsync(Resource, null, Token));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Block_that_was_stopped_past_its_lease_is_refused_with_LeaseLost(bool cmdlet, bool taken)
    {
        Assert.SkipUnless(Signals.Exist, "There is no signal here that stops a process.");
        using var store = new TemporaryStore();
        await using var runtime = await PreparedAsync(store);
        await using var block = Start(store, cmdlet);
        Assert.Equal("held", await block.ReadLineAsync(Token));
        await StopAsync(runtime, block);
        if (taken)
        {
            // Had by the next when the lease is over, and still had when the block goes on.
            Assert.Equal("next", Assert.Single(await runtime.Locks.AcquireAsync(new LockRequest([Resource], "next") { Wait = Worker.Patience, Lease = Worker.Patience }, Token)).Owner);
        }
        else
        {
            await OverAsync(runtime);
        }

        Assert.True(Signals.Continue(block.Process.Id));
        Assert.Equal(("LeaseLost", "LeaseLost"), await GoOnAsync(block));
        Assert.Equal(0, (await runtime.Tasks.GetAsync(TaskId, Token)).Priority);
        Assert.Equal(taken ? ["next"] : [], (await runtime.Locks.ListAsync(new LockQuery { Resource = Resource }, Token)).Select(l => l.Owner));
    }

    private static async Task<OpenCodeRuntime> PreparedAsync(TemporaryStore store)
    {
        var runtime = await OpenCodeRuntime.OpenAsync(Life.Configuration(store.DataRoot) with { BusyTimeout = TimeSpan.FromSeconds(1) }, Token);
        await runtime.Tasks.CreateAsync(new NewTask { Id = TaskId, Name = "n" }, Token);
        return runtime;
    }

    private static Worker Start(TemporaryStore store, bool cmdlet) => cmdlet
        ? Worker.StartProgram(Repository.Metadata("ModuleHost"), Repository.Metadata("ModuleManifest"), Script(store))
        : Worker.Start("block", store.DataRoot, Resource, TaskId);

    /// <summary>The worker's block as a script: the same words for the same outcomes.</summary>
    private static string Script(TemporaryStore store) => $$"""
        $null = Connect-OcStore '{{store.DataRoot}}'
        function Say([scriptblock] $work) { try { $null = & $work; [Console]::Out.WriteLine('done') } catch { [Console]::Out.WriteLine($_.FullyQualifiedErrorId.Split(',')[0]) } }
        Say {
            Use-OcLock {{Resource}} -Owner block -LeaseSeconds 3 -ErrorAction Stop {
                [Console]::Out.WriteLine('held')
                $null = [Console]::In.ReadLine()
                Say { Set-OcTask {{TaskId}} -Priority 7 -ErrorAction Stop }
            }
        }
        """;

    /// <summary>Stops it at a moment when it does not hold the store's gate, which a stopped process keeps from everybody.</summary>
    private static async Task StopAsync(OpenCodeRuntime runtime, Worker block)
    {
        while (true)
        {
            Assert.True(Signals.Stop(block.Process.Id));
            try
            {
                await runtime.Registry.WriteAsync(new ProveWrite(), Token);
                return;
            }
            catch (OpenCodeException e) when (e.Error is OpenCodeError.StoreUnavailable)
            {
                Assert.True(Signals.Continue(block.Process.Id));
            }
        }
    }

    /// <summary>Returns once the lease's time is up. Nobody ends it: that is left to the block's own write.</summary>
    private static async Task OverAsync(OpenCodeRuntime runtime)
    {
        using var watch = runtime.Registry.Watch();
        while (!Assert.Single(await runtime.Registry.LocksAsync(Resource, null, Token)).IsOver)
        {
            await watch.ChangedAsync(TimeSpan.FromMilliseconds(50), Token);
        }
    }

    private static async Task<(string? Change, string? Release)> GoOnAsync(Worker block)
    {
        await block.Process.StandardInput.WriteLineAsync();
        await block.Process.StandardInput.FlushAsync(Token);
        var (output, errors, exitCode) = await block.EndAsync(Token);
        Assert.True(exitCode == 0, errors);
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.True(lines.Length == 2, output + errors);
        return (lines[0], lines[1]);
    }
}

using Microsoft.Extensions.Time.Testing;
using OpenCode.Common;
using OpenCode.Registry.Sqlite;

namespace OpenCode.Tests.Unit.Registry;

/// <summary>The gate between processes; here each gate object is one.</summary>
public sealed class GateTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("opencode-unit-");

    private string GateFile => Path.Combine(_folder.FullName, "opencode.db.gate");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Process_that_is_alone_is_never_kept_out()
    {
        using var gate = new Gate(GateFile, TimeProvider.System);
        for (var i = 0; i < 100; i++)
        {
            Assert.True(gate.TryEnter());
            gate.Leave();
        }
    }

    [Fact]
    public async Task Process_that_has_the_gate_again_and_again_lets_those_in_line_go_first()
    {
        using var busy = new Gate(GateFile, TimeProvider.System);
        using var line = new FileLock(Path.Combine(_folder.FullName, "opencode.db.line.gate"));
        Assert.True(busy.TryEnter());
        using var patient = new Gate(GateFile, TimeProvider.System);
        var waited = Task.Factory.StartNew(patient.Enter, TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await TestStore.UntilAsync(() => !IsFree(line)); // it is the first in line

        var since = TimeProvider.System.GetTimestamp();
        for (busy.Leave(); busy.TryEnter(); busy.Leave())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(since) < Patience);
        }

        await waited.WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.False(busy.TryEnter());
        patient.Leave();
        busy.Enter();
        busy.Leave();
    }

    [Fact]
    public async Task Process_that_goes_first_for_many_leaves_the_gate_to_those_in_line_again_and_again()
    {
        var clock = new FakeTimeProvider();
        using var leader = new Gate(GateFile, clock);
        using var line = new FileLock(Path.Combine(_folder.FullName, "opencode.db.line.gate"));
        leader.EnterFirst();
        using var patient = new Gate(GateFile, TimeProvider.System);
        var waited = Task.Factory.StartNew(patient.Enter, TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await TestStore.UntilAsync(() => !IsFree(line)); // it is the first in line
        var since = TimeProvider.System.GetTimestamp();
        var entered = Task.Run(
            () =>
            {
                while (!waited.IsCompleted)
                {
                    clock.Advance(Gate.First);
                    leader.Leave();
                    leader.EnterFirst(); // waits for the other's turn once that has the gate
                    Assert.True(TimeProvider.System.GetElapsedTime(since) < Patience);
                }
            },
            TestContext.Current.CancellationToken);
        await waited.WaitAsync(Patience, TestContext.Current.CancellationToken);
        patient.Leave();
        await entered.WaitAsync(Patience, TestContext.Current.CancellationToken);
        leader.Leave();
    }

    [Fact]
    public async Task Process_that_goes_first_for_many_is_not_held_up_by_one_that_does_not_leave_the_line()
    {
        var clock = new FakeTimeProvider();
        using var leader = new Gate(GateFile, clock);
        using var stopped = new FileLock(Path.Combine(_folder.FullName, "opencode.db.line.gate"));
        Assert.True(stopped.TryEnter());
        for (var i = 0; i < 3; i++)
        {
            clock.Advance(Gate.First);
            await Task.Factory.StartNew(leader.EnterFirst, TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default).WaitAsync(Patience, TestContext.Current.CancellationToken);
            leader.Leave();
        }
    }

    [Fact]
    public void Process_whose_turn_is_over_waits_behind_those_in_line_even_when_the_gate_is_free()
    {
        var clock = new FakeTimeProvider();
        using var gate = new Gate(GateFile, clock);
        Assert.Equal(1, Entries(gate, 1)); // its turn begins
        using var line = new FileLock(Path.Combine(_folder.FullName, "opencode.db.line.gate"));
        Assert.True(line.TryEnter()); // somebody comes who is not at the gate yet

        Assert.Equal(3 * Gate.LeastInARow, Entries(gate, 3 * Gate.LeastInARow)); // before its time is up, however often
        clock.Advance(Gate.Turn);
        Assert.Equal(0, Entries(gate, 1));

        line.Leave();
        Assert.Equal(1, Entries(gate, 1));
        Assert.True(line.TryEnter());
        clock.Advance(Gate.Turn); // a slow machine: its time is up before it has done anything
        Assert.Equal(Gate.LeastInARow - 1, Entries(gate, 3 * Gate.LeastInARow));
        line.Leave();
    }

    private static int Entries(Gate gate, int most)
    {
        var entries = 0;
        for (; entries < most && gate.TryEnter(); entries++)
        {
            gate.Leave();
        }

        return entries;
    }

    private static bool IsFree(FileLock line)
    {
        if (!line.TryEnter())
        {
            return false;
        }

        line.Leave();
        return true;
    }
}

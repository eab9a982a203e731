using OpenCode.Common;
using OpenCode.Registry.Sqlite;

namespace OpenCode.Tests.Unit.Registry;

/// <summary>The gate between processes; here each gate object is one.</summary>
public sealed class GateTests : IDisposable
{
    private const int MostInARow = 8;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("opencode-unit-");

    private string GateFile => Path.Combine(_folder.FullName, "opencode.db.gate");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Process_that_is_alone_is_never_kept_out()
    {
        using var gate = new Gate(GateFile);
        for (var i = 0; i < 100; i++)
        {
            Assert.True(gate.TryEnter());
            gate.Leave();
        }
    }

    [Fact]
    public async Task Process_that_has_the_gate_again_and_again_lets_those_in_line_go_first()
    {
        using var busy = new Gate(GateFile);
        using var line = new FileLock(Path.Combine(_folder.FullName, "opencode.db.line.gate"));
        Assert.True(busy.TryEnter());
        using var patient = new Gate(GateFile);
        var waited = Task.Factory.StartNew(patient.Enter, TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await TestStore.UntilAsync(() => !IsFree(line)); // it is the first in line

        var inARow = 1;
        for (busy.Leave(); busy.TryEnter(); busy.Leave())
        {
            Assert.InRange(++inARow, 2, MostInARow);
        }

        await waited.WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.False(busy.TryEnter());
        patient.Leave();
        busy.Enter();
        busy.Leave();
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

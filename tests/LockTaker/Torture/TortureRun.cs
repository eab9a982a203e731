using System.Diagnostics;
using System.Globalization;
using OpenCode.Common;
using OpenCode.Tasks;
using OpenCode.Tests.LockTaker.Histories;
using OpenCode.Tests.LockTaker.Taking;

namespace OpenCode.Tests.LockTaker.Torture;

/// <summary>Starts processes, kills, stops and misleads them for a time, lets the rest end, and has everything checked that they were told.</summary>
internal sealed class TortureRun(TortureOptions options)
{
    // Limits against hanging, not measures.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly Random _random = new(options.Seed);
    private readonly List<Victim> _victims = [];
    private readonly List<TakerProcess> _beside = [];
    private readonly List<string> _failures = [];

    public async Task<TortureReport> RunAsync(CancellationToken token)
    {
        Directory.CreateDirectory(options.Logs);
        var neighbourhood = Directory.CreateDirectory(Path.Combine(options.Folder, "neighbour"));
        await PrepareAsync(token);
        using (var log = new HistoryLog(Path.Combine(options.Logs, "torment.history.jsonl"), "torment"))
        {
            try
            {
                var beside = options.Processes < 4 ? 0 : Math.Max(1, options.Processes / 10);
                for (var i = 0; i < options.Processes - beside; i++)
                {
                    _victims.Add(new Victim(string.Create(CultureInfo.InvariantCulture, $"p{i:00}")));
                    _victims[i].Start(options, _random.Next(), "taker");
                }

                for (var i = 0; i < beside; i++)
                {
                    var seed = _random.Next().ToString(CultureInfo.InvariantCulture);
                    _beside.Add(i == 0
                        ? TakerProcess.Start("neighbour", neighbourhood.FullName, seed)
                        : TakerProcess.Start("reader", options.DataRoot, options.Logs, string.Create(CultureInfo.InvariantCulture, $"r{i:00}-1"), seed));
                }

                await Task.WhenAll(_victims.Select(v => ReadyAsync(v.Process!, v.Ready, token)).Concat(_beside.Select(p => ReadyAsync(p, p.Process.StandardOutput.ReadLineAsync(token).AsTask(), token))));
                await TormentAsync(log, token);
                await EndAsync(log, token);
            }
            finally
            {
                foreach (var process in _victims.Select(v => v.Process).OfType<TakerProcess>().Concat(_beside))
                {
                    await process.DisposeAsync();
                }
            }
        }

        await FindAsync(token);
        var history = new HistoryIndex(HistoryLog.ReadFolder(options.Logs));
        return new TortureReport(options, HistoryChecker.Check(history), _failures, Figures.Of(history));
    }

    /// <summary>The tasks that stay: those many work on, and those that are changed under a lock.</summary>
    private async Task PrepareAsync(CancellationToken token)
    {
        await using var runtime = await OpenCodeRuntime.OpenAsync(TakerProgram.Configuration(options.DataRoot), token);
        await runtime.Tasks.CreateManyAsync([.. Names.Shared.Select(id => new NewTask { Id = id, Name = id, Mode = AgentTaskMode.Collaborative }), .. Names.Resources.Select(r => new NewTask { Id = Names.Ledger(r), Name = r })], token);
        foreach (var id in Names.Shared.Concat(Names.Resources.Select(Names.Ledger)))
        {
            await runtime.Tasks.StartAsync(id, Actor.Operator, token);
        }
    }

    private static async Task ReadyAsync(TakerProcess process, Task<string?> said, CancellationToken token)
    {
        if (await said.WaitAsync(Patience, token) != "ready")
        {
            var (exit, errors) = await process.EndAsync(Patience, token);
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"A process could not start ({exit}): {errors}"));
        }
    }

    private async Task TormentAsync(HistoryLog log, CancellationToken token)
    {
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < options.Time)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(_random.Next(100, 500)), token);
            foreach (var victim in _victims.Where(v => v.StoppedUntil < HistoryLog.Now))
            {
                Continue(log, victim);
            }

            var chosen = _victims[_random.Next(_victims.Count)];
            switch (_random.Next(100))
            {
                // Few processes live as long as many: some seconds. On a slow machine all longer: it would start processes and do nothing else.
                case var kill when kill < Math.Min(40, 5 * _victims.Count) && chosen.IsReady && _victims.Count(v => !v.IsReady) <= _victims.Count / 8:
                    await KillAsync(log, chosen, token);
                    chosen.Start(options, _random.Next(), "taker");
                    break;
                case < 80 when Signals.Exist && chosen.IsReady && chosen.StoppedUntil is null && _victims.Count(v => v.StoppedUntil is not null) < Math.Max(1, _victims.Count / 8):
                    Did(log, chosen, Operation.Stop);
                    if (Signals.Stop(chosen.Process!.Process.Id))
                    {
                        chosen.StoppedUntil = HistoryLog.Now + (_random.Next(300, 3_500) * Time.Millisecond);
                        Did(log, chosen, Operation.Stopped);
                    }

                    break;
                default:
                    var jump = _random.Next(-20_000, 20_000);
                    Did(log, chosen, Operation.Skew, jump);
                    await chosen.Process!.SayAsync(jump.ToString(CultureInfo.InvariantCulture));
                    break;
            }
        }
    }

    private async Task KillAsync(HistoryLog log, Victim victim, CancellationToken token)
    {
        var process = victim.Process!;
        if (process.Process.HasExited)
        {
            var (exit, errors) = await process.EndAsync(Patience, token);
            _failures.Add(string.Create(CultureInfo.InvariantCulture, $"'{victim.Name}' ended by itself with {exit}: {errors}"));
        }
        else
        {
            Did(log, victim, Operation.Killed);
            process.Process.Kill();
            await process.Process.WaitForExitAsync(token).WaitAsync(Patience, token);
            Did(log, victim, Operation.Dead);
        }

        await process.DisposeAsync();
    }

    /// <summary>Everybody may finish what it is at.</summary>
    private async Task EndAsync(HistoryLog log, CancellationToken token)
    {
        foreach (var victim in _victims.Where(v => v.StoppedUntil is not null))
        {
            Continue(log, victim);
        }

        var processes = _victims.Select(v => (v.Name, Process: v.Process!)).Concat(_beside.Select((p, i) => (Name: string.Create(CultureInfo.InvariantCulture, $"beside {i}"), Process: p))).ToList();
        processes.ForEach(p => p.Process.Process.StandardInput.Close());
        foreach (var (name, process) in processes)
        {
            try
            {
                var (exit, errors) = await process.EndAsync(Patience, token);
                Did(log, name, Operation.Dead);
                if (exit != 0 || errors.Length > 0)
                {
                    _failures.Add(string.Create(CultureInfo.InvariantCulture, $"'{name}' ended with {exit}: {errors}"));
                }
            }
            catch (TimeoutException)
            {
                _failures.Add(string.Create(CultureInfo.InvariantCulture, $"'{name}' did not end within {Patience.TotalSeconds:0} s after it was told to."));
            }
        }
    }

    /// <summary>What the registry and the files have now.</summary>
    private async Task FindAsync(CancellationToken token)
    {
        using var log = new HistoryLog(Path.Combine(options.Logs, "found.history.jsonl"), "registry");
        await using var runtime = await OpenCodeRuntime.OpenAsync(TakerProgram.Configuration(options.DataRoot), token);
        await new Findings(runtime, log).WriteAsync(token);
    }

    private static void Continue(HistoryLog log, Victim victim)
    {
        victim.StoppedUntil = null;
        Did(log, victim, Operation.Continue);
        Signals.Continue(victim.Process!.Process.Id);
    }

    private static void Did(HistoryLog log, Victim victim, Operation operation, long? value = null) => Did(log, victim.Name, operation, value);

    private static void Did(HistoryLog log, string process, Operation operation, long? value = null) => log.Write(log.New(EventKind.Did, operation) with { Process = process, Value = value });
}

using System.Collections.Concurrent;
using System.Globalization;
using OpenCode.Locks;
using OpenCode.Tests.LockTaker;
using OpenCode.Tests.LockTaker.Taking;
using OpenCode.Tests.StoreWorker;

namespace OpenCode.Tests.Integration.Processes;

/// <summary>Waiting for a lock, by many processes: first come, first served.</summary>
public sealed class LineTests(ITestOutputHelper output)
{
    private const string Resource = "line";
    private const int Processes = 8;
    private const int Each = 8;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Sixty_four_waiters_of_eight_processes_are_served_in_the_order_of_their_tickets_and_alike()
    {
        using var store = new TemporaryStore();
        await using var runtime = await OpenCodeRuntime.OpenAsync(TakerProgram.Configuration(store.DataRoot), Token);
        var held = await runtime.Locks.AcquireAsync(new LockRequest([Resource], "before") { Lease = TimeSpan.FromMinutes(30) }, Token);
        var processes = Enumerable.Range(0, Processes).Select(i => TakerProcess.Start("waiters", store.DataRoot, Resource, string.Create(CultureInfo.InvariantCulture, $"p{i}"), Each.ToString(CultureInfo.InvariantCulture))).ToList();
        try
        {
            foreach (var process in processes)
            {
                Assert.Equal("ready", await process.Process.StandardOutput.ReadLineAsync(Token));
            }

            var grants = new ConcurrentQueue<(string Owner, long Fence)>();
            var all = new TaskCompletionSource();
            var readers = processes.Select(p => ReadAsync(p, grants, all)).ToList();
            await Task.WhenAll(processes.Select(p => p.SayAsync("go")));
            var line = await LineAsync(runtime, Processes * Each);
            await runtime.Locks.ReleaseAsync(Resource, "before", held[0].Fence, Token);
            await all.Task.WaitAsync(Worker.Patience, Token);
            processes.ForEach(p => p.Process.StandardInput.Close());
            await Task.WhenAll(readers);
            foreach (var process in processes)
            {
                var (exit, errors) = await process.EndAsync(Worker.Patience, Token);
                Assert.True(exit == 0 && errors.Length == 0, errors);
            }

            // Fences grow with each grant, so they are its order; the line was read from the registry before the first.
            var order = grants.OrderBy(g => g.Fence).Select(g => g.Owner).ToList();
            Assert.Equal(line, order.Take(line.Count));
            var counts = order.CountBy(owner => owner).Select(c => c.Value).Order().ToList();
            Assert.Equal(Processes * Each, counts.Count);
            output.WriteLine($"{order.Count} grants to {counts.Count} waiters: the fewest {counts[0]}, the most {counts[^1]} (1 : {(double)counts[^1] / counts[0]:0.00})");
            Assert.True(counts[^1] <= 2 * counts[0], $"one waiter had {counts[0]} grants, another {counts[^1]}");
        }
        finally
        {
            foreach (var process in processes)
            {
                await process.DisposeAsync();
            }
        }
    }

    // So many grants, of which each waiter can have had several.
    private static async Task ReadAsync(TakerProcess process, ConcurrentQueue<(string, long)> grants, TaskCompletionSource all)
    {
        while (await process.Process.StandardOutput.ReadLineAsync() is { } text)
        {
            var words = text.Split(' ');
            grants.Enqueue((words[0], long.Parse(words[1], CultureInfo.InvariantCulture)));
            if (grants.Count >= Processes * Each * 10)
            {
                all.TrySetResult();
            }
        }

        all.TrySetResult();
    }

    /// <summary>Who stands in the line, by ticket, once so many do.</summary>
    private static async Task<IReadOnlyList<string>> LineAsync(OpenCodeRuntime runtime, int count)
    {
        using var watch = runtime.Registry.Watch();
        while (true)
        {
            var waiting = await Line.OwnersAsync(runtime, Token);
            if (waiting.Count == count)
            {
                return [.. waiting.Select(w => w.Owner)];
            }

            await watch.ChangedAsync(TimeSpan.FromSeconds(1), Token);
        }
    }
}

using OpenCode.Common;
using OpenCode.Registry;

namespace OpenCode.Tests.Unit.Locks;

/// <summary>Random sequences of everything that can be done with locks, against a model: after each step the store and the model agree on who holds, who waits, and what was counted.</summary>
public sealed class LockModelTests(ITestOutputHelper output)
{
    private const int Steps = 1_500;

    private static readonly string[] Resources = ["a", "b", "c", "d"];
    private static readonly string[] Owners = ["ada", "bob", "eve"];

    private static CancellationToken Token => TestStore.Token;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Random_sequences_agree_with_the_model(int seed)
    {
        await using var store = await TestStore.OpenAsync();
        var random = new Random(seed);
        var model = new LockModel();
        var registry = store.Runtime.Registry;
        var started = store.Clock.GetUtcNow();
        var tickets = new Dictionary<int, long>(); // of requests that waited
        var highest = Resources.ToDictionary(r => r, _ => 0L);
        var kinds = new SortedDictionary<string, int>(StringComparer.Ordinal);
        for (var step = 0; step < Steps; step++)
        {
            var kind = await StepAsync(step);
            kinds[kind] = kinds.GetValueOrDefault(kind) + 1;
            await CheckAsync($"seed {seed}, step {step}, {kind}");
        }

        output.WriteLine($"seed {seed}: {string.Join(", ", kinds.Select(k => $"{k.Key} {k.Value}"))}; {model.Served} served from the line, {model.Lost} of {model.Ended} lost");
        Assert.True(model.Served > Steps / 50 && model.Lost > Steps / 50, "The sequence has to reach the line and the ends of leases.");

        async Task<string> StepAsync(int request)
        {
            switch (random.Next(20))
            {
                case < 9:
                    return await AcquireAsync(request, random.Next(3) > 0);
                case < 13 when model.Holders.Count > 0:
                    var held = Any(model.Holders);
                    await registry.WriteAsync(new ReleaseLocks(held.Owner, [(held.Resource, held.Fence)]), Token);
                    model.End(h => h == held, lost: false);
                    await SettleAllAsync();
                    return "release";
                case < 15 when model.Holders.Count > 0:
                    var renewed = Any(model.Holders);
                    Assert.Equal(renewed.Fence, (await registry.WriteAsync(new RenewLocks(renewed.Owner, [new LeaseGuard(renewed.Resource, renewed.Fence)], null), Token))[0].Fence);
                    renewed.Until = model.Now + renewed.Duration;
                    return "renew";
                case < 17 when model.Line.Count > 0:
                    var leaves = Any(model.Line);
                    await registry.WriteAsync(new WithdrawTicket(tickets[leaves.Request], Release: true), Token);
                    model.Leave(w => w == leaves);
                    await SettleAllAsync();
                    return "withdraw";
                case < 19:
                    var seconds = random.Next(1, 8);
                    store.Clock.Advance(TimeSpan.FromSeconds(seconds));
                    model.Now += seconds;
                    await SettleAllAsync();
                    return "advance";
                default:
                    var owner = Any(Owners);
                    await registry.WriteAsync(new ReleaseOwner(owner), Token);
                    model.Leave(w => w.Owner == owner);
                    model.End(h => h.Owner == owner, lost: true);
                    await SettleAllAsync();
                    return "release owner";
            }
        }

        async Task<string> AcquireAsync(int request, bool waits)
        {
            string[] resources = [.. Resources.Where(_ => random.Next(3) == 0)];
            resources = resources.Length == 0 ? [Any(Resources)] : resources;
            var (owner, mode, seconds) = (Any(Owners), random.Next(2) == 0 ? LeaseMode.Exclusive : LeaseMode.Collaborative, random.Next(5, 30));
            var write = new AcquireLocks(resources, owner, mode, TimeSpan.FromSeconds(seconds), Bound: random.Next(2) == 0, waits ? TimeSpan.FromDays(1) : null);
            if (model.IsFree(resources, mode))
            {
                Assert.Equal(resources, (await registry.WriteAsync(write, Token)).Leases.Select(l => l.Resource));
                model.Take(request, resources, owner, mode, seconds);
                return "acquire";
            }

            if (waits)
            {
                tickets[request] = (await registry.WriteAsync(write, Token)).Ticket!.Value;
                model.Wait(request, resources, owner, mode, seconds);
                model.Conflicts++;
                return "wait";
            }

            var refused = await Assert.ThrowsAsync<OpenCodeException>(async () => await registry.WriteAsync(write, Token));
            Assert.Equal(OpenCodeError.LockHeld, refused.Error);
            return "refused";
        }

        async Task SettleAllAsync()
        {
            // Where something is seen to be over, and nowhere else, and in any order: as those do who look at what they wait for.
            while ((await registry.LocksAsync(null, null, Token)).Where(l => l.IsOver).Select(l => l.Lease.Resource).Distinct().ToList() is { Count: > 0 } over)
            {
                await registry.WriteAsync(new SettleLocks([Any(over)]), Token);
            }

            model.Settle();
        }

        async Task CheckAsync(string where)
        {
            var held = (await registry.LocksAsync(null, null, Token)).Where(l => !l.IsOver).Select(l => l.Lease).ToList();
            foreach (var lease in held)
            {
                // The fences of what the model granted are the store's to choose, and only grow.
                if (model.Holders.FirstOrDefault(h => h.Fence == 0 && (h.Resource, h.Owner, h.Mode, started.AddSeconds(h.Until)) == (lease.Resource, lease.Owner, lease.Mode, lease.ExpiresAt) && model.Holders.All(o => o.Fence != lease.Fence || o.Resource != lease.Resource)) is { } granted)
                {
                    Assert.True(lease.Fence > highest[lease.Resource], $"{where}: the fence of '{lease.Resource}' went from {highest[lease.Resource]} to {lease.Fence}");
                    (granted.Fence, highest[lease.Resource]) = (lease.Fence, lease.Fence);
                }
            }

            Assert.True(
                held.Select(Told).Order(StringComparer.Ordinal).SequenceEqual(model.Holders.Select(Expected).Order(StringComparer.Ordinal)),
                $"{where}:\n  held  {string.Join(", ", held.Select(Told))}\n  model {string.Join(", ", model.Holders.Select(Expected))}");
            foreach (var on in held.GroupBy(l => l.Resource))
            {
                Assert.True(on.Count() == 1 || on.All(l => l.Mode is LeaseMode.Collaborative), $"{where}: '{on.Key}' is held by {string.Join(" and ", on.Select(l => $"{l.Owner} {l.Mode}"))}");
            }

            foreach (var waiting in model.Line)
            {
                var look = await registry.LookAtLocksAsync(waiting.Resources, tickets[waiting.Request], Token);
                Assert.True(look.Waits, $"{where}: request {waiting.Request} does not wait any more");
            }

            var statistic = (await registry.StatisticAsync(0, Token)).Locks;
            Assert.Equal(
                (where, model.Holders.Count, model.Line.Count, model.Holders.Count + model.Ended, model.Lost, model.Conflicts),
                (where, (int)statistic.Active, (int)statistic.Waiting, (int)statistic.Total, (int)statistic.Expired, (int)statistic.Conflicts));
        }

        T Any<T>(IReadOnlyList<T> list) => list[random.Next(list.Count)];
    }

    private static string Told(Lease l) => $"{l.Resource}/{l.Owner}/{l.Mode}/{l.Fence}";

    private static string Expected(LockModel.Held h) => $"{h.Resource}/{h.Owner}/{h.Mode}/{h.Fence}";
}

using OpenCode.Common;
using OpenCode.Registry;
using OpenCode.Registry.Sqlite;

namespace OpenCode.Bench.Rows;

/// <summary>One task by its id, and lists of a hundred by status, in a registry of many.</summary>
internal sealed class Reads : Benchmark
{
    private const int Statuses = 5;

    public override string Name => "reads: get by id, list of 100 by status";

    public override async IAsyncEnumerable<BenchRow> RunAsync(BenchContext bench)
    {
        var rows = Samples.Rows(bench.Count(100_000, 10_000));
        var ids = rows.Select(r => r.Id).OrderBy(id => id.GetHashCode(StringComparison.Ordinal)).Take(bench.Count(50_000, 5_000)).ToList();
        var configuration = bench.Store();
        await using var registry = await SqliteRegistry.OpenAsync(configuration, TimeProvider.System, StepProbe.None, () => ProcessIdentity.Current, BenchContext.Token);
        foreach (var batch in rows.Chunk(Samples.Batch))
        {
            await registry.WriteAsync(new CreateTasks(batch), BenchContext.Token);
        }

        using var raw = new RawRegistry(bench.Folder(), indices: true, journal: false);
        raw.Insert(rows);
        const string Spread = "UPDATE tasks SET status = n % 5";
        raw.Run(Spread);
        using (var session = new SqliteSession(configuration))
        {
            session.Run(Spread);
        }

        var rounds = bench.Count(9, 3);
        using var get = raw.Prepare($"SELECT {RawRegistry.Columns} FROM tasks WHERE id = ?");
        var gets = await Pairs.MeasureAsync(2, rounds, () => GetAsync(registry, ids), () => Task.FromResult(Get(get, ids)));
        yield return BenchRow.Of($"get by id, out of {rows.Count:N0}", gets, "reads", 0.7);

        var lists = bench.Count(500, 50);
        using var page = raw.Prepare($"SELECT {RawRegistry.Columns} FROM tasks WHERE status = ? ORDER BY n DESC LIMIT ? OFFSET ?");
        var hundreds = await Pairs.MeasureAsync(2, rounds, () => HundredAsync(registry, lists * 3), () => Task.FromResult(Hundred(page, lists * 3)));
        yield return BenchRow.Of("list of 100 by status", hundreds, "lists", 0.6);

        using var count = raw.Prepare("SELECT count(*) FROM tasks WHERE status = ?");
        using var begin = raw.Prepare("BEGIN");
        using var commit = raw.Prepare("COMMIT");
        var pages = await Pairs.MeasureAsync(2, rounds, () => PageAsync(registry, lists), () => Task.FromResult(Page(begin, page, count, commit, lists)));
        yield return BenchRow.Of("page of 100 by status and the number of all, one snapshot", pages, "pages", 0.6);
    }

    private static Task<double> GetAsync(SqliteRegistry registry, List<string> ids) => Pairs.RateAsync(ids.Count, async () =>
    {
        foreach (var id in ids)
        {
            if ((await registry.FindAsync(id, BenchContext.Token))!.Task.Id.Length != id.Length)
            {
                throw new InvalidOperationException("Another task was read.");
            }
        }
    });

    private static double Get(RawStatement get, List<string> ids) => Pairs.Rate(ids.Count, () =>
    {
        foreach (var id in ids)
        {
            get.Text(1, id);
            get.Step();
            if (ReadRow(get).Length != id.Length)
            {
                throw new InvalidOperationException("Another task was read.");
            }

            get.Reset();
        }
    });

    private static Task<double> HundredAsync(SqliteRegistry registry, int lists) => Pairs.RateAsync(lists, async () =>
    {
        for (var i = 0; i < lists; i++)
        {
            var read = 0;
            await foreach (var task in registry.StreamAsync(new TaskQuery { Statuses = [(AgentTaskStatus)(i % Statuses)], First = 100 }, BenchContext.Token))
            {
                read++;
            }

            Check(read);
        }
    });

    private static double Hundred(RawStatement page, int lists) => Pairs.Rate(lists, () =>
    {
        for (var i = 0; i < lists; i++)
        {
            Check(ReadPage(page, i));
        }
    });

    private static Task<double> PageAsync(SqliteRegistry registry, int lists) => Pairs.RateAsync(lists, async () =>
    {
        for (var i = 0; i < lists; i++)
        {
            Check((await registry.ListAsync(new TaskQuery { Statuses = [(AgentTaskStatus)(i % Statuses)], First = 100 }, BenchContext.Token)).Tasks.Count);
        }
    });

    private static double Page(RawStatement begin, RawStatement page, RawStatement count, RawStatement commit, int lists) => Pairs.Rate(lists, () =>
    {
        for (var i = 0; i < lists; i++)
        {
            begin.Run();
            var read = ReadPage(page, i);
            count.Integer(1, i % Statuses);
            count.Step();
            Check(count.Integer(0) < read ? 0 : read);
            count.Reset();
            commit.Run();
        }
    });

    private static int ReadPage(RawStatement page, int i)
    {
        page.Integer(1, i % Statuses);
        page.Integer(2, 100);
        page.Integer(3, 0);
        var read = 0;
        while (page.Step())
        {
            read += ReadRow(page).Length > 0 ? 1 : 0;
        }

        page.Reset();
        return read;
    }

    /// <summary>Every column, its texts as strings.</summary>
    private static string ReadRow(RawStatement row)
    {
        var id = row.Text(0);
        _ = row.Text(1);
        _ = row.Text(2);
        _ = row.Integer(3) + row.Integer(4);
        _ = row.Text(5);
        _ = row.Text(6);
        _ = row.Integer(7);
        _ = row.Text(8);
        _ = row.Text(9);
        _ = row.Text(10);
        _ = row.Integer(11) + row.Integer(12);
        _ = row.Text(13);
        _ = row.Integer(14) + row.Integer(15) + row.Integer(16) + row.Integer(17);
        _ = row.Text(18);
        _ = row.Integer(19) + row.Integer(20) + row.Integer(21) + row.Integer(22);
        _ = row.Text(23);
        _ = row.Text(24);
        return id;
    }

    private static void Check(int read)
    {
        if (read != 100)
        {
            throw new InvalidOperationException($"A page had {read} tasks.");
        }
    }
}

namespace OpenCode.Bench;

/// <summary>Prints lines as they come, in columns of fixed width, so that a run can be watched.</summary>
internal sealed class BenchTable(TextWriter output)
{
    public int Rows { get; private set; }

    public void Add(BenchRow row)
    {
        if (Rows++ == 0)
        {
            Line("what", "ours", "limit", "ratio", "wanted", "");
            output.WriteLine(new string('-', 128));
        }

        Line(row.What, row.Ours, row.Limit, row.Ratio, row.Wanted, row.Holds switch { true => "ok", false => "MISSED", null => "" });
        output.Flush();
    }

    private void Line(string what, string ours, string limit, string ratio, string wanted, string holds) =>
        output.WriteLine($"{what,-60} {ours,20} {limit,18} {ratio,6} {wanted,10} {holds}".TrimEnd());
}

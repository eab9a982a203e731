namespace OpenCode.HelpBuilder;

/// <summary>A table as aligned columns of plain text.</summary>
/// <param name="table">The table.</param>
public sealed class TableText(Table table)
{
    private const int Gap = 2;

    /// <summary>The table's lines.</summary>
    /// <param name="width">How wide they may be: the widest columns are narrowed and their cells broken at words until all fits, or cannot.</param>
    public IEnumerable<string> Lines(int width)
    {
        var widths = Widths(width);
        var rule = widths.Select(static w => new string('-', w)).ToArray();
        return Row(table.Rows[0], widths).Append(Join(rule, widths)).Concat(table.Rows.Skip(1).SelectMany(row => Row(row, widths)));
    }

    private int[] Widths(int width)
    {
        int[] columns = [.. Enumerable.Range(0, table.Rows[0].Count)];
        int[] widths = [.. columns.Select(column => table.Rows.Max(row => row[column].Length))];
        int[] least = [.. columns.Select(column => table.Rows.Max(row => row[column].Split(' ').Max(static word => word.Length)))];
        while (widths.Sum() + (Gap * (widths.Length - 1)) > width && columns.Any(column => widths[column] > least[column]))
        {
            widths[columns.Where(column => widths[column] > least[column]).MaxBy(column => widths[column])]--;
        }

        return widths;
    }

    private static IEnumerable<string> Row(IReadOnlyList<string> cells, int[] widths)
    {
        var lines = cells.Select((cell, column) => BlockText.Wrap(cell, widths[column]).ToArray()).ToArray();
        return Enumerable.Range(0, lines.Max(static cell => cell.Length)).Select(i => Join([.. lines.Select(cell => i < cell.Length ? cell[i] : "")], widths));
    }

    private static string Join(string[] cells, int[] widths) => string.Join(new string(' ', Gap), cells.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd();
}

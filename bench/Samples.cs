using System.Globalization;
using OpenCode.Common;
using OpenCode.Registry;
using OpenCode.Tasks;

namespace OpenCode.Bench;

/// <summary>The same made-up tasks and log entries for the product and the limit.</summary>
internal static class Samples
{
    public const int Batch = 500;

    private static readonly Ids Ids = new(TimeProvider.System);

    private static readonly DateTimeOffset Start = new(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);

    public static IReadOnlyList<NewTaskRow> Rows(int count) => [.. Enumerable.Range(0, count).Select(i => new NewTaskRow(
        Ids.Task(), Name(i), "Read the whole module and say what it does, then change it.", AgentTaskMode.Exclusive, Owner(i), i % 5, Metadata(i), null))];

    public static IReadOnlyList<NewTask> Requests(int count) => [.. Enumerable.Range(0, count).Select(i => new NewTask
    {
        Name = Name(i), Description = "Read the whole module and say what it does, then change it.", Owner = Owner(i), Priority = i % 5, Metadata = Metadata(i),
    })];

    /// <summary>Entries whose lines have about 190 bytes; one in ten is a warning or an error.</summary>
    public static IReadOnlyList<LogEntry> Entries(int count) => [.. Enumerable.Range(0, count).Select(i => new LogEntry
    {
        Timestamp = Start.AddMilliseconds(i),
        Level = i % 20 == 7 ? LogLevel.Error : i % 20 == 13 ? LogLevel.Warn : i % 3 == 0 ? LogLevel.Debug : LogLevel.Info,
        Message = string.Create(CultureInfo.InvariantCulture, $"Step {i:D7}: compiled the project and ran its tests, all passed"),
        Data = JsonMap.Parse(string.Create(CultureInfo.InvariantCulture, $$"""{"agent":"worker-{{i % 7}}","step":{{i}},"file":"src/Part{{i % 100}}.cs"}""")),
    })];

    private static string Name(int i) => string.Create(CultureInfo.InvariantCulture, $"Task {i:D6} of the benchmark");

    private static string Owner(int i) => string.Create(CultureInfo.InvariantCulture, $"owner-{i % 20}");

    private static JsonMap Metadata(int i) => JsonMap.Parse(string.Create(CultureInfo.InvariantCulture, $$"""{"area":"bench","number":{{i}}}"""));
}

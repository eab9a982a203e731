using System.Text;
using Microsoft.Extensions.Time.Testing;
using OpenCode.Common;
using OpenCode.Layers;

namespace OpenCode.Tests.Unit.Layers;

public sealed class LogLayerTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("opencode-unit-").FullName;
    private readonly TaskFolder _folder;
    private readonly LogLayer _log = new(new AppendFile(false, StepProbe.None), new FakeTimeProvider(DateTimeOffset.UnixEpoch));

    public LogLayerTests()
    {
        _folder = new TaskFolder(_root, "t");
        Directory.CreateDirectory(_folder.Root);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Read_with_any_filter_agrees_with_a_naive_model_and_counts_malformed_lines()
    {
        var random = new Random(13);
        var model = new List<LogEntry?>();
        using (var file = File.Create(_folder.Logs))
        {
            for (var i = 0; i < 3_000; i++)
            {
                var entry = random.Next(50) == 0 ? null : Any(random, i);
                model.Add(entry);
                file.Write(entry is null ? "{\"broken\": \n"u8 : LogLayer.Format([entry]).Span);
            }
        }

        for (var round = 0; round < 60; round++)
        {
            LogLevel? level = random.Next(2) == 0 ? null : (LogLevel)random.Next(4);
            int? last = random.Next(2) == 0 ? null : random.Next(0, 400);
            var odd = random.Next(2) == 0;
            var wanted = model.OfType<LogEntry>().Where(e => !(e.Level < level) && (!odd || e.Timestamp.Millisecond % 2 == 1)).ToList();
            var (entries, malformed) = LogLayer.Read(_folder, level, e => !odd || e.Timestamp.Millisecond % 2 == 1, last);
            Assert.Equal(last is { } count ? wanted.TakeLast(count) : wanted, entries);
            Assert.True(last is not null || malformed == model.Count(e => e is null));
        }
    }

    [Fact]
    public void Append_after_a_line_torn_at_any_byte_keeps_every_whole_line_and_reports_the_cut()
    {
        var whole = LogLayer.Format([Entry("one", 1), Entry("zwei äöü 😀", null)]).ToArray();
        var torn = LogLayer.Format([Entry("drei äöü 😀", 2)]).ToArray();
        using var held = new TaskLock("t", new MemoryStream());
        for (var cut = 0; cut < torn.Length; cut++)
        {
            File.WriteAllBytes(_folder.Logs, [.. whole, .. torn[..cut]]);
            Assert.Equal(2, LogLayer.Read(_folder, null, _ => true, null).Entries.Count);
            Assert.Null(LogLayer.LastSeq(_folder));
            _log.Append(held, _folder, Entry("next", 3));
            var (entries, malformed) = LogLayer.Read(_folder, null, _ => true, null);
            Assert.Equal(0, malformed);
            Assert.Equal(cut == 0 ? 3 : 4, entries.Count);
            Assert.Equal(["one", "zwei äöü 😀"], entries.Take(2).Select(e => e.Message));
            Assert.True(cut == 0 || entries[2].Message.Contains($"{cut} bytes", StringComparison.Ordinal));
            Assert.Equal(3, LogLayer.LastSeq(_folder));
        }
    }

    [Theory]
    [InlineData(4_000)]
    [InlineData(300_000)]
    [InlineData(2_000_000)]
    public void Line_longer_than_the_buffers_is_read_whole(int length)
    {
        using var held = new TaskLock("t", new MemoryStream());
        _log.Append(held, _folder, Entry("first", 1));
        _log.Append(held, _folder, Entry(new string('ü', length), 2));
        Assert.Equal(2, LogLayer.LastSeq(_folder));
        Assert.Equal(length, Assert.Single(LogLayer.Read(_folder, null, _ => true, 1).Entries).Message.Length);
        _log.Append(held, _folder, Entry("last", 3));
        Assert.Equal([1L, 2L, 3L], LogLayer.Read(_folder, null, _ => true, null).Entries.Select(e => e.Seq!.Value));
    }

    [Fact]
    public void Line_with_bytes_that_are_not_UTF8_is_malformed_and_not_data()
    {
        var line = LogLayer.Format([Entry("x", null) with { Data = JsonMap.Parse("""{"a":"Z"}""") }]).ToArray();
        line[Encoding.UTF8.GetString(line).IndexOf('Z', StringComparison.Ordinal)] = 0xFF;
        File.WriteAllBytes(_folder.Logs, line);
        var (entries, malformed) = LogLayer.Read(_folder, null, _ => true, null);
        Assert.Empty(entries);
        Assert.Equal(1, malformed);
    }

    private static LogEntry Entry(string message, long? seq) => new() { Timestamp = DateTimeOffset.UnixEpoch, Level = LogLevel.Info, Message = message, Seq = seq };

    private static LogEntry Any(Random random, int i) => new()
    {
        Timestamp = DateTimeOffset.UnixEpoch.AddMilliseconds(i),
        Level = (LogLevel)random.Next(4),
        Message = random.Next(20) == 0 ? new string('ä', random.Next(2_000)) : $"m{i}\n\",\"level\":\"error\"",
        Data = random.Next(3) == 0 ? JsonMap.Parse($$"""{"level":"debug","n":{{i}}}""") : null,
        Seq = random.Next(3) == 0 ? i : null,
    };
}

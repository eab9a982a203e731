using System.Buffers;
using System.Text;
using System.Text.Json;
using OpenCode.Layers;

namespace OpenCode.Tests.Unit.Layers;

public sealed class LogLineTests
{
    private static readonly DateTimeOffset Time = new DateTimeOffset(2026, 1, 2, 3, 4, 5, 6, TimeSpan.FromHours(2)).AddTicks(9_999);

    [Theory]
    [InlineData("plain words, and 'quotes' of the harmless kind: <a> & b + c ~")]
    [InlineData("")]
    [InlineData("with \"quotes\" and \\ and \r\n and \t")]
    [InlineData("with é, 日本語 and 🙂")]
    [InlineData("with \u007F and \u2028")]
    public void Write_any_message_is_one_line_that_reads_back(string message)
    {
        foreach (var data in (string?[])[null, "{}", """{"agent":"worker","n":[1,2.5,null],"text":"é\n"}""", "{ \"over\":\n \"two lines\" }"])
        {
            foreach (var seq in (long?[])[null, 1, long.MaxValue])
            {
                var entry = new LogEntry { Timestamp = Time, Level = LogLevel.Warn, Message = message, Data = data is null ? null : JsonMap.FromTrusted(data), Seq = seq };
                var line = Write(entry);
                Assert.Equal(line.Length - 1, line.IndexOf('\n'));
                Assert.StartsWith("""{"timestamp":"2026-01-02T01:04:05.006Z","level":"warn","message":""", line);
                var read = LogLine.Read(Encoding.UTF8.GetBytes(line.TrimEnd('\n')))!;
                Assert.Equal(message, read.Message);
                Assert.Equal(seq, read.Seq);
                Assert.Equal(data is null ? null : JsonSerializer.Serialize(JsonDocument.Parse(data)), read.Data is null ? null : JsonSerializer.Serialize(JsonDocument.Parse(read.Data.ToString())));
            }
        }
    }

    [Fact]
    public void Write_plain_message_is_as_the_general_way_writes_it()
    {
        var plain = new string([.. Enumerable.Range(' ', 95).Select(c => (char)c).Where(c => c is not ('"' or '\\'))]);
        foreach (var data in (string?[])[null, "{}", """{"agent":"worker é","n":[1,2.5,null]}"""])
        {
            var entry = new LogEntry { Timestamp = Time, Level = LogLevel.Error, Message = plain, Data = data is null ? null : JsonMap.FromTrusted(data), Seq = 7 };
            // A message that needs the general way, and is otherwise the same.
            var general = Write(entry with { Message = plain + "\t" });
            Assert.Equal(general.Replace("\\t\"", "\""), Write(entry));
        }
    }

    private static string Write(LogEntry entry)
    {
        var buffer = new ArrayBufferWriter<byte>();
        LogLine.Write(buffer, entry);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}

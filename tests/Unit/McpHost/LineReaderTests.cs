using System.Text;
using OpenCode.McpHost.Stdio;

namespace OpenCode.Tests.Unit.McpHost;

public sealed class LineReaderTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(100_000)]
    public void Read_gives_the_same_lines_however_the_input_comes(int piece)
    {
        var lines = new[] { "a", "", "two words", new string('x', 10), new string('y', 11), new string('z', 200_000), "last without an end" };

        using var input = new Pieces(Encoding.UTF8.GetBytes(string.Join('\n', lines)), piece);
        var reader = new LineReader(input, limit: 10);
        var read = new List<(string Text, bool Cut)>();
        while (reader.Read() is { } line)
        {
            read.Add((Encoding.UTF8.GetString(line.Bytes.Span), line.Cut));
        }

        Assert.Equal(lines.Select(line => (line[..Math.Min(10, line.Length)], line.Length > 10)), read.Select(line => (line.Text, line.Cut)));
    }

    [Fact]
    public void Read_an_empty_input_has_no_line()
    {
        using var input = new MemoryStream();
        Assert.Null(new LineReader(input, 10).Read());
    }

    private sealed class Pieces(byte[] bytes, int piece) : MemoryStream(bytes)
    {
        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(piece, buffer.Length)]);
    }
}

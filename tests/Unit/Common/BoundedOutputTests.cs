using System.Globalization;
using System.Text;
using OpenCode.Common;

namespace OpenCode.Tests.Unit.Common;

public sealed class BoundedOutputTests
{
    [Fact]
    public void Nothing_written_is_nothing_kept()
    {
        var output = new BoundedOutput(10);
        Assert.Equal("", output.ToString());
        Assert.Equal(0, output.Total);
        Assert.False(output.Truncated);
    }

    [Theory]
    [InlineData(9, false)]
    [InlineData(10, false)]
    [InlineData(11, true)]
    public void Limit_itself_still_fits(int bytes, bool truncated)
    {
        var output = new BoundedOutput(10);
        output.Write(Encoding.ASCII.GetBytes(new string('x', bytes)));
        Assert.Equal(truncated, output.Truncated);
    }

    [Fact]
    public void Characters_cut_between_pieces_are_whole_again()
    {
        var output = new BoundedOutput(100);
        foreach (var one in Encoding.UTF8.GetBytes("ä€😀"))
        {
            output.Write([one]);
        }

        Assert.Equal("ä€😀", output.ToString());
    }

    /// <summary>Any pieces into any limit give what a list of all bytes, cut in the middle, would give.</summary>
    [Fact]
    public void Random_pieces_are_kept_as_the_model_keeps_them()
    {
        var random = new Random(20260101);
        for (var round = 0; round < 3000; round++)
        {
            var limit = random.Next(1, 40);
            var output = new BoundedOutput(limit);
            var all = new List<byte>();
            for (var piece = random.Next(0, 12); piece > 0; piece--)
            {
                var bytes = new byte[random.Next(4) == 0 ? random.Next(0, 120) : random.Next(0, 9)];
                for (var at = 0; at < bytes.Length; at++)
                {
                    bytes[at] = (byte)('a' + random.Next(26));
                }

                output.Write(bytes);
                all.AddRange(bytes);
                Assert.Equal(Model(all, limit), output.ToString());
                Assert.Equal(all.Count, output.Total);
                Assert.Equal(all.Count > limit, output.Truncated);
            }
        }
    }

    private static string Model(List<byte> all, int limit)
    {
        var text = Encoding.ASCII.GetString([.. all]);
        var left = text.Length - limit;
        return left <= 0 ? text : string.Create(CultureInfo.InvariantCulture, $"{text[..(limit / 2)]}\n[… {left} bytes left out …]\n{text[^(limit - (limit / 2))..]}");
    }
}

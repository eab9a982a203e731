using System.Text;
using OpenCode.Layers;

namespace OpenCode.Tests.Unit.Layers;

public sealed class DecisionTextTests
{
    private static readonly string[] Alphabet =
        ["\n", "\r", "\r\n", "#", "## ", "*", "\\", "&amp;", "&", "&lt;", "&#13;", "<br>", "<", "**Agent**: ", "**Decision**: ", "**Metadata**: ", "**Metadata**: {", "{}", "```", "\u0000", "\ud83d\ude00", "\ufeff", "\u2028", " ", "a", "## 2026-01-02T03:04:05.678Z", "\\## ", "# Decisions"];

    [Fact]
    public void Decisions_of_any_text_read_back_exactly()
    {
        var random = new Random(20260102);
        for (var round = 0; round < 4_000; round++)
        {
            var written = Enumerable.Range(0, random.Next(1, 4)).Select(_ => Any(random)).ToList();
            var file = DecisionText.Header + string.Concat(written.Select(DecisionText.Format));
            Assert.Equal(written, DecisionText.Parse(file));
            Assert.Equal(Encoding.UTF8.GetByteCount(file), DecisionText.WholeLength(Encoding.UTF8.GetBytes(file)));
            Assert.Equal(written, DecisionText.Salvage(file));
        }
    }

    [Fact]
    public void Decisions_torn_at_any_byte_give_every_earlier_one_and_never_a_wrong_one()
    {
        var random = new Random(3);
        for (var round = 0; round < 20; round++)
        {
            var written = Enumerable.Range(0, 3).Select(_ => Any(random)).ToList();
            var ends = new List<int> { DecisionText.Header.Length };
            foreach (var decision in written)
            {
                ends.Add(ends[^1] + Encoding.UTF8.GetByteCount(DecisionText.Format(decision)));
            }

            var file = Encoding.UTF8.GetBytes(DecisionText.Header + string.Concat(written.Select(DecisionText.Format)));
            for (var length = ends[0]; length <= file.Length; length++)
            {
                var torn = file.AsSpan(0, length);
                var whole = DecisionText.WholeLength(torn);
                var kept = ends.FindLastIndex(e => e <= length);
                Assert.Equal(ends[kept], whole);
                Assert.Equal(written[..kept], DecisionText.Parse(Encoding.UTF8.GetString(torn[..whole])));
            }
        }
    }

    [Fact]
    public void Decisions_saved_by_an_editor_with_other_line_breaks_read_as_before()
    {
        var random = new Random(5);
        var written = Enumerable.Range(0, 50).Select(_ => Any(random)).ToList();
        var file = DecisionText.Header + string.Concat(written.Select(DecisionText.Format));
        Assert.Equal(written, DecisionText.Parse(file.Replace("\n", "\r\n", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("## 2026-01-02T03:04:05.678Z", "## 2026-01-02", 3)]
    [InlineData("## 2026-01-02T03:04:05.678Z", "# 2026", 5)]
    [InlineData("**Agent**: ", "Agent: ", 5)]
    [InlineData("**Decision**: ", "Decision: ", 7)]
    [InlineData("**Metadata**: {}", "**Metadata**: {", 11)]
    [InlineData("**Metadata**: {}", "**Metadata**: []", 11)]
    [InlineData("\n\n**Metadata**", "\n**Metadata**", 10)]
    public void Decision_damaged_by_hand_is_refused_and_the_line_is_named(string old, string changed, int line)
    {
        var good = DecisionText.Header + DecisionText.Format(new Decision { AgentId = "a", Text = "t", Reasoning = "r", Timestamp = new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero) });
        Assert.Contains(old, good, StringComparison.Ordinal);
        var refused = Assert.Throws<FormatException>(() => DecisionText.Parse(good.Replace(old, changed, StringComparison.Ordinal)));
        Assert.Contains($"line {line} ", refused.Message, StringComparison.Ordinal);
    }

    private static Decision Any(Random random) => new()
    {
        Timestamp = DateTimeOffset.FromUnixTimeMilliseconds(random.NextInt64(0, 4_000_000_000_000)),
        AgentId = Words(random),
        Text = Words(random),
        Reasoning = random.Next(4) == 0 ? null : Words(random),
        Metadata = random.Next(3) == 0 ? JsonMap.Empty : JsonMap.From(new Dictionary<string, object?> { [Words(random)] = Words(random) }),
    };

    private static string Words(Random random) => string.Concat(Enumerable.Range(0, random.Next(9)).Select(_ => Alphabet[random.Next(Alphabet.Length)]));
}

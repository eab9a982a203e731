using System.Text;
using System.Text.Json;
using OpenCode.Common;

namespace OpenCode.Tests.Unit.Common;

public sealed class CanonicalJsonTests
{
    [Theory] // RFC 8785, appendix B
    [InlineData(0x0000000000000000, "0")]
    [InlineData(unchecked((long)0x8000000000000000), "0")]
    [InlineData(0x0000000000000001, "5e-324")]
    [InlineData(unchecked((long)0x8000000000000001), "-5e-324")]
    [InlineData(0x7fefffffffffffff, "1.7976931348623157e+308")]
    [InlineData(unchecked((long)0xffefffffffffffff), "-1.7976931348623157e+308")]
    [InlineData(0x4340000000000000, "9007199254740992")]
    [InlineData(unchecked((long)0xc340000000000000), "-9007199254740992")]
    [InlineData(0x4430000000000000, "295147905179352830000")]
    [InlineData(0x44b52d02c7e14af5, "9.999999999999997e+22")]
    [InlineData(0x44b52d02c7e14af6, "1e+23")]
    [InlineData(0x44b52d02c7e14af7, "1.0000000000000001e+23")]
    [InlineData(0x444b1ae4d6e2ef4e, "999999999999999700000")]
    [InlineData(0x444b1ae4d6e2ef4f, "999999999999999900000")]
    [InlineData(0x444b1ae4d6e2ef50, "1e+21")]
    [InlineData(0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7")]
    [InlineData(0x3eb0c6f7a0b5ed8d, "0.000001")]
    [InlineData(0x41b3de4355555553, "333333333.3333332")]
    [InlineData(0x41b3de4355555554, "333333333.33333325")]
    [InlineData(0x41b3de4355555555, "333333333.3333333")]
    [InlineData(0x41b3de4355555556, "333333333.3333334")]
    [InlineData(0x41b3de4355555557, "333333333.33333343")]
    [InlineData(unchecked((long)0xbecbf647612f3696), "-0.0000033333333333333333")]
    [InlineData(0x43143ff3c1cb0959, "1424953923781206.2")]
    public void Number_of_the_rfcs_table_is_written_as_there(long bits, string expected) =>
        Assert.Equal(expected, CanonicalJson.EcmaScript(BitConverter.Int64BitsToDouble(bits)));

    [Fact] // RFC 8785, 3.2.2 and 3.2.3
    public void Samples_of_the_rfc_are_written_as_there()
    {
        Assert.Equal(
            """{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}""",
            Canonical("""{"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001], "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}"""));
        Assert.Equal(
            "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\u007f\",\"ö\":\"Latin Small Letter O With Diaeresis\",\"€\":\"Euro Sign\",\"😀\":\"Emoji: Grinning Face\",\"\ufb33\":\"Hebrew Letter Dalet With Dagesh\"}",
            Canonical("""{"\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One", "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control\u007f", "\u00f6": "Latin Small Letter O With Diaeresis"}"""));
    }

    [Fact]
    public void Checksum_of_neighbouring_integers_beyond_doubles_differs()
    {
        Assert.Equal("[9223372036854775807,-9223372036854775808,9007199254740993]", Canonical("[9223372036854775807,-9223372036854775808,9007199254740993]"));
        Assert.NotEqual(Sum("""{"n":9007199254740993}"""), Sum("""{"n":9007199254740992}"""));
    }

    [Fact]
    public void Checksum_changes_exactly_when_a_nested_value_does()
    {
        var random = new Random(11);
        for (var round = 0; round < 3_000; round++)
        {
            var text = Value(random, 0);
            var bytes = Encoding.UTF8.GetBytes(text);
            bytes[random.Next(bytes.Length)] = (byte)"0123456789abcxyz{}[],:\"tfn.-eE "[random.Next(31)];
            var changed = Encoding.UTF8.GetString(bytes);
            try
            {
                // Text equality of the canonical forms is the reference: JSON values are equal exactly when these are.
                using var one = JsonDocument.Parse(text);
                using var other = JsonDocument.Parse(changed, new JsonDocumentOptions { AllowDuplicateProperties = false });
                Assert.Equal(JsonElement.DeepEquals(one.RootElement, other.RootElement), Sum(text) == Sum(changed));
            }
            catch (JsonException)
            {
                // No JSON any more: nothing that could be taken for the same.
            }
        }
    }

    private static string Value(Random random, int depth) => (depth > 3 ? random.Next(3) : random.Next(5)) switch
    {
        0 => $"{random.Next(-100, 100)}",
        1 => $"\"{(char)('a' + random.Next(26))}{random.Next(10)}\"",
        2 => "true",
        3 => $"[{string.Join(',', Enumerable.Range(0, random.Next(4)).Select(_ => Value(random, depth + 1)))}]",
        _ => $"{{{string.Join(',', Enumerable.Range(0, random.Next(4)).Select(i => $"\"k{i}\":{Value(random, depth + 1)}"))}}}",
    };

    private static string Canonical(string json) => Encoding.UTF8.GetString(CanonicalJson.Write(JsonDocument.Parse(json).RootElement));

    private static string Sum(string json) => CanonicalJson.Checksum(JsonDocument.Parse(json).RootElement);
}

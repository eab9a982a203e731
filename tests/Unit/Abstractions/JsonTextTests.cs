using System.Collections;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace OpenCode.Tests.Unit.Abstractions;

public sealed class JsonTextTests
{
    [Fact]
    public void Write_every_type_a_script_has_gives_its_json()
    {
        var written = JsonText.Write(new OrderedDictionary<string, object?>
        {
            ["null"] = null,
            ["bool"] = true,
            ["long"] = long.MinValue,
            ["ulong"] = ulong.MaxValue,
            ["double"] = 0.1,
            ["decimal"] = 1.10m,
            ["char"] = 'x',
            ["enum"] = AgentTaskStatus.Running,
            ["date"] = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
            ["guid"] = Guid.Empty,
            ["uri"] = new Uri("https://example.org/a b"),
            ["span"] = TimeSpan.FromSeconds(90),
            ["array"] = new object?[] { 1, "zwei", null },
            ["hashtable"] = new Hashtable { [1] = "one" },
            ["map"] = JsonMap.Parse("""{ "b" : 1.50 }"""),
            ["element"] = JsonDocument.Parse("[1.0,{}]").RootElement,
            ["node"] = JsonNode.Parse("""{"n":[null]}"""),
        });
        Assert.Equal(
            """{"null":null,"bool":true,"long":-9223372036854775808,"ulong":18446744073709551615,"double":0.1,"decimal":1.10,"char":"x","enum":"Running","date":"2026-01-02T03:04:05+00:00","guid":"00000000-0000-0000-0000-000000000000","uri":"https://example.org/a b","span":"00:01:30","array":[1,"zwei",null],"hashtable":{"1":"one"},"map":{"b":1.50},"element":[1.0,{}],"node":{"n":[null]}}""",
            written);
    }

    public static TheoryData<object, string> Bad()
    {
        var cycle = new Hashtable();
        cycle["a"] = cycle;
        cycle["b"] = cycle;
        var list = new ArrayList();
        list.Add(list);
        return new TheoryData<object, string>
        {
            { double.NaN, "$" },
            { new Hashtable { ["x"] = float.NegativeInfinity }, "$.x" },
            { new object[] { "\uD800" }, "$[0]" },
            { new Hashtable { ["\uDC00"] = 1 }, "$" },
            { '\uD800', "$" },
            { cycle, "nested" },
            { list, "nested" },
            { new Hashtable { [1] = 1, ["1"] = 2 }, "twice" },
            { new List<KeyValuePair<string, object?>> { new("a", 1), new("a", 2) }, "twice" },
            { new Hashtable { ["t"] = typeof(string) }, "$.t" },
            { JsonDocument.Parse("""{"a":1,"a":2}""").RootElement, "twice" },
            { JsonDocument.Parse("\"\\ud800\"").RootElement, "$" },
            { JsonDocument.Parse("1e999").RootElement, "1e999" },
            { default(JsonElement), "$" },
            { JsonDocument.Parse(Nested(65), new JsonDocumentOptions { MaxDepth = 100 }).RootElement, "nested" },
            { new Hashtable { ["a"] = JsonMap.Parse(NestedObject(64)) }, "nested" },
        };
    }

    [Theory]
    [MemberData(nameof(Bad), DisableDiscoveryEnumeration = true)]
    public void Write_what_json_has_no_form_for_is_InvalidArgument_that_names_the_place(object value, string named)
    {
        var refused = Assert.Throws<OpenCodeException>(() => JsonText.Write(value));
        Assert.Equal(OpenCodeError.InvalidArgument, refused.Error);
        Assert.Contains(named, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{} {}")]
    [InlineData("[1,]")]
    [InlineData("{\"a\":1,\"a\":2}")]
    [InlineData("{\"x\":{\"a\":1,\"a\":2}}")]
    [InlineData("\"\\ud800\"")]
    [InlineData("{\"x\":[\"\\udc00\"]}")]
    [InlineData("{\"\\ud800\":1}")]
    [InlineData("1e999")]
    [InlineData("{\"x\":[{\"y\":-1e999}]}")]
    [InlineData("NaN")]
    [InlineData("'a'")]
    public void ParseValue_of_what_is_no_json_is_InvalidArgument(string json) =>
        Assert.Equal(OpenCodeError.InvalidArgument, Assert.Throws<OpenCodeException>(() => JsonText.ParseValue(json)).Error);

    [Fact]
    public void ParseValue_gives_the_types_a_script_can_use()
    {
        var map = Assert.IsType<JsonMap>(JsonText.ParseValue("""{"i":9007199254740993,"d":1.5,"e":1e2,"s":"x","t":true,"n":null,"a":[1,[2]],"m":{"k":"v"}}"""));
        Assert.Equal(9007199254740993L, map["i"]);
        Assert.Equal(1.5, map["d"]);
        Assert.Equal(100.0, map["e"]);
        Assert.Equal("x", map["s"]);
        Assert.Equal(true, map["t"]);
        Assert.Null(map["n"]);
        Assert.True(map.ContainsKey("n"));
        Assert.Equal(2L, ((object[])((object[])map["a"]!)[1])[0]);
        Assert.Equal("v", ((JsonMap)map["m"]!)["k"]);
        Assert.Equal(double.Parse("18446744073709551615", null), JsonText.ParseValue("18446744073709551615"));
    }

    [Fact]
    public void Depth_up_to_the_limit_survives_and_beyond_is_refused()
    {
        Assert.NotNull(JsonText.ParseValue(Nested(64)));
        Assert.Throws<OpenCodeException>(() => JsonText.ParseValue(Nested(65)));
        var deepest = JsonMap.Parse(NestedObject(64));
        Assert.Equal(deepest, JsonMap.From(deepest));
        Assert.Equal(deepest.ToString(), JsonText.Write(deepest));
        Assert.Equal(64, Depth(deepest));
    }

    [Fact]
    public void JsonMap_is_a_dictionary_that_cannot_be_changed()
    {
        IDictionary map = JsonMap.Parse("""{"b":1,"a":{"c":[]}}""");
        Assert.Equal(["b", "a"], map.Keys.Cast<string>());
        Assert.Equal(1L, map["b"]);
        Assert.Null(map["nothing"]);
        Assert.Null(map[7]);
        Assert.True(map.Contains("a"));
        Assert.False(map.Contains(7));
        Assert.Equal(2, map.Values.Count);
        Assert.Equal(["b", "a"], map.Cast<DictionaryEntry>().Select(e => (string)e.Key));
        var copy = new object[2];
        map.CopyTo(copy, 0);
        Assert.All(copy, Assert.NotNull);
        Assert.Throws<NotSupportedException>(() => map["b"] = 2);
        Assert.Throws<NotSupportedException>(() => map.Add("x", 2));
        Assert.Throws<NotSupportedException>(() => map.Remove("b"));
        Assert.Throws<NotSupportedException>(map.Clear);
        Assert.Throws<NotSupportedException>(() => ((ICollection<string>)map.Keys).Add("x"));
        Assert.Throws<KeyNotFoundException>(() => JsonMap.Empty["x"]);
        Assert.Same(map, JsonMap.From(map));
    }

    [Fact]
    public void JsonMap_merge_puts_members_over_and_takes_nulls_out()
    {
        var merged = JsonMap.Parse("""{"a":1,"b":{"x":1},"c":3}""").Merge(JsonMap.Parse("""{"b":{"y":2},"c":null,"d":null,"e":[1.50]}"""));
        Assert.Equal("""{"a":1,"b":{"y":2},"e":[1.5]}""", merged.ToString());
        Assert.Equal("{}", JsonMap.Empty.Merge(JsonMap.Empty).ToString());
    }

    [Fact]
    public void JsonMap_text_is_compact_whatever_it_was_read_from()
    {
        var map = JsonMap.Parse("{\r\n \"a\" :\t[ 1 , \"\\u00fc\\n\" ] }");
        Assert.Equal("{\"a\":[1,\"ü\\n\"]}", map.ToString());
        Assert.DoesNotContain('\n', map.ToString());
    }

    [Fact]
    public void JsonMap_of_stored_text_that_is_damaged_is_StateCorrupt_when_it_is_asked() =>
        Assert.Equal(OpenCodeError.StateCorrupt, Assert.Throws<OpenCodeException>(() => JsonMap.FromTrusted("""{"a":1,"a":2}""").Count).Error);

    private static int Depth(object? value) => value is JsonMap map ? 1 + map.Values.Select(Depth).DefaultIfEmpty().Max() : 0;

    private static string Nested(int depth) => new string('[', depth) + new string(']', depth);

    private static string NestedObject(int depth) => string.Concat(Enumerable.Repeat("{\"a\":", depth - 1)) + "{}" + new string('}', depth - 1);
}

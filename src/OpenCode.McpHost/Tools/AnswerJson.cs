using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using ModelContextProtocol;

namespace OpenCode.McpHost.Tools;

/// <summary>How much an answer may hold, and what the SDK needs to know to write its JSON.</summary>
internal static class AnswerJson
{
    /// <summary>A list in an answer stops growing here; the rest is for another call.</summary>
    public const int MostCharacters = 2 * 1024 * 1024;

    /// <summary>What of a list is shown for reading; the rest is in structuredContent.</summary>
    private const int MostShown = 32 * 1024;

    public static JsonTypeInfo<JsonElement> ElementType { get; } = (JsonTypeInfo<JsonElement>)McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(JsonElement));

    /// <summary>A list in order, of whose oldest entries as many are left out as would make it too long.</summary>
    public static JsonArray Newest<T>(IReadOnlyList<T> items, Func<T, JsonObject> json)
    {
        var kept = new List<JsonNode>();
        var size = 0;
        foreach (var item in items.Reverse())
        {
            var one = json(item);
            size += one.ToJsonString().Length;
            if (size > MostCharacters && kept.Count > 0)
            {
                break;
            }

            kept.Add(one);
        }

        kept.Reverse();
        return new JsonArray([.. kept]);
    }

    /// <summary>A heading and lines, of which the oldest are left out when they are too many to read.</summary>
    public static string Shown(string heading, IEnumerable<string> lines)
    {
        var all = lines.ToList();
        var (first, size) = (all.Count, 0);
        while (first > 0 && (size += all[first - 1].Length + 1) <= MostShown)
        {
            first--;
        }

        var text = new StringBuilder(heading);
        if (first > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n[… {first} left out here; structuredContent has them …]");
        }

        return all.Skip(first).Aggregate(text, static (shown, line) => shown.Append('\n').Append(line)).ToString();
    }
}

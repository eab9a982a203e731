using OpenCode.Common;

namespace OpenCode.Registry;

/// <summary>The data of lifecycle events: a small JSON object whose first member names the event.</summary>
internal static class EventData
{
    /// <summary>The JSON text; members without a value are left out.</summary>
    public static string For(TaskEvent kind, params ReadOnlySpan<(string Name, object? Value)> members)
    {
        var name = kind.ToString();
        var data = new OrderedDictionary<string, object?> { ["event"] = char.ToLowerInvariant(name[0]) + name[1..] };
        foreach (var (member, value) in members)
        {
            if (value is not null)
            {
                data[member] = value;
            }
        }

        return JsonText.Write(data);
    }
}

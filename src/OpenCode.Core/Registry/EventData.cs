using OpenCode.Common;

namespace OpenCode.Registry;

/// <summary>The data of lifecycle events: a small JSON object whose first member names the event.</summary>
internal static class EventData
{
    /// <summary>The JSON text; members without a value are left out.</summary>
    public static string For(TaskEvent kind, params ReadOnlySpan<(string Name, object? Value)> members)
    {
        var writer = ScratchJson.Begin();
        var name = kind.ToString();
        writer.WriteString("event"u8, char.ToLowerInvariant(name[0]) + name[1..]);
        foreach (var (member, value) in members)
        {
            if (value is not null)
            {
                ScratchJson.Member(writer, member, value);
            }
        }

        return ScratchJson.End(writer);
    }
}

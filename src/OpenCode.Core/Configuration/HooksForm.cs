using System.Globalization;
using System.Text.Json;

namespace OpenCode.Configuration;

/// <summary>The list of hooks.</summary>
internal sealed class HooksForm() : SettingForm("a list of at most 100 hooks, each {\"event\": …, \"command\": [program, arguments…]} or {\"builtIn\": …}")
{
    private const int Most = 100;
    private const int LeastTimeout = 100;
    private const int MostTimeout = 3_600_000;

    private static readonly string[] BuiltIns = ["checkpoint", "gitBranch", "planFile"];

    private static readonly string[] Keys = ["event", "command", "builtIn", "repository", "name", "priority", "timeout", "blocking"];

    public override object? Read(JsonElement value, PathBase paths)
    {
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() > Most)
        {
            return null;
        }

        return value.EnumerateArray().Select((hook, i) => ReadHook(hook, string.Create(CultureInfo.InvariantCulture, $"[{i}]"), paths)).ToArray();
    }

    public override object? Parse(string text, PathBase paths) => null; // no variable holds a list

    private static HookSetting ReadHook(JsonElement hook, string at, PathBase paths)
    {
        if (hook.ValueKind != JsonValueKind.Object)
        {
            throw Bad(at, "an object");
        }

        var given = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var member in hook.EnumerateObject())
        {
            if (!Keys.Contains(member.Name) || !given.TryAdd(member.Name, member.Value))
            {
                throw Bad($"{at}.{member.Name}", $"no such key, or it is there twice. The keys of a hook are {string.Join(", ", Keys)}");
            }
        }

        var builtIn = Choice(given, at, "builtIn", BuiltIns);
        if (builtIn is null == !given.ContainsKey("command"))
        {
            throw Bad(at, "either 'command' or 'builtIn'");
        }

        var setting = new HookSetting
        {
            BuiltIn = builtIn,
            Event = Event(given, at, builtIn),
            Command = builtIn is null ? Command(given["command"], at) : [],
            Repository = Repository(given, at, builtIn, paths),
            Name = Text(given, at, "name"),
            Priority = Number(given, at, "priority", int.MinValue, int.MaxValue) ?? 10,
            Timeout = TimeSpan.FromMilliseconds(Number(given, at, "timeout", LeastTimeout, MostTimeout) ?? 30_000),
            Blocking = Flag(given, at, "blocking"),
            Folder = paths.Resolve("."),
        };
        return !setting.Blocking || setting.Event is HookEvent.BeforeTaskStart or HookEvent.BeforeTaskComplete or HookEvent.BeforeTaskFail || builtIn is "checkpoint" or "gitBranch"
            ? setting
            : throw Bad($"{at}.blocking", "false for a hook that runs after: the change is made by then");
    }

    private static HookEvent? Event(Dictionary<string, JsonElement> given, string at, string? builtIn)
    {
        string[] words = [.. Enum.GetNames<HookEvent>().Select(name => char.ToLowerInvariant(name[0]) + name[1..])];
        var word = Choice(given, at, "event", words);
        return (word, builtIn) switch
        {
            (null, null) => throw Bad($"{at}.event", string.Join(", ", words)),
            (null, _) => null,
            (_, null) => Enum.Parse<HookEvent>(word, ignoreCase: true),
            _ => throw Bad($"{at}.event", $"nothing: the built-in '{builtIn}' knows when it runs"),
        };
    }

    private static string[] Command(JsonElement command, string at)
    {
        var wanted = "a list of texts: the program and its arguments, without NUL characters. No shell takes it apart";
        if (command.ValueKind != JsonValueKind.Array || command.GetArrayLength() == 0 || command.EnumerateArray().Any(a => a.ValueKind != JsonValueKind.String))
        {
            throw Bad($"{at}.command", wanted);
        }

        string[] arguments = [.. command.EnumerateArray().Select(a => a.GetString()!)];
        return arguments[0].Length > 0 && !arguments.Any(a => a.Contains('\0', StringComparison.Ordinal)) ? arguments : throw Bad($"{at}.command", wanted);
    }

    private static string? Repository(Dictionary<string, JsonElement> given, string at, string? builtIn, PathBase paths)
    {
        var path = Text(given, at, "repository");
        return (path, builtIn) switch
        {
            (null, "gitBranch") => throw Bad($"{at}.repository", "the folder of a git repository; a relative one counts from the file's folder"),
            (not null, not "gitBranch") => throw Bad($"{at}.repository", "nothing: only the built-in 'gitBranch' has one"),
            _ => path is null ? null : paths.Resolve(path),
        };
    }

    private static string? Text(Dictionary<string, JsonElement> given, string at, string key)
    {
        if (!given.TryGetValue(key, out var value))
        {
            return null;
        }

        var text = value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
        return text.Length is > 0 and <= 1000 && !text.Any(char.IsControl) ? text : throw Bad($"{at}.{key}", "a text of 1 to 1000 characters in one line");
    }

    private static string? Choice(Dictionary<string, JsonElement> given, string at, string key, string[] words)
    {
        if (!given.TryGetValue(key, out var value))
        {
            return null;
        }

        var text = value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        return words.FirstOrDefault(word => string.Equals(word, text, StringComparison.OrdinalIgnoreCase)) ?? throw Bad($"{at}.{key}", string.Join(", ", words));
    }

    private static int? Number(Dictionary<string, JsonElement> given, string at, string key, int least, int most)
    {
        if (!given.TryGetValue(key, out var value))
        {
            return null;
        }

        var unit = key == "timeout" ? " of milliseconds" : "";
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= least && number <= most
            ? number
            : throw Bad($"{at}.{key}", string.Create(CultureInfo.InvariantCulture, $"a whole number{unit} from {least} to {most}"));
    }

    private static bool Flag(Dictionary<string, JsonElement> given, string at, string key) => given.TryGetValue(key, out var value) && value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Bad($"{at}.{key}", "true or false"),
    };

    // The target is the part, the message what is allowed there; the file's reader makes a sentence of both.
    private static OpenCodeException Bad(string at, string allowed) => new(OpenCodeError.InvalidArgument, allowed, at);
}

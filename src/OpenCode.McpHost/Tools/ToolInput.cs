using System.Text;
using System.Text.Json;
using OpenCode.Common;

namespace OpenCode.McpHost.Tools;

/// <summary>The arguments of a call, each read and of its type.</summary>
internal sealed class ToolInput
{
    private readonly Dictionary<string, object> _values = new(StringComparer.Ordinal);

    private readonly Lazy<string> _canonical;

    private ToolInput(Func<string> canonical) => _canonical = new Lazy<string>(canonical);

    /// <summary>All arguments but the idempotency key in one form, so that equal calls are known to be equal.</summary>
    public string Canonical => _canonical.Value;

    /// <summary>Reads the arguments of a call.</summary>
    /// <exception cref="OpenCodeException">InvalidArgument: one is missing, unknown, or not allowed; the message names it.</exception>
    public static ToolInput Read(string tool, IReadOnlyList<Parameter> parameters, IDictionary<string, JsonElement>? arguments)
    {
        arguments ??= new Dictionary<string, JsonElement>();
        foreach (var name in arguments.Keys)
        {
            if (!parameters.Any(parameter => parameter.Name == name))
            {
                throw new OpenCodeException(OpenCodeError.InvalidArgument, $"The argument '{Shown(name)}' is unknown. The tool '{tool}' takes {string.Join(", ", parameters.Select(p => p.Name))}.", Shown(name));
            }
        }

        var values = new Dictionary<string, object>(StringComparer.Ordinal);
        foreach (var parameter in parameters)
        {
            // Null for what may be left out is what many clients send for "not given".
            if (arguments.TryGetValue(parameter.Name, out var value) && (parameter.Required || value.ValueKind != JsonValueKind.Null))
            {
                values[parameter.Name] = parameter.Read(value);
            }
            else if (parameter.Required)
            {
                throw new OpenCodeException(OpenCodeError.InvalidArgument, $"The argument '{parameter.Name}' is missing; the tool '{tool}' needs it.", parameter.Name);
            }
        }

        var input = new ToolInput(() => CanonicalOf(arguments));
        foreach (var (name, value) in values)
        {
            input._values[name] = value;
        }

        return input;
    }

    /// <summary>An argument that was checked to be there.</summary>
    public T Get<T>(string name) => (T)_values[name];

    /// <summary>An argument, or null.</summary>
    public T? Find<T>(string name)
        where T : class => _values.TryGetValue(name, out var value) ? (T)value : null;

    /// <summary>A number, or null.</summary>
    public long? Number(string name) => _values.TryGetValue(name, out var value) ? (long)value : null;

    /// <summary>A time, or null.</summary>
    public DateTimeOffset? Time(string name) => _values.TryGetValue(name, out var value) ? (DateTimeOffset)value : null;

    /// <summary>A flag; false when it was not given.</summary>
    public bool Flag(string name) => _values.TryGetValue(name, out var value) && (bool)value;

    private static string CanonicalOf(IDictionary<string, JsonElement> arguments)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            foreach (var (name, value) in arguments.Where(argument => argument.Key != TaskTool.IdempotencyKey && argument.Value.ValueKind != JsonValueKind.Null))
            {
                writer.WritePropertyName(name);
                value.WriteTo(writer);
            }

            writer.WriteEndObject();
        }

        using var document = JsonDocument.Parse(stream.GetBuffer().AsMemory(0, (int)stream.Length));
        return Encoding.UTF8.GetString(CanonicalJson.Write(document.RootElement));
    }

    private static string Shown(string name)
    {
        var shown = string.Concat(name.Take(60).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '\uFFFD' : c));
        return name.Length > 60 ? shown + "…" : shown;
    }
}

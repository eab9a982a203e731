using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace OpenCode.Cmdlets;

/// <summary>Turns what a script has into JSON values: takes PowerShell's wrappers off, and texts of JSON apart.</summary>
internal static class ScriptJson
{
    /// <summary>A JSON object from a hashtable, an object with properties, or JSON text.</summary>
    /// <param name="value">What the user gave; null is none.</param>
    /// <param name="parameter">The parameter, for the error.</param>
    /// <exception cref="OpenCodeException">InvalidArgument: it is not an object, has a value without a JSON form, contains itself, or is nested too deep.</exception>
    public static JsonMap? Map(object? value, string parameter)
    {
        var plain = value is PSObject { BaseObject: string text } ? text : value;
        return plain switch
        {
            null => null,
            string json => JsonMap.Parse(json),
            _ => Plain(plain, parameter) switch
            {
                JsonMap map => map,
                IDictionary members => JsonMap.From(members),
                _ => throw Bad(parameter, "is not an object. Give a hashtable, an object with properties, or the JSON text of an object"),
            },
        };
    }

    /// <summary>Any JSON value. A text that is a whole JSON object or array is read as one; every other text is itself.</summary>
    /// <exception cref="OpenCodeException">InvalidArgument: as for <see cref="Map"/>.</exception>
    public static object? Value(object? value, string parameter)
    {
        var plain = Plain(value, parameter);
        if (plain is not string text || text.AsSpan().TrimStart() is not ['{' or '[', ..])
        {
            // Written and thrown away, so that a value without a JSON form is refused here, by the parameter's name.
            return plain is IDictionary or IList ? JsonText.ParseValue(JsonText.Write(plain)) : plain;
        }

        try
        {
            return JsonText.ParseValue(text);
        }
        catch (OpenCodeException)
        {
            return text;
        }
    }

    private static object? Plain(object? value, string path) => Plain(value, path, []);

    private static object? Plain(object? value, string path, Stack<object> within)
    {
        var given = value is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : value;
        switch (given)
        {
            case null or string or JsonMap:
                return given;
            case PSObject custom:
                return Within(custom, path, within, () => Members(custom.Properties.Select(p => (p.Name, (object?)p.Value)), path, within));
            case IDictionary members:
                return Within(members, path, within, () => Members(
                    members.Cast<DictionaryEntry>().Select(m => (Convert.ToString(m.Key, CultureInfo.InvariantCulture) ?? "", m.Value)), path, within));
            case IEnumerable items:
                return Within(items, path, within, () => items.Cast<object?>().Select((item, i) => Plain(item, $"{path}[{i}]", within)).ToArray());
            default:
                // Records of the vocabulary, such as an execution that is a result, by their properties. Other objects are refused when they are written.
                return given.GetType().Assembly == typeof(AgentTask).Assembly && !given.GetType().IsEnum
                    ? Within(given, path, within, () => Members(PSObject.AsPSObject(given).Properties.Where(p => p.MemberType == PSMemberTypes.Property).Select(p => (p.Name, (object?)p.Value)), path, within))
                    : given;
        }
    }

    private static OrderedDictionary<string, object?> Members(IEnumerable<(string Name, object? Value)> members, string path, Stack<object> within)
    {
        var plain = new OrderedDictionary<string, object?>(StringComparer.Ordinal);
        foreach (var (name, value) in members)
        {
            if (!plain.TryAdd(name, Plain(value, $"{path}.{name}", within)))
            {
                throw Bad(path, $"has the member '{name}' twice");
            }
        }

        return plain;
    }

    private static T Within<T>(object container, string path, Stack<object> within, Func<T> convert)
    {
        if (within.Any(outer => ReferenceEquals(outer, container)))
        {
            throw Bad(path, "contains itself");
        }

        if (within.Count >= JsonText.MaxDepth)
        {
            throw Bad(path, $"is nested deeper than {JsonText.MaxDepth} levels");
        }

        within.Push(container);
        var converted = convert();
        within.Pop();
        return converted;
    }

    private static OpenCodeException Bad(string path, string reason) => new(OpenCodeError.InvalidArgument, $"The value of '{path}' {reason}.");
}

using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace OpenCode;

/// <summary>
/// A JSON object that cannot be changed. It is a dictionary, so <c>$task.Metadata.key</c> works in PowerShell. Values are
/// null, <see cref="bool"/>, <see cref="long"/>, <see cref="double"/>, <see cref="string"/>, <c>object[]</c> or <see cref="JsonMap"/>.
/// </summary>
/// <remarks>
/// Integers in the range of <see cref="long"/> are kept exactly; other numbers are IEEE 754 doubles, as in RFC 8785. The text is
/// parsed when a member is first asked for.
/// </remarks>
[SuppressMessage("Naming", "CA1710", Justification = "Map is the suffix: a JSON object is a map.")]
public sealed class JsonMap : IReadOnlyDictionary<string, object?>, IDictionary, IEquatable<JsonMap>
{
    private readonly string _json;
    private OrderedDictionary<string, object?>? _members;

    private JsonMap(string json, OrderedDictionary<string, object?>? members)
    {
        _json = json;
        _members = members;
    }

    /// <summary>The object without members.</summary>
    public static JsonMap Empty { get; } = new("{}", []);

    /// <inheritdoc cref="IReadOnlyCollection{T}.Count" />
    public int Count => Members.Count;

    /// <inheritdoc />
    public IEnumerable<string> Keys => Members.Keys;

    /// <inheritdoc />
    public IEnumerable<object?> Values => Members.Values;

    ICollection IDictionary.Keys => Members.Keys;

    ICollection IDictionary.Values => Members.Values;

    bool IDictionary.IsReadOnly => true;

    bool IDictionary.IsFixedSize => true;

    bool ICollection.IsSynchronized => false;

    object ICollection.SyncRoot => this;

    private OrderedDictionary<string, object?> Members => _members ??= JsonText.ParseMembers(_json);

    /// <inheritdoc />
    public object? this[string key] => Members[key];

    object? IDictionary.this[object key]
    {
        get => key is string name && Members.TryGetValue(name, out var value) ? value : null;
        set => throw ReadOnly();
    }

    /// <summary>Reads a JSON object.</summary>
    /// <exception cref="OpenCodeException">InvalidArgument: the text is not one JSON object, or a member occurs twice.</exception>
    public static JsonMap Parse(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        return JsonText.ParseValue(json) is JsonMap map
            ? map
            : throw new OpenCodeException(OpenCodeError.InvalidArgument, "The JSON text is not an object. Give an object such as {\"key\": \"value\"}.");
    }

    /// <summary>Makes one from a dictionary, such as a hashtable; values as in <see cref="JsonText.Write(object?)"/>.</summary>
    /// <exception cref="OpenCodeException">InvalidArgument: a value cannot be written as JSON; the message names its path.</exception>
    public static JsonMap From(IDictionary members)
    {
        ArgumentNullException.ThrowIfNull(members);
        return members as JsonMap ?? new JsonMap(JsonText.Write(members), null);
    }

    /// <summary>This object with the members of <paramref name="changes"/> put over it; a member whose new value is null is taken out (RFC 7396, one level).</summary>
    public JsonMap Merge(JsonMap changes)
    {
        ArgumentNullException.ThrowIfNull(changes);
        var merged = new OrderedDictionary<string, object?>(Members, StringComparer.Ordinal);
        foreach (var (key, value) in changes.Members)
        {
            if (value is null)
            {
                merged.Remove(key);
            }
            else
            {
                merged[key] = value;
            }
        }

        return new JsonMap(JsonText.Write(merged), merged);
    }

    /// <summary>Wraps text that is known to be a JSON object, such as what the store holds, without reading it.</summary>
    public static JsonMap FromTrusted(string json) => json is "{}" ? Empty : new JsonMap(json, null);

    /// <inheritdoc />
    public bool ContainsKey(string key) => Members.ContainsKey(key);

    /// <inheritdoc />
    public bool TryGetValue(string key, out object? value) => Members.TryGetValue(key, out value);

    /// <summary>True when both have the same JSON text.</summary>
    public bool Equals(JsonMap? other) => other is not null && string.Equals(_json, other._json, StringComparison.Ordinal);

    /// <inheritdoc />
    public override bool Equals(object? obj) => Equals(obj as JsonMap);

    /// <inheritdoc />
    public override int GetHashCode() => _json.GetHashCode(StringComparison.Ordinal);

    /// <summary>The JSON text.</summary>
    public override string ToString() => _json;

    /// <inheritdoc />
    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => Members.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => ((IDictionary)this).GetEnumerator();

    IDictionaryEnumerator IDictionary.GetEnumerator() => ((IDictionary)Members).GetEnumerator();

    bool IDictionary.Contains(object key) => key is string name && Members.ContainsKey(name);

    void IDictionary.Add(object key, object? value) => throw ReadOnly();

    void IDictionary.Clear() => throw ReadOnly();

    void IDictionary.Remove(object key) => throw ReadOnly();

    void ICollection.CopyTo(Array array, int index) => ((ICollection)Members).CopyTo(array, index);

    private static NotSupportedException ReadOnly() => new("A JsonMap cannot be changed.");
}

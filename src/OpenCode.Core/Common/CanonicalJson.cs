using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace OpenCode.Common;

/// <summary>
/// JSON in the one form of RFC 8785 (JSON Canonicalization Scheme): no white space, members sorted by UTF-16 code units,
/// numbers as ECMAScript prints them. Beyond the RFC, integers in the range of <see cref="long"/> keep every digit, so that two
/// different integers never have one checksum.
/// </summary>
public static class CanonicalJson
{
    /// <summary>The canonical bytes of a JSON element.</summary>
    public static byte[] Write(JsonElement element)
    {
        var buffer = new ArrayBufferWriter<byte>();
        Append(buffer, element, null);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>SHA-256, lower-case hex, over the canonical form of an object without one of its members.</summary>
    public static string Checksum(JsonElement element, string? without = null)
    {
        var buffer = new ArrayBufferWriter<byte>();
        Append(buffer, element, without);
        return Convert.ToHexStringLower(SHA256.HashData(buffer.WrittenSpan));
    }

    private static void Append(ArrayBufferWriter<byte> buffer, JsonElement element, string? without)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                AppendObject(buffer, element, without);
                break;
            case JsonValueKind.Array:
                var separator = "["u8;
                foreach (var item in element.EnumerateArray())
                {
                    buffer.Write(separator);
                    Append(buffer, item, null);
                    separator = ","u8;
                }

                buffer.Write(separator[0] == '[' ? "[]"u8 : "]"u8);
                break;
            case JsonValueKind.String:
                AppendString(buffer, element.GetString()!);
                break;
            case JsonValueKind.Number:
                buffer.Write(Encoding.ASCII.GetBytes(Number(element)));
                break;
            case JsonValueKind.True:
                buffer.Write("true"u8);
                break;
            case JsonValueKind.False:
                buffer.Write("false"u8);
                break;
            default:
                buffer.Write("null"u8);
                break;
        }
    }

    private static void AppendObject(ArrayBufferWriter<byte> buffer, JsonElement element, string? without)
    {
        var separator = "{"u8;
        foreach (var member in element.EnumerateObject().Where(m => m.Name != without).OrderBy(m => m.Name, StringComparer.Ordinal))
        {
            buffer.Write(separator);
            AppendString(buffer, member.Name);
            buffer.Write(":"u8);
            Append(buffer, member.Value, null);
            separator = ","u8;
        }

        buffer.Write(separator[0] == '{' ? "{}"u8 : "}"u8);
    }

    private static void AppendString(ArrayBufferWriter<byte> buffer, string text)
    {
        var escaped = new StringBuilder(text.Length + 2).Append('"');
        foreach (var character in text)
        {
            _ = character switch
            {
                '"' => escaped.Append("\\\""),
                '\\' => escaped.Append("\\\\"),
                '\b' => escaped.Append("\\b"),
                '\f' => escaped.Append("\\f"),
                '\n' => escaped.Append("\\n"),
                '\r' => escaped.Append("\\r"),
                '\t' => escaped.Append("\\t"),
                < ' ' => escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}"),
                _ => escaped.Append(character),
            };
        }

        buffer.Write(Encoding.UTF8.GetBytes(escaped.Append('"').ToString()));
    }

    private static string Number(JsonElement element) => element.TryGetInt64(out var whole)
        ? whole.ToString(CultureInfo.InvariantCulture)
        : EcmaScript(element.GetDouble());

    /// <summary>ECMA-262, Number::toString, from .NET's shortest round-trip digits.</summary>
    internal static string EcmaScript(double value)
    {
        if (value == 0)
        {
            return "0";
        }

        var shortest = Math.Abs(value).ToString("R", CultureInfo.InvariantCulture);
        var (digits, exponent) = Digits(shortest);
        var sign = value < 0 ? "-" : "";
        var n = exponent + 1; // position of the decimal point after the first n digits
        var k = digits.Length;
        if (k <= n && n <= 21)
        {
            return sign + digits + new string('0', n - k);
        }

        if (n is > 0 and <= 21)
        {
            return $"{sign}{digits[..n]}.{digits[n..]}";
        }

        if (n is > -6 and <= 0)
        {
            return $"{sign}0.{new string('0', -n)}{digits}";
        }

        var power = string.Create(CultureInfo.InvariantCulture, $"e{(n - 1 < 0 ? '-' : '+')}{Math.Abs(n - 1)}");
        return k == 1 ? sign + digits + power : $"{sign}{digits[0]}.{digits[1..]}{power}";
    }

    // "123.4E-5" to ("1234", -3): significant digits without zeros at either end, and the exponent of the first.
    private static (string Digits, int Exponent) Digits(string shortest)
    {
        var mark = shortest.IndexOf('E', StringComparison.Ordinal);
        var exponent = mark < 0 ? 0 : int.Parse(shortest.AsSpan(mark + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        var mantissa = mark < 0 ? shortest : shortest[..mark];
        var point = mantissa.IndexOf('.', StringComparison.Ordinal);
        var whole = point < 0 ? mantissa.Length : point;
        var all = mantissa.Replace(".", "", StringComparison.Ordinal);
        var leading = all.Length - all.TrimStart('0').Length;
        return (all.Trim('0'), exponent + whole - 1 - leading);
    }
}

using System.Buffers.Binary;
using System.Security.Cryptography;

namespace OpenCode.Common;

/// <summary>
/// Makes ids that sort by time of creation and never collide: prefix, 48 bits of milliseconds, 80 bits of randomness that
/// count up within a millisecond of one process, in Crockford's base 32 (the layout of ULID).
/// </summary>
/// <param name="clock">The time in the ids.</param>
public sealed class Ids(TimeProvider clock)
{
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

    private const int Digits = 26;

    private readonly Lock _lock = new();
    private long _lastMillisecond = -1;
    private UInt128 _random;

    /// <summary>A new id of a task.</summary>
    public string Task() => New("task_");

    /// <summary>A new id of a checkpoint.</summary>
    public string Checkpoint() => New("checkpoint_");

    /// <summary>A new id of an execution.</summary>
    public string Execution() => New("exec_");

    /// <summary>A new id of a hook.</summary>
    public string Hook() => New("hook_");

    /// <summary>A new id of a request for approval.</summary>
    public string Request() => New("request_");

    /// <summary>A new id of what is kept ready.</summary>
    public string Pool() => New("pool_");

    /// <summary>A new id of what is there for a probe's time.</summary>
    public string Probe() => New("probe_");

    /// <summary>The id of the execution that belongs to another id of ours: the same each time.</summary>
    public static string ExecutionOf(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        return string.Concat("exec_", id.AsSpan(id.LastIndexOf('_') + 1));
    }

    /// <summary>When an id of ours was made, to the millisecond; null for any other text.</summary>
    public static DateTimeOffset? TimeOf(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        var start = id.LastIndexOf('_') + 1;
        if (id.Length - start != Digits)
        {
            return null;
        }

        UInt128 value = 0;
        foreach (var character in id.AsSpan(start))
        {
            var digit = Alphabet.IndexOf(character, StringComparison.Ordinal);
            if (digit < 0)
            {
                return null;
            }

            value = (value << 5) | (uint)digit;
        }

        var milliseconds = (long)(value >> 80);
        return milliseconds <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds() ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : null;
    }

    /// <summary>The error for a beginning that several ids have; it names some of them.</summary>
    /// <param name="prefix">The beginning.</param>
    /// <param name="what">What kind of id.</param>
    /// <param name="ids">Some that begin so; of more than five, five are named.</param>
    public static OpenCodeException Ambiguous(string prefix, string what, IReadOnlyList<string> ids) => new(
        OpenCodeError.InvalidArgument,
        $"The {what} '{prefix}' is the beginning of several: {string.Join(", ", ids.Take(5))}{(ids.Count > 5 ? ", …" : "")}. Give more of it.",
        prefix);

    private string New(string prefix)
    {
        UInt128 value;
        lock (_lock)
        {
            var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
            if (now > _lastMillisecond)
            {
                _lastMillisecond = now;
                _random = Random80();
            }
            else
            {
                // Same millisecond, or the clock went back: stay behind the last id, so that order holds within the process.
                _random += 1 + ((UInt128)RandomNumberGenerator.GetInt32(int.MaxValue) << 16);
                if (_random >> 80 != 0)
                {
                    _lastMillisecond++;
                    _random = Random80();
                }
            }

            value = ((UInt128)(ulong)_lastMillisecond << 80) | _random;
        }

        return string.Create(prefix.Length + Digits, (prefix, value), static (span, state) =>
        {
            state.prefix.CopyTo(span);
            var rest = state.value;
            for (var i = span.Length - 1; i >= state.prefix.Length; i--)
            {
                span[i] = Alphabet[(int)(rest & 31)];
                rest >>= 5;
            }
        });
    }

    private static UInt128 Random80()
    {
        Span<byte> bytes = stackalloc byte[16];
        RandomNumberGenerator.Fill(bytes[6..]);
        bytes[6] &= 0x7F; // room to count up within the millisecond
        return BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }
}

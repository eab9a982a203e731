using System.Buffers.Binary;
using System.Text;

namespace OpenCode.Sandboxes.Docker.Runners;

/// <summary>The frames that are exchanged with the runner; src/Runner/runner.c is the other side, and tells what each means.</summary>
internal static class RunnerProtocol
{
    public const uint Version = 1;

    public const int Head = 12;

    /// <summary>The longest content that is taken from a runner.</summary>
    public const int MostContent = 64 * 1024;

    /// <summary>The longest that a runner takes; what is longer goes by exec.</summary>
    public const int MostStart = 1024 * 1024;

    private const int StartHead = 24;

    // From the runner.
    public const byte Hello = 1;
    public const byte Started = 2;
    public const byte Failed = 3;
    public const byte Out = 4;
    public const byte Error = 5;
    public const byte Taken = 6;
    public const byte Closed = 7;
    public const byte Exited = 8;
    public const byte End = 9;
    public const byte Gone = 10;

    // To the runner.
    public const byte Start = 65;
    public const byte Input = 66;
    public const byte Finish = 67;
    public const byte Credit = 68;
    public const byte Kill = 69;
    public const byte Release = 70;

    public static byte[] Frame(byte kind, uint number, ReadOnlySpan<byte> content)
    {
        var frame = new byte[Head + content.Length];
        WriteHead(frame, kind, number, content.Length);
        content.CopyTo(frame.AsSpan(Head));
        return frame;
    }

    public static byte[] Frame(byte kind, uint number, uint value)
    {
        Span<byte> content = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(content, value);
        return Frame(kind, number, content);
    }

    /// <summary>A command's start.</summary>
    /// <returns>Null when it is longer than a runner takes.</returns>
    public static byte[]? StartFrame(uint number, TimeSpan limit, int credit, bool hasInput, string directory, IReadOnlyList<string> arguments, IReadOnlyList<string> variables)
    {
        string[] texts = [directory, .. arguments, .. variables];
        var length = StartHead + texts.Sum(static text => (long)Encoding.UTF8.GetByteCount(text) + 1);
        if (length > MostStart)
        {
            return null;
        }

        var frame = new byte[Head + length];
        WriteHead(frame, Start, number, (int)length);
        var at = frame.AsSpan(Head);
        BinaryPrimitives.WriteUInt64LittleEndian(at, (ulong)Math.Max(1, limit.TotalMilliseconds));
        BinaryPrimitives.WriteUInt32LittleEndian(at[8..], (uint)credit);
        BinaryPrimitives.WriteUInt32LittleEndian(at[12..], hasInput ? 1u : 0u);
        BinaryPrimitives.WriteUInt32LittleEndian(at[16..], (uint)arguments.Count);
        BinaryPrimitives.WriteUInt32LittleEndian(at[20..], (uint)variables.Count);
        at = at[StartHead..];
        foreach (var text in texts)
        {
            at = at[(Encoding.UTF8.GetBytes(text, at) + 1)..];
        }

        return frame;
    }

    private static void WriteHead(Span<byte> frame, byte kind, uint number, int length)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(frame, (uint)length);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[4..], kind);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[8..], number);
    }
}

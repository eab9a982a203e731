using OpenCode.Common;

namespace OpenCode.Registry.Sqlite.Leading;

/// <summary>What leader and followers say to each other.</summary>
internal static class Frames
{
    /// <summary>The most writes of a frame.</summary>
    public const int MostWrites = 16;

    /// <summary>The largest frame of writes, in bytes. What is larger is made by the process that wants it.</summary>
    public const int MostBytes = 64 * 1024;

    // How a write came out.
    private const byte Made = 0;
    private const byte Refused = 1;
    private const byte NotMade = 2;

    /// <summary>The build: only the same one has the same records.</summary>
    private static readonly byte[] Build = typeof(Frames).Module.ModuleVersionId.ToByteArray();

    /// <summary>A follower's first frame.</summary>
    public static void WriteHello(FrameWriter frame, long follower, bool full, ProcessIdentity process)
    {
        frame.Begin().Bytes(Build);
        frame.Number(follower);
        frame.Flag(full);
        WireForm.Put(frame, process);
    }

    /// <summary>Reads a follower's first frame; null when it is of another build.</summary>
    public static (long Follower, bool Full, ProcessIdentity Process)? ReadHello(ReadOnlySpan<byte> frame)
    {
        var reader = new FrameReader(frame);
        return reader.Take(Build.Length).SequenceEqual(Build)
            ? (reader.Number(), reader.Flag(), WireForm.Process(ref reader))
            : null;
    }

    /// <summary>Writes as many of a follower's writes as fit into one frame.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="number">Its number.</param>
    /// <param name="next">The next write, or null when there is none that may travel.</param>
    /// <returns>How many.</returns>
    public static int WriteWrites(FrameWriter frame, long number, Func<int, OwnWrite?> next)
    {
        frame.Begin().Number(number);
        var at = frame.Length;
        frame.Byte(0);
        var count = 0;
        while (count < MostWrites && next(count) is { } own)
        {
            var before = frame.Length;
            Write(frame, own);
            if (frame.Length > MostBytes)
            {
                frame.CutTo(before);
                break;
            }

            count++;
        }

        frame.Byte(at, (byte)count);
        return count;
    }

    /// <summary>Reads a follower's writes.</summary>
    public static (long Number, LedWrite[] Writes) ReadWrites(ReadOnlySpan<byte> frame)
    {
        var reader = new FrameReader(frame);
        var number = reader.Number();
        var writes = new LedWrite[reader.Byte()];
        for (var i = 0; i < writes.Length; i++)
        {
            var kind = WireWrite.At(reader.Byte());
            var guards = reader.List(WireForm.Guard);
            writes[i] = new LedWrite(kind, kind.Read(ref reader), guards);
        }

        return (number, writes);
    }

    /// <summary>Writes how a write came out.</summary>
    public static void WriteOutcome(FrameWriter frame, LedWrite write)
    {
        if (write.Error is null)
        {
            frame.Byte(Made);
            write.Kind.WriteAnswer(frame, write.Answer!);
        }
        else if (write.Error is OpenCodeException refused)
        {
            frame.Byte(Refused);
            WireForm.Put(frame, refused);
        }
        else
        {
            WriteNotMade(frame); // a mistake of ours: it shows where the write comes from
        }
    }

    /// <summary>Writes that a write was not made.</summary>
    public static void WriteNotMade(FrameWriter frame) => frame.Byte(NotMade);

    /// <summary>Reads an answer.</summary>
    /// <param name="answer">What came.</param>
    /// <param name="number">The frame it is to.</param>
    /// <param name="others">True when others write too.</param>
    /// <returns>How the writes came out.</returns>
    /// <exception cref="InvalidDataException">It is to another frame.</exception>
    public static ReadOnlySpan<byte> ReadAnswer(ReadOnlySpan<byte> answer, long number, out bool others)
    {
        var reader = new FrameReader(answer);
        if (reader.Number() != number)
        {
            throw new InvalidDataException("The leader answers to another frame.");
        }

        others = reader.Byte() == 1;
        return reader.Rest;
    }

    /// <summary>Reads how writes came out, as <see cref="ReadOutcomes"/> does; null when that cannot be read.</summary>
    public static List<OwnWrite>? TryReadOutcomes(ReadOnlySpan<byte> outcomes, IReadOnlyList<OwnWrite> writes)
    {
        try
        {
            return ReadOutcomes(outcomes, writes);
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    /// <summary>Reads how writes came out.</summary>
    /// <returns>Those that were not made: whoever wants them makes them, and so learns why not.</returns>
    public static List<OwnWrite> ReadOutcomes(ReadOnlySpan<byte> outcomes, IReadOnlyList<OwnWrite> writes)
    {
        var reader = new FrameReader(outcomes);
        var not = new List<OwnWrite>();
        foreach (var own in writes)
        {
            switch (reader.Byte())
            {
                case Made:
                    own.Result = WireWrite.Find(own.Write)!.ReadAnswer(ref reader);
                    break;
                case Refused:
                    own.Error = WireForm.Refused(ref reader);
                    break;
                default:
                    not.Add(own);
                    break;
            }
        }

        return not;
    }

    private static void Write(FrameWriter frame, OwnWrite own)
    {
        var kind = WireWrite.Find(own.Write)!;
        frame.Byte(kind.Kind);
        frame.List(own.Guards, WireForm.Put);
        kind.Write(frame, own.Write);
    }
}

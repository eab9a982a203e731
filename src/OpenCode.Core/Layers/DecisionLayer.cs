using System.Text;
using Microsoft.Win32.SafeHandles;
using OpenCode.Common;

namespace OpenCode.Layers;

/// <summary><c>decisions.md</c>: a Markdown file people read, from which every decision reads back exactly.</summary>
/// <param name="files">Appends to files.</param>
/// <param name="clock">The time in the name of a kept torn end.</param>
public sealed class DecisionLayer(AppendFile files, TimeProvider clock)
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    /// <summary>What a file without decisions holds.</summary>
    public static ReadOnlySpan<byte> Empty => "# Decisions\n"u8;

    /// <summary>Appends a decision. What a crash left unfinished at the end is first moved into a file of its own.</summary>
    public void Append(TaskLock held, TaskFolder folder, Decision decision)
    {
        held.Cover(folder);
        files.Append(folder.Contained(folder.Decisions), StrictUtf8.GetBytes((File.Exists(folder.Decisions) ? "" : DecisionText.Header) + DecisionText.Format(decision)), (file, length) => KeepTornEnd(folder, file, length), report: null);
    }

    /// <summary>Reads every decision, in order.</summary>
    /// <exception cref="OpenCodeException">StateCorrupt: not of the form; the message names the line.</exception>
    public static IReadOnlyList<Decision> Read(TaskFolder folder)
    {
        folder.Contained(folder.Decisions);
        try
        {
            // Read as a torn append leaves it: the unfinished end was never acknowledged.
            var contents = File.ReadAllBytes(folder.Decisions);
            return DecisionText.Parse(StrictUtf8.GetString(contents.AsSpan(0, DecisionText.WholeLength(contents))));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return [];
        }
        catch (Exception e) when (e is FormatException or ArgumentException or OpenCodeException)
        {
            throw new OpenCodeException(OpenCodeError.StateCorrupt, $"The file '{folder.Decisions}' is not as it was written: {e.Message.TrimEnd('.')}. Mend that place in an editor, or run Repair-OcTask {folder.TaskId}, which keeps the original.", folder.Decisions, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OpenCodeException(OpenCodeError.StoreUnavailable, $"The file '{folder.Decisions}' cannot be read: {e.Message} Check its permissions.", folder.Decisions, e);
        }
    }

    // People edit this file, so an end that is not ours is kept beside it and not just cut.
    private long KeepTornEnd(TaskFolder folder, SafeFileHandle file, long length)
    {
        var contents = new byte[length];
        var read = RandomAccess.Read(file, contents, 0);
        var whole = DecisionText.WholeLength(contents.AsSpan(0, read));
        if (whole < read)
        {
            File.WriteAllBytes($"{folder.Decisions}.torn-{clock.GetUtcNow().ToUnixTimeMilliseconds()}", contents.AsSpan(whole, read - whole));
        }

        return whole;
    }
}

using System.Text;
using OpenCode.Common;

namespace OpenCode.Layers;

/// <summary><c>workspace/plan.md</c>, for the built-in hook. The sandbox can write there too, at any moment, so nothing of it is followed or trusted.</summary>
/// <param name="files">Writes files.</param>
/// <param name="clock">The time of its lines.</param>
public sealed class PlanLayer(AtomicFile files, TimeProvider clock)
{
    private const int MostBytes = 1024 * 1024;

    /// <summary>Brings the plan up to date, or makes it. What others wrote into it stays, byte by byte.</summary>
    /// <param name="held">The task's lock.</param>
    /// <param name="folder">The task's folder.</param>
    /// <param name="task">The task as it is.</param>
    /// <param name="line">What happened.</param>
    /// <exception cref="OpenCodeException">StateCorrupt: it is a link or no file. LimitExceeded: over 1 MiB. StoreUnavailable: not writable.</exception>
    public void Write(TaskLock held, TaskFolder folder, AgentTask task, string line)
    {
        held.Cover(folder);
        var now = clock.GetUtcNow();
        // Made outside of the sandbox's reach and moved in: a link that is put in the way is replaced, not followed.
        var temporary = Path.Combine(folder.Root, "plan.md" + AtomicFile.TemporarySuffix);
        try
        {
            TaskFolder.Make(folder.Contained(folder.Workspace));
            var text = Read(folder.Plan) is { } present ? PlanText.Updated(present, Bytewise(task), Bytewise(line), now) : Bytewise(PlanText.New(task, line, now));
            files.WriteNew(temporary, Encoding.Latin1.GetBytes(text));
            if (!OperatingSystem.IsWindows())
            {
                // Whoever the sandbox's user is may go on with it; the folder above is closed to all others.
                File.SetUnixFileMode(temporary, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite);
            }

            File.Move(temporary, folder.Plan, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw AtomicFile.Failed(folder.Plan, e);
        }
    }

    // Latin-1 maps every byte to the character of its number and back, so that what is not ours, and perhaps not UTF-8, comes out as it went in.
    private static string Bytewise(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));

    private static AgentTask Bytewise(AgentTask task) => task with { Owner = Bytewise(task.Owner) };

    private static string? Read(string path)
    {
        try
        {
            using var file = Native.TryOpenPlain(path);
            if (file is null)
            {
                return null;
            }

            using var stream = new FileStream(file, FileAccess.Read, bufferSize: 0);
            if (!stream.CanSeek)
            {
                throw NoFile(path, null);
            }

            var bytes = new byte[MostBytes + 1];
            var length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return length <= MostBytes
                ? Encoding.Latin1.GetString(bytes, 0, length)
                : throw new OpenCodeException(OpenCodeError.LimitExceeded, $"The plan '{path}' has more than {MostBytes} bytes and was not brought up to date. Shorten it.", path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw NoFile(path, e);
        }
    }

    private static OpenCodeException NoFile(string path, Exception? cause) =>
        new(OpenCodeError.StateCorrupt, $"The plan '{path}' is no plain file{(cause is null ? "" : $": {cause.Message}")} It was neither read nor changed. Remove it, and it is made anew.", path, cause);
}

using OpenCode.Common;

namespace OpenCode.Layers;

/// <summary><c>executions/&lt;id&gt;.log</c>: the whole output of a command, both streams in the order they came, for the file does not part them. It grows while the command runs, and any process may read it.</summary>
internal static class ExecutionLayer
{
    /// <summary>What there is by now: the beginning and the end, within a limit of bytes. Nothing when there is no file yet.</summary>
    /// <exception cref="OpenCodeException">StoreUnavailable: it cannot be read; StateCorrupt: a link is in its place.</exception>
    public static BoundedOutput Read(TaskFolder folder, string executionId, int limit)
    {
        var output = new BoundedOutput(limit);
        try
        {
            using var file = new FileStream(folder.Contained(folder.ExecutionLog(executionId)), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var length = file.Length; // what comes meanwhile is for the next reader
            var piece = new byte[64 * 1024];
            Take(Math.Min(length, limit / 2));
            if (length > limit)
            {
                // Gigabytes in between are not read to be thrown away.
                output.Skip(length - limit);
                file.Seek(length - limit, SeekOrigin.Current);
            }

            Take(length - output.Total);

            void Take(long count)
            {
                for (int read; count > 0 && (read = file.Read(piece, 0, (int)Math.Min(count, piece.Length))) > 0; count -= read)
                {
                    output.Write(piece.AsSpan(0, read));
                }
            }
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            // Nothing has come yet.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw AtomicFile.Failed(folder.ExecutionLog(executionId), e);
        }

        return output;
    }
}

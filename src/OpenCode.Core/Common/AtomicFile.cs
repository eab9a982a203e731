namespace OpenCode.Common;

/// <summary>
/// Replaces files so that a reader, and whoever comes after a crash, sees the old contents or the new, never a part. The caller
/// holds the lock of what the file belongs to: the temporary file has one name, so that the next writer takes a dead one's along.
/// </summary>
/// <param name="durable">True to flush the file and its folder to disk before the call returns (synchronous=full).</param>
/// <param name="probe">Told about every step.</param>
public sealed class AtomicFile(bool durable, StepProbe probe)
{
    /// <summary>The end of every temporary file's name.</summary>
    public const string TemporarySuffix = ".tmp";

    /// <summary>Replaces a file.</summary>
    /// <param name="path">The file; need not be there.</param>
    /// <param name="contents">All of the new contents.</param>
    /// <param name="backup">Where the replaced version stays, or null.</param>
    /// <exception cref="OpenCodeException">StoreUnavailable: not writable, or the disk is full; the old file is as it was.</exception>
    public void Replace(string path, ReadOnlySpan<byte> contents, string? backup)
    {
        var temporary = path + TemporarySuffix;
        try
        {
            WriteNew(temporary, contents);
            probe.At(Step.BeforeReplace);
            if (backup is not null && File.Exists(path))
            {
                File.Replace(temporary, path, backup, ignoreMetadataErrors: true);
            }
            else
            {
                File.Move(temporary, path, overwrite: true);
            }

            probe.At(Step.AfterReplace);
            if (durable)
            {
                Native.FlushFolder(Path.GetDirectoryName(path)!);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            TryDelete(temporary);
            throw Failed(path, e);
        }
    }

    /// <summary>Writes a whole file, and flushes it when durable.</summary>
    public void WriteNew(string path, ReadOnlySpan<byte> contents)
    {
        RemoveLink(path);
        using var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write, FileShare.Read);
        RandomAccess.Write(file, contents, 0);
        probe.At(Step.TemporaryWritten);
        if (durable)
        {
            RandomAccess.FlushToDisk(file);
        }
    }

    /// <summary>Writes a file that is not there yet, into a folder that was just made, and flushes it when durable. A file or a link that is there after all is an error.</summary>
    public void WriteFirst(string path, ReadOnlySpan<byte> contents)
    {
        using var file = Native.TryCreate(path) ?? File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read);
        RandomAccess.Write(file, contents, 0);
        probe.At(Step.TemporaryWritten);
        if (durable)
        {
            RandomAccess.FlushToDisk(file);
        }
    }

    /// <summary>Takes a link away that stands where a new file is to be: opening it would write to wherever it leads.</summary>
    internal static void RemoveLink(string path)
    {
        if (new FileInfo(path).LinkTarget is not null)
        {
            File.Delete(path);
        }
    }

    /// <summary>The error for a file that could not be written.</summary>
    public static OpenCodeException Failed(string path, Exception cause)
    {
        // ENOSPC has no exception type of its own; on Unix .NET puts errno into HResult (28), on Windows ERROR_DISK_FULL and ERROR_HANDLE_DISK_FULL.
        var full = cause is IOException && (cause.HResult is 28 or unchecked((int)0x80070070) or unchecked((int)0x80070027) || cause.Message.Contains("No space left", StringComparison.Ordinal));
        return new OpenCodeException(
            OpenCodeError.StoreUnavailable,
            full
                ? $"The file '{path}' could not be written: the disk is full. Free some space, then repeat; what was there before is unchanged."
                : $"The file '{path}' could not be written: {cause.Message} Check the permissions of its folder.",
            path,
            cause);
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The first error is the one to tell; the next writer takes the leftover along.
        }
    }
}

using Microsoft.Win32.SafeHandles;

namespace OpenCode.Common;

/// <summary>
/// Appends to a file of records, with one write for all bytes of a call. The caller holds the task's lock: .NET's
/// FileMode.Append seeks and then writes at an offset on Unix, so two processes that used it without one could overwrite each other.
/// </summary>
/// <param name="durable">True to flush to disk before the call returns (synchronous=full).</param>
/// <param name="probe">Told about every step.</param>
public sealed class AppendFile(bool durable, StepProbe probe)
{
    /// <summary>Appends bytes; what a crash left unfinished at the end is cut off first.</summary>
    /// <param name="path">The file; made when it is not there.</param>
    /// <param name="bytes">Whole records.</param>
    /// <param name="wholeLength">Given the open file and its length, the length of its whole records.</param>
    /// <param name="report">Given how many bytes are cut off, a record that says so; it goes before the others in the same write.</param>
    /// <exception cref="OpenCodeException">StoreUnavailable: not writable, or the disk is full; the file is as it was.</exception>
    public void Append(string path, ReadOnlyMemory<byte> bytes, Func<SafeFileHandle, long, long> wholeLength, Func<long, ReadOnlyMemory<byte>>? report)
    {
        try
        {
            using var file = Open(path);
            var length = RandomAccess.GetLength(file);
            var whole = length == 0 ? 0 : wholeLength(file, length);
            if (whole < length)
            {
                RandomAccess.SetLength(file, whole);
                bytes = report is null ? bytes : (byte[])[.. report(length - whole).Span, .. bytes.Span];
            }

            probe.At(Step.BeforeAppend);
            try
            {
                RandomAccess.Write(file, bytes.Span, whole);
            }
            catch (IOException)
            {
                RandomAccess.SetLength(file, whole); // a full disk takes a part; the part goes again
                throw;
            }

            if (durable)
            {
                RandomAccess.FlushToDisk(file);
            }

            probe.At(Step.AfterAppend);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw AtomicFile.Failed(path, e);
        }
    }

    // File.OpenHandle asks for the file's kind and takes and gives back an advisory lock, which cost as much as the append. It
    // makes the file when it is not there, and finds the words for what is wrong when it cannot be opened.
    private static SafeFileHandle Open(string path) => (Native.IsUnix ? Native.TryOpen(path) : null)
        ?? File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
}

using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace OpenCode.Registry.Sqlite.Leading;

/// <summary>
/// What becomes of the one frame each follower has on its way, in memory that leader and followers share: it is begun once, or withdrawn before, and never both. So whoever
/// is not answered in time knows whether its writes can still be made.
/// </summary>
internal sealed class FollowerSlots : IDisposable
{
    /// <summary>How many followers there may be.</summary>
    public const int Count = 256;

    private const int Stride = 64; // a cache line each
    private const int Size = (Count + 1) * Stride; // the first is the leader's
    private const long Asked = 1;
    private const long Begun = 2;
    private const long Withdrawn = 3;

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;

    private FollowerSlots(SafeFileHandle file)
    {
        _file = MemoryMappedFile.CreateFromFile(file, null, Size, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: false);
        _view = _file.CreateViewAccessor();
    }

    /// <summary>Makes the file anew: whoever has the one before has nothing in common with the followers of this one.</summary>
    /// <param name="path">The file.</param>
    /// <param name="leader">What tells this one from any other of that name.</param>
    /// <exception cref="IOException">The file cannot be made.</exception>
    public static FollowerSlots Create(string path, long leader)
    {
        File.Delete(path);
        var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        try
        {
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }

            var bytes = new byte[Size]; // all of them: the disk may be full, which is said here, and not by a signal at the first use
            BinaryPrimitives.WriteInt64LittleEndian(bytes, leader);
            RandomAccess.Write(file, bytes, 0);
            return new FollowerSlots(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Opens a leader's file.</summary>
    /// <exception cref="IOException">It is not there, cannot be opened, or is another leader's.</exception>
    public static FollowerSlots Open(string path, long leader)
    {
        var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        try
        {
            var bytes = new byte[Size];
            return RandomAccess.Read(file, bytes, 0) == Size && BinaryPrimitives.ReadInt64LittleEndian(bytes) == leader
                ? new FollowerSlots(file)
                : throw new IOException($"'{path}' is not the leader's.");
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The follower is about to send a frame.</summary>
    public void Ask(int slot, long frame) => At(slot, static (ref long word, long frame) => Interlocked.Exchange(ref word, Word(frame, Asked)) != 0, frame);

    /// <summary>The leader is about to execute it; false when it was withdrawn.</summary>
    public bool Begin(int slot, long frame) => At(slot, static (ref long word, long frame) => Interlocked.CompareExchange(ref word, Word(frame, Begun), Word(frame, Asked)) == Word(frame, Asked), frame);

    /// <summary>
    /// The follower does not want it any more, or said so before; false when it was begun. False also when the slot is another follower's meanwhile: the leader has ended this one's connection, and may have
    /// done so after it had begun.
    /// </summary>
    public bool Withdraw(int slot, long frame) =>
        At(slot, static (ref long word, long frame) => Interlocked.CompareExchange(ref word, Word(frame, Withdrawn), Word(frame, Asked)) is var found && (found == Word(frame, Asked) || found == Word(frame, Withdrawn)), frame);

    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
    }

    private static long Word(long frame, long state) => (frame << 2) | state;

    // The view may be closed by another thread meanwhile: it stays as long as somebody has its address.
    private unsafe bool At(int slot, Change change, long frame)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)slot, (uint)Count);
        byte* start = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        try
        {
            return change(ref *(long*)(start + ((slot + 1) * Stride)), frame);
        }
        finally
        {
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
        }
    }

    private delegate bool Change(ref long word, long frame);
}

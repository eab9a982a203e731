using System.Buffers;
using System.Formats.Tar;

namespace OpenCode.Sandboxes.Copying;

/// <summary>
/// Unpacks what came out of a sandbox, which may be anything, in a folder of its own beside its place. Nothing is written through a link: folders are made here, files are new, and links come
/// last. What is complete moves to its place.
/// </summary>
/// <param name="target">What it is to be called, as a full path; its folder is there.</param>
/// <param name="limit">How much it may be.</param>
internal sealed class Unpacking(string target, CopyLimit limit) : IDisposable
{
    private const int PieceSize = 128 * 1024;
    private const UnixFileMode Any = (UnixFileMode)0b111_111_111;
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _staging = Path.Combine(Path.GetDirectoryName(target)!, $".{Guid.NewGuid():N}.opencode-copy");
    private readonly HashSet<string> _folders = new(StringComparer.Ordinal);
    private readonly HashSet<string> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _links = new(StringComparer.Ordinal);
    private string? _top;

    public CopyTotals Totals { get; } = new();

    private string Item => Path.Combine(_staging, "item");

    /// <summary>Unpacks.</summary>
    /// <exception cref="OpenCodeException">AccessDenied: names an entry that is not taken; LimitExceeded; SandboxFailed: it is no archive; InvalidArgument: the place cannot be written.</exception>
    public async Task ReadAsync(Stream archive, CancellationToken cancellationToken)
    {
        try
        {
            MakeStaging(_staging);
            var reader = new TarReader(archive, leaveOpen: true);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.GetNextEntryAsync(copyData: false, cancellationToken).ConfigureAwait(false) is { } entry)
                {
                    await TakeAsync(entry, cancellationToken).ConfigureAwait(false);
                    limit.Check(entry.Name, Totals);
                }
            }

            foreach (var (path, to) in _links)
            {
                File.CreateSymbolicLink(PathOf(path), to);
            }
        }
        catch (Exception e) when (e is InvalidDataException or FormatException or EndOfStreamException)
        {
            throw new OpenCodeException(OpenCodeError.SandboxFailed, $"What the engine sent for '{target}' is no archive, or was cut off: {e.Message}", target, e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw Unwritable(e);
        }
    }

    /// <summary>Moves what was unpacked to its place.</summary>
    /// <param name="force">True to replace files that are there, and to put a folder's content into one that is there.</param>
    /// <exception cref="OpenCodeException">InvalidArgument: something is in the way; AccessDenied: a link is.</exception>
    public void Publish(bool force)
    {
        if (_top is null)
        {
            throw new OpenCodeException(OpenCodeError.SandboxFailed, $"The engine sent nothing for '{target}'.", target);
        }

        try
        {
            // Looked at as a whole first, so that what cannot be done is not half done.
            Check(Item, target, force);
            Move(Item, target, force);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(e);
        }
    }

    public void Dispose()
    {
        if (Directory.Exists(_staging))
        {
            Directory.Delete(_staging, recursive: true); // follows no link
        }
    }

    private static void MakeStaging(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, Owner | UnixFileMode.UserExecute);
        }
    }

    private async Task TakeAsync(TarEntry entry, CancellationToken cancellationToken)
    {
        if (entry.EntryType is TarEntryType.GlobalExtendedAttributes)
        {
            return; // says something about the archive
        }

        var key = Key(entry.Name, entry.Name);
        var parent = key.Contains('/', StringComparison.Ordinal) ? key[..key.LastIndexOf('/')] : null;
        if (parent is not null && !_folders.Contains(parent))
        {
            throw ArchiveRules.Refused(entry.Name, "it lies in what is no folder of the archive");
        }

        if (_folders.Contains(key) || _files.Contains(key) || _links.ContainsKey(key))
        {
            throw ArchiveRules.Refused(entry.Name, "it is there twice");
        }

        switch (entry.EntryType)
        {
            case TarEntryType.Directory:
                MakeFolder(PathOf(key), entry.Mode);
                _folders.Add(key);
                Totals.Folders++;
                break;
            case TarEntryType.RegularFile or TarEntryType.V7RegularFile:
                await WriteAsync(entry.DataStream, entry, key, cancellationToken).ConfigureAwait(false);
                break;
            case TarEntryType.HardLink:
                // A second name of a file becomes a file of its own: two names of one file would be a way to change the other.
                var other = Key(entry.LinkName, entry.Name);
                var source = new FileStream(_files.Contains(other) ? PathOf(other) : throw ArchiveRules.Refused(entry.Name, $"it is a second name of '{entry.LinkName}', which is no file of the archive"), FileMode.Open, FileAccess.Read);
                await using (source.ConfigureAwait(false))
                {
                    await WriteAsync(source, entry, key, cancellationToken).ConfigureAwait(false);
                }

                break;
            case TarEntryType.SymbolicLink when parent is not null && ArchiveRules.StaysInside(key.Count(static c => c == '/') - 1, entry.LinkName):
                _links.Add(key, entry.LinkName);
                Totals.Links++;
                break;
            case TarEntryType.SymbolicLink:
                throw ArchiveRules.Refused(entry.Name, $"it is a link to '{entry.LinkName}', which is not surely within what is copied");
            default:
                throw ArchiveRules.Refused(entry.Name, $"it is a {Name(entry.EntryType)}, and no file, folder or link");
        }
    }

    /// <summary>A path of the archive, checked to be below its one top.</summary>
    private string Key(string path, string entry)
    {
        string[] parts;
        try
        {
            parts = ArchiveRules.Parts(path, OperatingSystem.IsWindows());
        }
        catch (OpenCodeException) when (path != entry)
        {
            throw ArchiveRules.Refused(entry, $"it is a second name of '{path}', which is no file of the archive");
        }

        return (_top ??= parts[0]) == parts[0] ? string.Join('/', parts) : throw ArchiveRules.Refused(entry, $"it does not lie in '{_top}'");
    }

    private string PathOf(string key) => Path.Combine([Item, .. key.Split('/').Skip(1)]);

    private static void MakeFolder(string path, UnixFileMode mode)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, (mode & Any) | Owner | UnixFileMode.UserExecute);
        }
    }

    private async Task WriteAsync(Stream? content, TarEntry entry, string key, CancellationToken cancellationToken)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = (entry.Mode & Any) | Owner;
        }

        var path = PathOf(key);
        var file = new FileStream(path, options);
        await using (file.ConfigureAwait(false))
        {
            var piece = ArrayPool<byte>.Shared.Rent(PieceSize);
            try
            {
                int read;
                while (content is not null && (read = await content.ReadAsync(piece, cancellationToken).ConfigureAwait(false)) > 0)
                {
                    Totals.Bytes += read;
                    limit.Check(entry.Name, Totals);
                    await file.WriteAsync(piece.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(piece);
            }
        }

        File.SetLastWriteTimeUtc(path, entry.ModificationTime.UtcDateTime);
        _files.Add(key);
        Totals.Files++;
    }

    private static void Check(string from, string to, bool force)
    {
        var folder = IsFolder(from);
        if (new FileInfo(to).LinkTarget is { } link && (folder || !force))
        {
            throw new OpenCodeException(OpenCodeError.AccessDenied, $"'{to}' is a link to '{link}' and is not written through. Nothing was copied; remove the link, or name what it points at.", to);
        }

        if (IsFolder(to) != folder && Path.Exists(to))
        {
            throw new OpenCodeException(OpenCodeError.InvalidArgument, $"'{to}' is {(folder ? "no folder" : "a folder")}, and what is copied there is {(folder ? "one" : "none")}. Nothing was copied.", to);
        }

        if (!force && Path.Exists(to))
        {
            throw new OpenCodeException(OpenCodeError.InvalidArgument, $"'{to}' is there already. Nothing was copied; -Force replaces files, and puts a folder's content into one that is there.", to);
        }

        if (folder && Directory.Exists(to))
        {
            foreach (var child in Directory.EnumerateFileSystemEntries(from))
            {
                Check(child, Path.Combine(to, Path.GetFileName(child)), force);
            }
        }
    }

    private static void Move(string from, string to, bool force)
    {
        if (!IsFolder(from))
        {
            if (new FileInfo(from).LinkTarget is { } link)
            {
                File.Delete(to);
                File.CreateSymbolicLink(to, link);
            }
            else
            {
                File.Move(from, to, overwrite: force);
            }
        }
        else if (!Directory.Exists(to))
        {
            Directory.Move(from, to);
        }
        else
        {
            foreach (var child in Directory.EnumerateFileSystemEntries(from).ToList())
            {
                Move(child, Path.Combine(to, Path.GetFileName(child)), force);
            }
        }
    }

    private static bool IsFolder(string path) => new FileInfo(path).LinkTarget is null && Directory.Exists(path);

    private static string Name(TarEntryType type) => type switch
    {
        TarEntryType.BlockDevice or TarEntryType.CharacterDevice => "device",
        TarEntryType.Fifo => "pipe",
        _ => "thing of another kind",
    };

    private OpenCodeException Unwritable(Exception e) => new(OpenCodeError.InvalidArgument, $"'{target}' cannot be written: {e.Message}", target, e);
}

using System.Formats.Tar;
using OpenCode.Common;

namespace OpenCode.Sandboxes.Copying;

/// <summary>A file or folder of this machine that is to be packed: looked through as a whole before the first byte is sent.</summary>
internal sealed class SourceTree
{
    private const UnixFileMode Any = (UnixFileMode)0b111_111_111; // no bit that changes whose rights a program has
    private const UnixFileMode OfFolder = (UnixFileMode)0b111_101_101;
    private const UnixFileMode OfFile = (UnixFileMode)0b110_100_100;

    private readonly List<Item> _items = [];
    private readonly string _root;
    private readonly CopyLimit _limit;

    private SourceTree(string root, CopyLimit limit)
    {
        _root = root;
        _limit = limit;
    }

    private enum Kind
    {
        Folder,
        File,
        Link,
    }

    public CopyTotals Totals { get; } = new();

    /// <summary>Looks through a file or folder. The path itself may be a link; in the folder, only links that stay within it are taken.</summary>
    /// <exception cref="OpenCodeException">InvalidArgument: there is nothing; AccessDenied: something in it is neither file nor folder, or a link that points outside; LimitExceeded.</exception>
    public static SourceTree Read(string path, CopyLimit limit, CancellationToken cancellationToken)
    {
        try
        {
            var root = Directory.Exists(path) ? (new DirectoryInfo(path).ResolveLinkTarget(true) ?? new DirectoryInfo(path)).FullName
                : File.Exists(path) ? (new FileInfo(path).ResolveLinkTarget(true) ?? new FileInfo(path)).FullName
                : throw new OpenCodeException(OpenCodeError.InvalidArgument, $"There is no file or folder '{path}' to copy.", path);
            var tree = new SourceTree(root, limit);
            tree.Take(root, [], cancellationToken);
            return tree;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OpenCodeException(OpenCodeError.InvalidArgument, $"'{path}' cannot be read to be copied: {e.Message}", path, e);
        }
    }

    /// <summary>Writes it as an archive.</summary>
    /// <param name="archive">Where to.</param>
    /// <param name="folders">Folders to make before it, outermost first.</param>
    /// <param name="name">What it is called there.</param>
    /// <param name="owner">Whose it is.</param>
    /// <param name="cancellationToken">Ends it half-way.</param>
    public async Task WriteAsync(Stream archive, IReadOnlyList<string> folders, string name, (int User, int Group) owner, CancellationToken cancellationToken)
    {
        var writer = new TarWriter(archive, TarEntryFormat.Pax, leaveOpen: true);
        await using (writer.ConfigureAwait(false))
        {
            var top = "";
            foreach (var folder in folders)
            {
                top += folder + "/";
                await writer.WriteEntryAsync(Owned(new PaxTarEntry(TarEntryType.Directory, top) { Mode = OfFolder }, owner), cancellationToken).ConfigureAwait(false);
            }

            foreach (var item in _items)
            {
                await WriteAsync(writer, item, top + string.Join('/', [name, .. item.Parts]), owner, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static async Task WriteAsync(TarWriter writer, Item item, string name, (int User, int Group) owner, CancellationToken cancellationToken)
    {
        var entry = Owned(
            item.Kind switch
            {
                Kind.Folder => new PaxTarEntry(TarEntryType.Directory, name + "/") { Mode = OfFolder },
                Kind.Link => new PaxTarEntry(TarEntryType.SymbolicLink, name) { LinkName = item.Target! },
                _ => new PaxTarEntry(TarEntryType.RegularFile, name) { Mode = OfFile },
            },
            owner);
        if (item.Kind is not Kind.File)
        {
            await writer.WriteEntryAsync(entry, cancellationToken).ConfigureAwait(false);
            return;
        }

        try
        {
            using var handle = Native.TryOpenPlain(item.Path) ?? throw new IOException("It is gone.");
            if (!Native.IsPlainFile(handle) || RandomAccess.GetLength(handle) > item.Length)
            {
                throw new IOException("It is another file than before, or has grown.");
            }

            if (!OperatingSystem.IsWindows())
            {
                entry.Mode = File.GetUnixFileMode(handle) & Any;
            }

            entry.ModificationTime = File.GetLastWriteTimeUtc(handle);
            var content = new FileStream(handle, FileAccess.Read, bufferSize: 0);
            await using (content.ConfigureAwait(false))
            {
                entry.DataStream = content;
                await writer.WriteEntryAsync(entry, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e) when ((e is IOException or UnauthorizedAccessException) && !cancellationToken.IsCancellationRequested)
        {
            throw new OpenCodeException(OpenCodeError.SandboxFailed, $"'{item.Path}' could not be read while it was copied: {e.Message} What came before it is in the sandbox.", item.Path, e);
        }
    }

    private static PaxTarEntry Owned(PaxTarEntry entry, (int User, int Group) owner)
    {
        (entry.Uid, entry.Gid) = owner;
        return entry;
    }

    private void Take(string path, string[] parts, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var shown = parts.Length == 0 ? path : string.Join('/', parts);
        if (new FileInfo(path).LinkTarget is { } target)
        {
            target = OperatingSystem.IsWindows() ? target.Replace('\\', '/') : target;
            _items.Add(ArchiveRules.StaysInside(parts.Length - 1, target)
                ? new Item(Kind.Link, path, parts) { Target = target }
                : throw ArchiveRules.Refused(shown, $"it is a link to '{target}', which is not surely within '{_root}'"));
            Totals.Links++;
        }
        else if (Directory.Exists(path))
        {
            _items.Add(new Item(Kind.Folder, path, parts));
            Totals.Folders++;
            foreach (var child in Directory.EnumerateFileSystemEntries(path).Order(StringComparer.Ordinal))
            {
                Take(child, [.. parts, Path.GetFileName(child)], cancellationToken);
            }
        }
        else
        {
            var length = Length(path, shown);
            _items.Add(new Item(Kind.File, path, parts) { Length = length });
            Totals.Files++;
            Totals.Bytes += length;
        }

        _limit.Check(_root, Totals);
    }

    private static long Length(string path, string shown)
    {
        try
        {
            using var handle = Native.TryOpenPlain(path) ?? throw new IOException("It is gone.");
            return Native.IsPlainFile(handle) ? RandomAccess.GetLength(handle) : throw ArchiveRules.Refused(shown, "it is a pipe, a socket or a device");
        }
        catch (IOException e)
        {
            // A socket cannot even be opened.
            throw new OpenCodeException(OpenCodeError.AccessDenied, $"'{shown}' is not copied: {e.Message} Nothing was copied.", shown, e);
        }
    }

    private sealed record Item(Kind Kind, string Path, string[] Parts)
    {
        public string? Target { get; init; }

        public long Length { get; init; }
    }
}

using System.Formats.Tar;
using OpenCode.Sandboxes.Copying;

namespace OpenCode.Tests.Unit.Sandboxes;

/// <summary>I8: whatever archive comes out of a sandbox, nothing is written but at the destination, and nothing at all when anything in it is wrong.</summary>
public sealed class UnpackingTests : IDisposable
{
    private static readonly CopyLimit Wide = new(100, 1_000_000);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("oc-unpack-");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Place => Path.Combine(_folder.FullName, "place");

    private string Target => Path.Combine(Place, "out");

    public static TheoryData<string, string> Attacks => new()
    {
        { "../outside", "its path" },
        { "top/../../outside", "its path" },
        { "/outside", "its path" },
        { "top//x", "its path" },
        { "other/x", "does not lie in 'top'" },
        { "top/none/x", "no folder of the archive" },
        { "link:top/up:../outside", "a link to '../outside'" },
        { "link:top/up:/etc", "a link to '/etc'" },
        { "link:top/sub/up:../../outside", "a link to '../../outside'" },
        { "link:top/sub/roundabout:x/../../..", "a link to 'x/../../..'" },
        { "link:top/link:sub+top/link/x", "no folder of the archive" },
        { "link:top/link:sub+dir:top/link", "there twice" },
        { "hard:top/x:/etc/passwd", "second name of '/etc/passwd'" },
        { "hard:top/x:../../outside", "second name of '../../outside'" },
        { "hard:top/x:top/none", "second name of 'top/none'" },
        { "link:top/link:sub+hard:top/x:top/link", "second name of 'top/link'" },
        { "device:top/disk", "it is a device" },
        { "chars:top/tty", "it is a device" },
        { "pipe:top/pipe", "it is a pipe" },
    };

    [Theory]
    [MemberData(nameof(Attacks))]
    public async Task Attack_is_named_and_nothing_is_written(string attack, string why)
    {
        Directory.CreateDirectory(Place);
        var archive = Archive(["dir:top", "dir:top/sub", "file:top/good", .. attack.Split('+')]);
        var error = await Assert.ThrowsAsync<OpenCodeException>(async () =>
        {
            using var unpacking = new Unpacking(Target, Wide);
            await unpacking.ReadAsync(archive, Token);
            unpacking.Publish(true);
        });
        Assert.Equal(OpenCodeError.AccessDenied, error.Error);
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
        Assert.Contains($"'{Name(attack.Split('+')[^1])}'", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Place));
        Assert.Equal(["place"], _folder.EnumerateFileSystemInfos().Select(static one => one.Name));
    }

    [Fact]
    public async Task Tree_comes_out_with_its_links_its_second_names_and_its_modes_but_for_rights()
    {
        Directory.CreateDirectory(Place);
        using (var unpacking = new Unpacking(Target, Wide))
        {
            await unpacking.ReadAsync(Archive(["dir:top", "file:top/one", "run:top/run", "dir:top/sub", "hard:top/sub/two:top/one", "link:top/sub/up:../one"]), Token);
            Assert.False(Directory.Exists(Target));
            unpacking.Publish(false);
            Assert.Equal((3, 2, 1, 12L), (unpacking.Totals.Files, unpacking.Totals.Folders, unpacking.Totals.Links, unpacking.Totals.Bytes));
        }

        Assert.Equal(["out"], Directory.EnumerateFileSystemEntries(Place).Select(Path.GetFileName));
        await File.WriteAllTextAsync(Path.Combine(Target, "sub", "two"), "changed", Token);
        Assert.Equal("here", await File.ReadAllTextAsync(Path.Combine(Target, "one"), Token));
        Assert.Equal("here", await File.ReadAllTextAsync(Path.Combine(Target, "sub", "up"), Token));
        if (!OperatingSystem.IsWindows())
        {
            var mode = File.GetUnixFileMode(Path.Combine(Target, "run"));
            Assert.True(mode.HasFlag(UnixFileMode.UserExecute));
            Assert.Equal(UnixFileMode.None, mode & (UnixFileMode.SetUser | UnixFileMode.SetGroup | UnixFileMode.StickyBit));
        }
    }

    [Fact]
    public async Task What_is_there_stays_unless_it_is_to_be_replaced_and_a_folder_keeps_what_else_it_has()
    {
        Directory.CreateDirectory(Target);
        await File.WriteAllTextAsync(Path.Combine(Target, "one"), "old", Token);
        await File.WriteAllTextAsync(Path.Combine(Target, "kept"), "kept", Token);
        Assert.Equal(OpenCodeError.InvalidArgument, (await Assert.ThrowsAsync<OpenCodeException>(() => UnpackAsync(false, "dir:top", "file:top/one"))).Error);
        Assert.Equal("old", await File.ReadAllTextAsync(Path.Combine(Target, "one"), Token));
        await UnpackAsync(true, "dir:top", "file:top/one", "dir:top/new", "file:top/new/x");
        Assert.Equal(["here", "kept", "here"], new[] { "one", "kept", "new/x" }.Select(name => File.ReadAllText(Path.Combine(Target, name))));

        // A folder is not made a file, a file not a folder, and neither is half of it done.
        Assert.Equal(OpenCodeError.InvalidArgument, (await Assert.ThrowsAsync<OpenCodeException>(() => UnpackAsync(true, "dir:top", "file:top/also", "file:top/new"))).Error);
        Assert.Equal(OpenCodeError.InvalidArgument, (await Assert.ThrowsAsync<OpenCodeException>(() => UnpackAsync(true, "dir:top", "file:top/also", "dir:top/one"))).Error);
        Assert.False(File.Exists(Path.Combine(Target, "also")));
        Assert.Equal(["out"], Directory.EnumerateFileSystemEntries(Place).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Link_at_the_destination_is_not_written_through()
    {
        var outside = _folder.CreateSubdirectory("outside").FullName;
        Directory.CreateDirectory(Target);
        Directory.CreateSymbolicLink(Path.Combine(Target, "sub"), outside);
        var error = await Assert.ThrowsAsync<OpenCodeException>(() => UnpackAsync(true, "dir:top", "dir:top/sub", "file:top/sub/x"));
        Assert.Equal(OpenCodeError.AccessDenied, error.Error);
        Assert.Contains(outside, error.Message, StringComparison.Ordinal);

        // In the place of a file it is the link that is replaced.
        File.CreateSymbolicLink(Path.Combine(Target, "file"), Path.Combine(outside, "victim"));
        await UnpackAsync(true, "dir:top", "file:top/file");
        Assert.Equal("here", await File.ReadAllTextAsync(Path.Combine(Target, "file"), Token));
        Assert.Empty(Directory.EnumerateFileSystemEntries(outside));
    }

    [Theory]
    [InlineData(3, 1_000_000, "more than 3 files")]
    [InlineData(100, 7, "MiB")]
    public async Task More_than_the_limit_ends_it_and_leaves_nothing(int entries, long bytes, string limit)
    {
        Directory.CreateDirectory(Place);
        var error = await Assert.ThrowsAsync<OpenCodeException>(async () =>
        {
            using var unpacking = new Unpacking(Target, new CopyLimit(entries, bytes));
            await unpacking.ReadAsync(Archive(["dir:top", "file:top/one", "file:top/two", "file:top/three"]), Token);
        });
        Assert.Equal(OpenCodeError.LimitExceeded, error.Error);
        Assert.Contains(limit, error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Place));
    }

    [Fact]
    public async Task Archive_that_is_cut_off_is_nothing()
    {
        Directory.CreateDirectory(Place);
        var bytes = Archive(["dir:top", "file:top/one"]).ToArray();
        var error = await Assert.ThrowsAsync<OpenCodeException>(async () =>
        {
            using var unpacking = new Unpacking(Target, Wide);
            await unpacking.ReadAsync(new MemoryStream(bytes, 0, 1200), Token);
        });
        Assert.Equal(OpenCodeError.SandboxFailed, error.Error);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Place));
    }

    [Theory]
    [InlineData("a:b")]
    [InlineData("nul.txt")]
    [InlineData("end.")]
    [InlineData("a\\b")]
    public void Name_that_Windows_has_not_is_refused_there(string name)
    {
        Assert.Equal(OpenCodeError.AccessDenied, Assert.Throws<OpenCodeException>(() => ArchiveRules.Parts($"top/{name}", windows: true)).Error);
        Assert.Equal(["top", name], ArchiveRules.Parts($"top/{name}", windows: false));
    }

    public void Dispose() => _folder.Delete(true);

    private async Task UnpackAsync(bool force, params string[] entries)
    {
        using var unpacking = new Unpacking(Target, Wide);
        await unpacking.ReadAsync(Archive(entries), Token);
        unpacking.Publish(force);
    }

    private static string Name(string entry) => entry.Split(':') is [var only] ? only : entry.Split(':')[1] + (entry.StartsWith("dir:", StringComparison.Ordinal) ? "/" : "");

    /// <summary>An archive of entries: <c>kind:path</c>, a link with its target behind another colon; a path alone is a file.</summary>
    private static MemoryStream Archive(string[] entries)
    {
        var bytes = new MemoryStream();
        using (var tar = new TarWriter(bytes, TarEntryFormat.Pax, leaveOpen: true))
        {
            foreach (var parts in entries.Select(static entry => entry.Split(':')))
            {
                using var content = new MemoryStream("here"u8.ToArray());
                PaxTarEntry entry = parts switch
                {
                    ["dir", var path] => new(TarEntryType.Directory, path + "/"),
                    ["link", var path, var target] => new(TarEntryType.SymbolicLink, path) { LinkName = target },
                    ["hard", var path, var target] => new(TarEntryType.HardLink, path) { LinkName = target },
                    ["device", var path] => new(TarEntryType.BlockDevice, path) { DeviceMajor = 8 },
                    ["chars", var path] => new(TarEntryType.CharacterDevice, path) { DeviceMajor = 5 },
                    ["pipe", var path] => new(TarEntryType.Fifo, path),
                    ["run", var path] => new(TarEntryType.RegularFile, path) { DataStream = content, Mode = (UnixFileMode)0b111_111_101_101 },
                    _ => new(TarEntryType.RegularFile, parts[^1]) { DataStream = content },
                };
                tar.WriteEntry(entry);
            }
        }

        bytes.Position = 0;
        return bytes;
    }
}

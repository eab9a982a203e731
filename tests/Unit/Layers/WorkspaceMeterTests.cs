using System.Diagnostics;
using OpenCode.Layers;

namespace OpenCode.Tests.Unit.Layers;

public sealed class WorkspaceMeterTests : IDisposable
{
    private const long Mebibyte = 1024 * 1024;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("oc-meter-");

    public void Dispose() => _folder.Delete(true);

    [Fact]
    public void Workspace_is_counted_as_it_lies_on_the_disk_and_the_largest_are_named()
    {
        Write("small", 1);
        Write("deep/er/one", 3);
        Write("deep/two", 2);
        File.CreateSymbolicLink(At("out"), "/usr");
        File.CreateSymbolicLink(At("deep/loop"), At("deep"));
        var usage = WorkspaceMeter.Measure(_folder.FullName, 1000);
        Assert.True(usage.IsWhole);
        Assert.Null(usage.Hidden);
        Assert.Equal(7, usage.Entries);
        Assert.InRange(usage.Bytes, 6 * Mebibyte, 7 * Mebibyte);
        Assert.Equal(["deep", "small"], usage.Largest.Take(2).Select(static one => one.Name));
    }

    [Fact]
    public void File_of_several_names_counts_once_and_holes_not_at_all()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Skip("Elsewhere lengths are counted.");
        }

        Write("one", 2);
        Run("ln", At("one"), At("another"));
        Run("truncate", "-s", "1T", At("holes"));
        Assert.InRange(WorkspaceMeter.Measure(_folder.FullName, 1000).Bytes, 2 * Mebibyte, 3 * Mebibyte);
    }

    [Fact]
    public void Folder_too_deep_for_a_path_is_told()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Skip("What a path may be differs.");
        }

        // As a sandbox would, without ever naming the whole path: one deep folder is moved into another.
        var deep = string.Join('/', Enumerable.Repeat(new string('d', 200), 15));
        Write($"a/{deep}/file", 0);
        Write($"b/{deep}/file", 1);
        Directory.Move(At("b"), At($"a/{deep}/b"));
        try
        {
            Assert.NotNull(WorkspaceMeter.Measure(_folder.FullName, 1000).Hidden);
        }
        finally
        {
            Run("rm", "-rf", At("a"));
        }
    }

    [Fact]
    public void More_than_is_counted_is_at_least_that()
    {
        for (var i = 0; i < 20; i++)
        {
            Write($"{i}", 0);
        }

        var usage = WorkspaceMeter.Measure(_folder.FullName, 10);
        Assert.Equal((10, false), (usage.Entries, usage.IsWhole));
        Assert.Equal(0, WorkspaceMeter.Measure(At("none"), 10).Bytes);
    }

    private string At(string path) => Path.Combine(_folder.FullName, path);

    private void Write(string path, int mebibytes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(path))!);
        File.WriteAllBytes(At(path), new byte[mebibytes * Mebibyte]);
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}

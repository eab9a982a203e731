using System.Diagnostics;
using System.Formats.Tar;
using System.Text.Json.Nodes;
using Files = System.IO.File;

namespace OpenCode.Tests.Integration.Sandboxes;

/// <summary>Images made of the machine's static busybox, without any registry.</summary>
public static class TestImages
{
    private static readonly SemaphoreSlim Making = new(1);

    /// <summary>opencode-test:noshell has sleep and busybox, and no /bin/sh.</summary>
    public static Task WithoutShellAsync() => ImportAsync("noshell", ["bin/sleep"]);

    /// <summary>opencode-test:nosleep has nothing that would keep a container alive.</summary>
    public static Task WithoutSleepAsync() => ImportAsync("nosleep", ["bin/sh"]);

    /// <summary>The tar of a root file system with busybox and links to it.</summary>
    public static byte[] Root(IEnumerable<string> links)
    {
        using var bytes = new MemoryStream();
        using (var tar = new TarWriter(bytes, TarEntryFormat.Ustar, true))
        {
            foreach (var folder in (string[])["bin/", "tmp/", "workspace/", "proc/", "dev/", "sys/", "etc/"])
            {
                tar.WriteEntry(new UstarTarEntry(TarEntryType.Directory, folder) { Mode = (UnixFileMode)0b111_101_101 });
            }

            using var busybox = Files.OpenRead("/bin/busybox");
            tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, "bin/busybox") { Mode = (UnixFileMode)0b111_101_101, DataStream = busybox });
            foreach (var link in links)
            {
                tar.WriteEntry(new UstarTarEntry(TarEntryType.SymbolicLink, link) { LinkName = "busybox" });
            }
        }

        return bytes.ToArray();
    }

    /// <summary>The tar of one file.</summary>
    public static byte[] File(string name, byte[] content)
    {
        using var bytes = new MemoryStream();
        using (var tar = new TarWriter(bytes, TarEntryFormat.Ustar, true))
        {
            using var data = new MemoryStream(content);
            tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name) { Mode = (UnixFileMode)0b110_100_100, DataStream = data });
        }

        return bytes.ToArray();
    }

    private static async Task ImportAsync(string tag, string[] links)
    {
        if (!Files.Exists("/bin/busybox"))
        {
            DockerEngine.Absent("there is no static /bin/busybox to make an image of");
        }

        await Making.WaitAsync();
        var file = Path.GetTempFileName();
        try
        {
            if ((await Sandbox.CurlAsync("GET", $"/images/opencode-test:{tag}/json"))["Id"] is not null)
            {
                // Made by an earlier run; another import would leave that one behind without a name.
                return;
            }

            await Files.WriteAllBytesAsync(file, Root(links));
            var path = $"http://docker/images/create?fromSrc=-&repo=opencode-test&tag={tag}";
            using var curl = Process.Start(new ProcessStartInfo("curl", ["--silent", "--fail", "--unix-socket", DockerEngine.Endpoint.Address!.LocalPath, "-X", "POST", "-H", "Content-Type: application/x-tar", "--data-binary", "@" + file, path]) { RedirectStandardOutput = true })!;
            var answer = await curl.StandardOutput.ReadToEndAsync();
            await curl.WaitForExitAsync();
            Assert.Equal(0, curl.ExitCode);
            if (await DockerEngine.IsPodmanAsync())
            {
                // It does not look at the tag of what is imported.
                var id = JsonNode.Parse(answer.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1])!["status"]!.ToString();
                await Sandbox.CurlAsync("POST", $"/images/{id}/tag?repo=opencode-test&tag={tag}");
            }
        }
        finally
        {
            Files.Delete(file);
            Making.Release();
        }
    }
}

using OpenCode.Tasks;

namespace OpenCode.Tests.Integration.Sandboxes;

/// <summary>Files into a sandbox and out of it, on a real engine.</summary>
public sealed class CopyTests : IDisposable
{
    private readonly DirectoryInfo _here = Directory.CreateTempSubdirectory("oc-copy-");

    [Fact]
    public async Task Tree_goes_in_belongs_to_the_sandbox_and_comes_out_as_it_was()
    {
        await using var store = await SandboxStore.OpenAsync();
        var task = await store.NewTaskAsync();
        var source = _here.CreateSubdirectory("src");
        Write("src/a.txt", "one");
        Write("src/deep/ün ïcode.txt", new string('x', 3_000_000));
        Write("src/run.sh", "#!/bin/sh\necho ran\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(Local("src/run.sh"), (UnixFileMode)0b111_101_101);
        }

        File.CreateSymbolicLink(Local("src/deep/up"), "../a.txt");
        var into = await store.Runtime.Copies.ToSandboxAsync(task, new CopyRequest(source.FullName, "made/on the way/src"), null, Test.Token);
        Assert.Equal(("/workspace/made/on the way/src", 3, 2, 1), (into.Destination, into.Files, into.Folders, into.Links));
        Assert.Equal("one\nran\n", (await store.RunAsync(task, "cd '/workspace/made/on the way/src' && cat deep/up && echo && ./run.sh && touch deep/mine a.txt && ln a.txt again")).Stdout);
        var outOf = await store.Runtime.Copies.FromSandboxAsync(task, new CopyRequest("made/on the way/src", Local("back") + "/"), null, Test.Token);
        Assert.Equal((Local("back/src"), 5, 2, 1, 3_000_000 + 3 + 3 + 19), (outOf.Destination, outOf.Files, outOf.Folders, outOf.Links, outOf.Bytes));
        Assert.Equal(File.ReadAllText(Local("src/deep/ün ïcode.txt")), File.ReadAllText(Local("back/src/deep/ün ïcode.txt")));
        Assert.Equal(("one", "one", "../a.txt"), (File.ReadAllText(Local("back/src/again")), File.ReadAllText(Local("back/src/a.txt")), new FileInfo(Local("back/src/deep/up")).LinkTarget));
        Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(Local("back/src/run.sh")).HasFlag(UnixFileMode.UserExecute));
        Assert.Equal(["back", "src"], _here.EnumerateFileSystemInfos().Select(static one => one.Name).Order());

        // What is there stays unless it is said, and also in a suspended sandbox.
        await store.Runtime.Sandboxes.SuspendAsync(task, Test.Token);
        Write("src/a.txt", "two");
        Assert.Equal(OpenCodeError.InvalidArgument, await ErrorAsync(store.Runtime.Copies.ToSandboxAsync(task, new CopyRequest(source.FullName, "made/on the way"), null, Test.Token)));
        await store.Runtime.Copies.ToSandboxAsync(task, new CopyRequest(source.FullName, "made/on the way") { Force = true }, null, Test.Token);
        await store.Runtime.Sandboxes.ResumeAsync(task, Test.Token);
        Assert.Equal("two\n", (await store.RunAsync(task, "cd '/workspace/made/on the way/src' && cat a.txt && echo && ls deep/mine >/dev/null")).Stdout);
        Assert.Contains("Copied into the sandbox", (await store.Runtime.Memory.HistoryAsync(task, new LogQuery { Last = 20 }, Test.Token)).Entries.Select(static e => e.Message).First(static m => m.StartsWith("Copied", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Way_in_leads_nowhere_but_to_the_workspace()
    {
        await using var store = await SandboxStore.OpenAsync();
        var task = await store.NewTaskAsync();
        Write("one", "new");
        await store.RunAsync(task, "ln -s /etc etc; ln -s /workspace/kept link; echo old >kept; mkdir dir; ln -s /etc dir/sub; mkdir -p x/one");
        var copies = store.Runtime.Copies;
        foreach (var (destination, error) in (IEnumerable<(string, OpenCodeError)>)[
            ("/etc/one", OpenCodeError.AccessDenied), ("../one", OpenCodeError.AccessDenied), ("/workspace/../etc/one", OpenCodeError.AccessDenied), ("etc/one", OpenCodeError.AccessDenied),
            ("etc", OpenCodeError.AccessDenied), ("link", OpenCodeError.AccessDenied), ("dir/sub/", OpenCodeError.AccessDenied), ("kept/one", OpenCodeError.InvalidArgument), ("/tmp/one", OpenCodeError.NotSupported),
            ("/workspace/../..", OpenCodeError.AccessDenied), ("x", OpenCodeError.SandboxFailed), ("", OpenCodeError.InvalidArgument), ("/", OpenCodeError.InvalidArgument)])
        {
            Assert.Equal((destination, error), (destination, await ErrorAsync(copies.ToSandboxAsync(task, new CopyRequest(Local("one"), destination) { Force = true }, null, Test.Token))));
        }

        // A link deep inside of what is copied over is not followed either, and the engine names it.
        Write("dir/sub/passwd", "evil");
        var refused = await Assert.ThrowsAsync<OpenCodeException>(() => copies.ToSandboxAsync(task, new CopyRequest(Local("dir"), "/workspace") { Force = true }, null, Test.Token));
        Assert.Contains("dir/sub", refused.Message, StringComparison.Ordinal);
        Assert.Equal("old\n", (await store.RunAsync(task, "cat kept; ls /etc/one /etc/passwd/sub 2>/dev/null; grep evil /etc/passwd; true")).Stdout);
    }

    [Fact]
    public async Task What_lies_outside_of_a_folder_does_not_go_in_with_it()
    {
        await using var store = await SandboxStore.OpenAsync();
        var task = await store.NewTaskAsync();
        Write("secret", "s");
        Write("src/good", "g");
        foreach (var target in (string[])["../secret", Local("secret"), "x/../../secret"])
        {
            File.CreateSymbolicLink(Local("src/link"), target);
            var error = await Assert.ThrowsAsync<OpenCodeException>(() => store.Runtime.Copies.ToSandboxAsync(task, new CopyRequest(Local("src"), "src"), null, Test.Token));
            Assert.Equal(OpenCodeError.AccessDenied, error.Error);
            Assert.Contains("'link'", error.Message, StringComparison.Ordinal);
            File.Delete(Local("src/link"));
        }

        // Nobody waits for a pipe, and no device is read.
        await store.RunAsync(task, "mkfifo /workspace/pipe");
        Assert.Equal(OpenCodeError.AccessDenied, await ErrorAsync(store.Runtime.Copies.ToSandboxAsync(task, new CopyRequest(Path.Combine(store.Configuration.DataRoot, "tasks", task, "workspace"), "again"), null, Test.Token)));
        Assert.Equal(OpenCodeError.AccessDenied, await ErrorAsync(store.Runtime.Copies.ToSandboxAsync(task, new CopyRequest("/dev/zero", "zero"), null, Test.Token)));
        Assert.Equal(OpenCodeError.LimitExceeded, await ErrorAsync(store.Runtime.Copies.ToSandboxAsync(task, new CopyRequest(Local("src"), "src") { MostBytes = 0 }, null, Test.Token)));
        Assert.Equal(OpenCodeError.InvalidArgument, await ErrorAsync(store.Runtime.Copies.ToSandboxAsync(task, new CopyRequest(Local("none"), "src"), null, Test.Token)));
        Assert.Equal("pipe\n", (await store.RunAsync(task, "ls")).Stdout);
    }

    [Fact]
    public async Task Way_out_brings_nothing_of_this_machine_and_nothing_that_is_no_file()
    {
        await DockerEngine.NotOnPodmanAsync("a link that leads out is not found, rather than refused");
        await using var store = await SandboxStore.OpenAsync();
        var task = await store.NewTaskAsync();
        var secret = Path.Combine(_here.FullName, "secret");
        Write("secret", "of this machine");
        await store.RunAsync(task, $"ln -s {secret} link; mkdir evil piped deep sparse; ln -s /etc/passwd evil/link; mkfifo piped/pipe; ln -s .. deep/up; ln -s /etc etc; dd if=/dev/zero of=sparse/big bs=1 count=1 seek=1G 2>/dev/null");
        var copies = store.Runtime.Copies;
        foreach (var (path, error, named) in (IEnumerable<(string, OpenCodeError, string)>)[
            ("link", OpenCodeError.AccessDenied, "/workspace/link"), ("evil", OpenCodeError.AccessDenied, "evil/link"), ("piped", OpenCodeError.AccessDenied, "piped/pipe"), ("deep", OpenCodeError.AccessDenied, "deep/up"),
            ("etc/passwd", OpenCodeError.AccessDenied, "/workspace/etc"), ("../etc/passwd", OpenCodeError.AccessDenied, "../etc/passwd"), ("/proc/1/environ", OpenCodeError.NotSupported, "/proc"),
            (secret, OpenCodeError.NotSupported, "/tmp"), ("none", OpenCodeError.InvalidArgument, "/workspace/none"), ("sparse", OpenCodeError.LimitExceeded, "sparse/big")])
        {
            var failure = await Assert.ThrowsAsync<OpenCodeException>(() => copies.FromSandboxAsync(task, new CopyRequest(path, Local("out") + "/") { Force = true, MostBytes = 1 << 20 }, null, Test.Token));
            Assert.Equal((path, error), (path, failure.Error));
            Assert.Contains($"'{named}", failure.Message, StringComparison.Ordinal);
        }

        Assert.Empty(Directory.EnumerateFileSystemEntries(Local("out")));

        // What is the image's own may be copied; the engine resolves its links within the image.
        Assert.Equal(1, (await copies.FromSandboxAsync(task, new CopyRequest("/etc/passwd", Local("passwd")), null, Test.Token)).Files);
        Assert.Contains("nobody", File.ReadAllText(Local("passwd")), StringComparison.Ordinal);
        Assert.DoesNotContain("daemon", File.ReadAllText(Local("passwd")), StringComparison.Ordinal);
    }

    public void Dispose() => _here.Delete(true);

    private static async Task<OpenCodeError> ErrorAsync(Task copy) => (await Assert.ThrowsAsync<OpenCodeException>(() => copy)).Error;

    private string Local(string path) => Path.Combine(_here.FullName, path);

    private void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Local(path))!);
        File.WriteAllText(Local(path), text);
    }
}

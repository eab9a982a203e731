using System.Diagnostics;
using OpenCode.Common;
using OpenCode.Configuration;
using OpenCode.Tasks;

namespace OpenCode.Tests.Unit.Hooks;

public sealed class BuiltInHookTests
{
    private static CancellationToken Token => TestStore.Token;

    [Fact]
    public async Task Checkpoint_is_taken_before_the_task_completes()
    {
        await using var store = await OpenAsync("checkpoint");
        var task = await TaskHookTests.CreateAsync(store);
        var lease = await store.Runtime.Tasks.AttachAsync(task, new AttachRequest("ana"), Token);
        await store.Runtime.Memory.ChangeStateAsync(task, JsonMap.Parse("""{"done":1}"""), false, null, Actor.Of("ana", lease.Fence), Token);
        Assert.Empty(await store.Runtime.Checkpoints.ListAsync(task, Token));
        await store.Runtime.Tasks.CompleteAsync(task, null, null, Actor.Of("ana", lease.Fence), Token);
        var checkpoint = Assert.Single(await store.Runtime.Checkpoints.ListAsync(task, Token));
        Assert.Equal("Before completing", checkpoint.Description);
        await store.Runtime.Checkpoints.RestoreAsync(null, checkpoint.Id, Actor.Operator, Token);
        Assert.Equal(1L, (await store.Runtime.Memory.StateAsync(task, Token)).Data["done"]);
        await Agreement.CheckAsync(store.Runtime, task, Token);
    }

    [Fact]
    public async Task Git_branch_is_made_before_the_start_and_left_alone_at_the_next()
    {
        using var repository = new Repository();
        await using var store = await OpenAsync("gitBranch", repository.Folder);
        var task = await TaskHookTests.CreateAsync(store);
        await store.Runtime.Tasks.StartAsync(task, Actor.Operator, Token);
        var first = repository.Git("rev-parse", "HEAD");
        Assert.Equal(first, repository.Git("rev-parse", $"task/{task}"));
        Assert.NotEqual($"task/{task}", repository.Git("rev-parse", "--abbrev-ref", "HEAD"));

        repository.Git("commit", "--allow-empty", "-m", "more");
        await store.Runtime.Tasks.FailAsync(task, "bad", null, null, Actor.Operator, Token);
        await store.Runtime.Tasks.ResumeAsync(new ResumeRequest { Task = task }, Token);
        Assert.Equal(first, repository.Git("rev-parse", $"task/{task}"));
        Assert.DoesNotContain(await TaskHookTests.LogAsync(store, task), e => e.Level == LogLevel.Warn);
    }

    [Fact]
    public async Task Git_branch_that_cannot_be_made_is_logged_and_the_task_starts()
    {
        using var repository = new Repository();
        await using var store = await OpenAsync("gitBranch", Path.Combine(repository.Folder, "nowhere"));
        var task = await TaskHookTests.CreateAsync(store);
        Assert.Equal(AgentTaskStatus.Running, (await store.Runtime.Tasks.StartAsync(task, Actor.Operator, Token)).Status);
        Assert.Contains(await TaskHookTests.LogAsync(store, task), e => e.Level == LogLevel.Warn && e.Message.Contains("nowhere", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Plan_is_made_kept_and_finalised_and_what_agents_wrote_stays()
    {
        await using var store = await OpenAsync("planFile");
        var task = await TaskHookTests.CreateAsync(store);
        var plan = store.Folder(task).Plan;
        await store.Runtime.Tasks.StartAsync(task, Actor.Operator, Token);
        var made = await File.ReadAllTextAsync(plan, Token);
        Assert.StartsWith("# Plan: hooked\n", made, StringComparison.Ordinal);
        Assert.Contains("**running**", made, StringComparison.Ordinal);

        // Bytes that are no UTF-8, and a line behind our block.
        byte[] theirs = [.. System.Text.Encoding.UTF8.GetBytes("My own words: ä\n"), 0xFF, 0xFE, (byte)'\n'];
        await File.WriteAllBytesAsync(plan, [.. theirs, .. await File.ReadAllBytesAsync(plan, Token), .. "And below.\n"u8], Token);
        await store.Runtime.Tasks.FailAsync(task, "no\ndisk", null, null, Actor.Operator, Token);
        await store.Runtime.Tasks.ResumeAsync(new ResumeRequest { Task = task }, Token);
        await store.Runtime.Tasks.CompleteAsync(task, null, "all done", Actor.Operator, Token);
        var bytes = await File.ReadAllBytesAsync(plan, Token);
        Assert.Equal(theirs, bytes[..theirs.Length]);
        var text = System.Text.Encoding.UTF8.GetString(bytes);
        Assert.EndsWith("<!-- opencode:end -->\nAnd below.\n", text, StringComparison.Ordinal);
        Assert.Contains("**completed**", text, StringComparison.Ordinal);
        Assert.DoesNotContain("**running**", text, StringComparison.Ordinal);
        Assert.Equal(4, text.Split('\n').Count(l => l.StartsWith("- 2026-", StringComparison.Ordinal)));
        Assert.Contains("failed: no disk\n", text, StringComparison.Ordinal);
        Assert.Contains("completed: all done\n", text, StringComparison.Ordinal);
        Assert.Equal([plan], Directory.GetFiles(store.Folder(task).Workspace));
        Assert.Empty(Directory.GetFiles(store.Folder(task).Root, "plan*"));
    }

    [Theory]
    [InlineData("link")]
    [InlineData("dangling link")]
    [InlineData("folder")]
    [InlineData("pipe")]
    [InlineData("too large")]
    public async Task Plan_that_a_sandbox_made_something_else_of_is_neither_followed_nor_read(string what)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links and pipes are made as on Unix.");
        await using var store = await OpenAsync("planFile");
        var task = await TaskHookTests.CreateAsync(store);
        var folder = store.Folder(task);
        Directory.CreateDirectory(folder.Workspace);
        var outside = Path.Combine(store.Configuration.DataRoot, "secret");
        if (what != "dangling link")
        {
            await File.WriteAllTextAsync(outside, "the host's", Token);
        }

        switch (what)
        {
            case "folder": Directory.CreateDirectory(folder.Plan); break;
            case "pipe": Run("mkfifo", folder.Plan); break;
            case "too large": await File.WriteAllBytesAsync(folder.Plan, new byte[(1024 * 1024) + 1], Token); break;
            default: File.CreateSymbolicLink(folder.Plan, outside); break;
        }

        Assert.Equal(AgentTaskStatus.Running, (await store.Runtime.Tasks.StartAsync(task, Actor.Operator, Token)).Status);
        Assert.Contains(await TaskHookTests.LogAsync(store, task), e => e.Level == LogLevel.Warn && e.Message.Contains("planFile", StringComparison.Ordinal));
        Assert.Equal(what == "dangling link" ? null : "the host's", File.Exists(outside) ? await File.ReadAllTextAsync(outside, Token) : null);
        Assert.Empty(Directory.GetFiles(folder.Root, "plan*"));
    }

    private static Task<TestStore> OpenAsync(string builtIn, string? repository = null) =>
        ProcessHookTests.OpenAsync(new HookSetting { BuiltIn = builtIn, Repository = repository, Folder = "" });

    private static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, error) = (process.StandardOutput.ReadToEnd(), process.StandardError.ReadToEnd());
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {error}");
        return output.Trim();
    }

    private sealed class Repository : IDisposable
    {
        public Repository()
        {
            try
            {
                Run("git", "--version");
            }
            catch (System.ComponentModel.Win32Exception)
            {
                Assert.Skip("git is not installed.");
            }

            Git("init", "--quiet");
            Git("commit", "--allow-empty", "-m", "first");
        }

        public string Folder { get; } = Directory.CreateTempSubdirectory("opencode-git-").FullName;

        public string Git(params string[] arguments) => Run("git", ["-C", Folder, "-c", "user.name=test", "-c", "user.email=test@localhost", .. arguments]);

        public void Dispose() => Directory.Delete(Folder, recursive: true);
    }
}

using System.Diagnostics;
using System.Text.Json;
using OpenCode.Common;
using OpenCode.Configuration;
using OpenCode.Hooks;
using OpenCode.Tasks;

namespace OpenCode.Tests.Unit.Hooks;

/// <summary>Hooks of the configuration, with real programs.</summary>
public sealed class ProcessHookTests
{
    private static CancellationToken Token => TestStore.Token;

    [Fact]
    public async Task Program_is_told_the_event_as_JSON_and_where_the_store_is()
    {
        await using var store = await OpenAsync(Sh("beforeTaskComplete", "cat > told.json; echo \"$OPENCODE_TASK_ID $OPENCODE_HOOK_EVENT $OPENCODE_DATA\" > told.txt", blocking: true));
        var task = (await store.Runtime.Tasks.CreateAsync(new NewTask { Name = "näme \"x\"", Metadata = JsonMap.Parse("""{"a":[1,{"b":null}]}""") }, Token)).Id;
        var lease = await store.Runtime.Tasks.AttachAsync(task, new AttachRequest("ana"), Token);
        await store.Runtime.Tasks.CompleteAsync(task, JsonMap.Parse("""{"n":1}"""), "well", Actor.Of("ana", lease.Fence), Token);
        using var told = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(store.Configuration.DataRoot, "told.json"), Token));
        var root = told.RootElement;
        Assert.Equal("beforeTaskComplete", root.GetProperty("event").GetString());
        Assert.Equal((task, "ana"), (root.GetProperty("taskId").GetString(), root.GetProperty("agentId").GetString()));
        Assert.Equal(("näme \"x\"", "running"), (root.GetProperty("task").GetProperty("name").GetString(), root.GetProperty("task").GetProperty("status").GetString()));
        Assert.Equal("""[1,{"b":null}]""", root.GetProperty("task").GetProperty("metadata").GetProperty("a").GetRawText());
        Assert.Equal(("well", 1), (root.GetProperty("result").GetProperty("message").GetString(), root.GetProperty("result").GetProperty("data").GetProperty("n").GetInt32()));
        Assert.Equal("hook_configured_1", root.GetProperty("hook").GetProperty("id").GetString());
        Assert.Equal($"{task} beforeTaskComplete {store.Configuration.DataRoot}", (await File.ReadAllTextAsync(Path.Combine(store.Configuration.DataRoot, "told.txt"), Token)).Trim());
    }

    [Fact]
    public async Task Program_that_exits_with_another_code_vetoes_with_what_it_wrote()
    {
        await using var store = await OpenAsync(Sh("beforeTaskStart", "echo out; echo 'the budget is spent' >&2; exit 3", blocking: true));
        var task = await TaskHookTests.CreateAsync(store);
        var refused = await Assert.ThrowsAsync<OpenCodeException>(() => store.Runtime.Tasks.StartAsync(task, Actor.Operator, Token));
        Assert.Equal(OpenCodeError.HookRejected, refused.Error);
        Assert.Contains("exited with 3: the budget is spent", refused.Message, StringComparison.Ordinal);
        Assert.Equal(AgentTaskStatus.Pending, (await store.Runtime.Tasks.GetAsync(task, Token)).Status);
    }

    [Fact]
    public async Task Output_without_end_is_bounded_and_told_in_part()
    {
        await using var store = await OpenAsync(Sh("afterTaskStart", "i=0; while [ $i -lt 20000 ]; do echo 0123456789012345678901234567890123456789012345678901234567890123456789; i=$((i+1)); done; exit 1"));
        var task = await TaskHookTests.CreateAsync(store);
        await store.Runtime.Tasks.StartAsync(task, Actor.Operator, Token);
        var entry = Assert.Single(await TaskHookTests.LogAsync(store, task), e => e.Level == LogLevel.Warn);
        Assert.InRange(entry.Message.Length, 1000, 4100);
        Assert.Contains("exited with 1", entry.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Program_that_does_not_read_its_input_is_no_failure()
    {
        var data = JsonMap.From(new Dictionary<string, object?> { ["text"] = new string('x', 1_000_000) });
        await using var store = await OpenAsync(Sh("afterTaskComplete", "exec 0<&-; exit 0"));
        var task = await TaskHookTests.CreateAsync(store);
        await store.Runtime.Tasks.StartAsync(task, Actor.Operator, Token);
        await store.Runtime.Tasks.CompleteAsync(task, data, null, Actor.Operator, Token);
        Assert.DoesNotContain(await TaskHookTests.LogAsync(store, task), e => e.Level == LogLevel.Warn);
    }

    [Fact]
    public async Task Program_over_its_time_is_killed_with_everything_it_started()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "A child that left its parent is found through /proc, which only Linux has.");
        var folder = Directory.CreateTempSubdirectory("opencode-hook-").FullName;
        // One child, one that left its session, and one whose parent is gone; each says that it lives, and none may outlive the hook.
        var script = $"sleep 300 & echo $! > {folder}/child; setsid sleep 300 & echo $! > {folder}/session; (sh -c 'sleep 300 & echo $! > {folder}/orphan') ; sleep 300";
        await using var store = await OpenAsync(Sh("beforeTaskStart", script, timeout: 1000), TimeProvider.System);
        var task = await TaskHookTests.CreateAsync(store);
        var started = Stopwatch.GetTimestamp();
        Assert.Equal(AgentTaskStatus.Running, (await store.Runtime.Tasks.StartAsync(task, Actor.Operator, Token)).Status);
        Assert.InRange(Stopwatch.GetElapsedTime(started).TotalSeconds, 0.9, 30);
        foreach (var name in (string[])["child", "session", "orphan"])
        {
            var id = (await File.ReadAllTextAsync(Path.Combine(folder, name), Token)).Trim();
            Assert.True(IsGone(id), $"'{name}' (pid {id}) still runs.");
        }

        Assert.Contains(await TaskHookTests.LogAsync(store, task), e => e.Message.Contains("1 s were over", StringComparison.Ordinal));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Child_that_lives_on_after_a_good_end_does_not_hold_the_change_up()
    {
        await using var store = await OpenAsync(Sh("beforeTaskStart", "sleep 30 & echo $! > pid"), TimeProvider.System);
        var task = await TaskHookTests.CreateAsync(store);
        var started = Stopwatch.GetTimestamp();
        await store.Runtime.Tasks.StartAsync(task, Actor.Operator, Token);
        Assert.InRange(Stopwatch.GetElapsedTime(started).TotalSeconds, 0, 20);
        using var child = Process.GetProcessById(int.Parse(await File.ReadAllTextAsync(Path.Combine(store.Configuration.DataRoot, "pid"), Token), System.Globalization.CultureInfo.InvariantCulture));
        child.Kill();
    }

    [Fact]
    public async Task Program_is_never_taken_from_the_current_location()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The program of this test is a shell script.");
        var name = $"oc-hook-{Guid.NewGuid():N}";
        var here = Path.Combine(Directory.GetCurrentDirectory(), name);
        await File.WriteAllTextAsync(here, "#!/bin/sh\ntouch ran\n", Token);
        MakeExecutable(here);
        try
        {
            await using var store = await OpenAsync(new HookSetting { Event = HookEvent.BeforeTaskStart, Command = [name], Folder = "", Blocking = true });
            var task = await TaskHookTests.CreateAsync(store);
            var refused = await Assert.ThrowsAsync<OpenCodeException>(() => store.Runtime.Tasks.StartAsync(task, Actor.Operator, Token));
            Assert.Contains("in no folder of PATH", refused.Message, StringComparison.Ordinal);
            Assert.False(File.Exists(Path.Combine(store.Configuration.DataRoot, "ran")));
        }
        finally
        {
            File.Delete(here);
        }
    }

    [Fact]
    public async Task Program_with_a_relative_path_counts_from_the_files_folder_and_takes_arguments_as_they_are()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The program of this test is a shell script.");
        await using var store = await OpenAsync(new HookSetting { Event = HookEvent.BeforeTaskStart, Command = ["./tools/note", "a b", "$HOME", "; touch bad", "'\""], Folder = "" });
        var program = Path.Combine(store.Configuration.DataRoot, "tools", "note");
        Directory.CreateDirectory(Path.GetDirectoryName(program)!);
        await File.WriteAllTextAsync(program, "#!/bin/sh\nprintf '%s\\n' \"$@\" > noted\n", Token);
        MakeExecutable(program);
        var task = await TaskHookTests.CreateAsync(store);
        await store.Runtime.Tasks.StartAsync(task, Actor.Operator, Token);
        Assert.Equal("a b\n$HOME\n; touch bad\n'\"\n", await File.ReadAllTextAsync(Path.Combine(store.Configuration.DataRoot, "noted"), Token));
    }

    [Fact]
    public async Task Configured_hooks_run_before_a_sessions_of_the_same_priority()
    {
        await using var store = await OpenAsync(Sh("beforeTaskStart", "echo configured >> order"));
        TestHook.Add(TestHook.Scope(), HookEvent.BeforeTaskStart, (_, _) => File.AppendAllTextAsync(Path.Combine(store.Configuration.DataRoot, "order"), "session\n", Token));
        TestHook.Add(HookScope.Current!, HookEvent.BeforeTaskStart, (_, _) => File.AppendAllTextAsync(Path.Combine(store.Configuration.DataRoot, "order"), "urgent\n", Token), priority: 1);
        await store.Runtime.Tasks.StartAsync(await TaskHookTests.CreateAsync(store), Actor.Operator, Token);
        Assert.Equal("urgent\nconfigured\nsession\n", await File.ReadAllTextAsync(Path.Combine(store.Configuration.DataRoot, "order"), Token));
    }

    /// <summary>A hook that a POSIX shell carries out, which is the program here and not a shell of ours.</summary>
    internal static HookSetting Sh(string moment, string script, bool blocking = false, int timeout = 30_000)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The program of this test is a POSIX shell.");
        return new HookSetting { Event = Enum.Parse<HookEvent>(moment, ignoreCase: true), Command = ["sh", "-c", script], Folder = "", Blocking = blocking, Timeout = TimeSpan.FromMilliseconds(timeout) };
    }

    /// <summary>A store with hooks, whose folder is the data root.</summary>
    internal static async Task<TestStore> OpenAsync(HookSetting hook, TimeProvider? clock = null) =>
        await TestStore.OpenAsync(configuration => configuration with { Hooks = [hook with { Folder = configuration.DataRoot }] }, clock);

    private static void MakeExecutable(string path)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }
    }

    private static bool IsGone(string id) => !File.Exists($"/proc/{id}/stat") || File.ReadAllText($"/proc/{id}/stat").Contains(") Z ", StringComparison.Ordinal);
}

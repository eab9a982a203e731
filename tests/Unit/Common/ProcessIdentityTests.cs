using System.Diagnostics;
using OpenCode.Common;

namespace OpenCode.Tests.Unit.Common;

public sealed class ProcessIdentityTests
{
    private static readonly ProcessIdentity Here = ProcessIdentity.Current;

    [Fact]
    public void Own_process_lives_and_one_that_is_not_there_does_not()
    {
        Assert.True(Here.MayLive());
        Assert.False((Here with { ProcessId = int.MaxValue }).MayLive());
    }

    [Fact]
    public void Process_id_that_was_given_again_is_another_process() => Assert.False((Here with { Started = Here.Started + "0" }).MayLive());

    [Fact]
    public void Process_of_another_place_is_never_taken_for_dead()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere a start time is absolute, and there is one namespace of process ids.");
        var (boot, space, start) = Parts();
        foreach (var started in new[] { $"another/{space}/{start}", $"{boot}/pid:[1]/{start}", start, "", "/", $"{boot}/{start}" })
        {
            Assert.True((Here with { ProcessId = int.MaxValue, Started = started }).MayLive(), started);
        }

        Assert.True((Here with { ProcessId = int.MaxValue, Host = Here.Host + "x" }).MayLive());
        Assert.True((Here with { ProcessId = int.MaxValue }).MayLive(Here with { Started = $"another/{space}/{start}" }));
    }

    [Fact]
    public void Process_of_another_user_lives_whatever_may_be_seen_of_it()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The kernel's own first process is looked at.");
        var (boot, space, _) = Parts();
        var first = File.ReadAllText("/proc/1/stat");
        var start = first[(first.LastIndexOf(')') + 2)..].Split(' ')[19];
        Assert.True(new ProcessIdentity(Here.Host, 1, $"{boot}/{space}/{start}").MayLive());
    }

    [Fact]
    public async Task Process_that_has_ended_and_is_not_collected_yet_is_gone()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Such a process is a state of Linux's /proc.");
        // The inner shell ends at once; the outer one, replaced by a program that collects nobody, keeps it as a zombie.
        using var outer = Process.Start(new ProcessStartInfo("sh", ["-c", "sh -c 'echo $$; read go' & read line; exec sleep 600"]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        try
        {
            var pid = int.Parse((await outer.StandardOutput.ReadLineAsync(TestStore.Token))!, System.Globalization.CultureInfo.InvariantCulture);
            var (boot, space, _) = Parts();
            await TestStore.UntilAsync(() => Stat(pid) is { } stat && stat[0] is "Z");
            Assert.False(new ProcessIdentity(Here.Host, pid, $"{boot}/{space}/{Stat(pid)![19]}").MayLive());
        }
        finally
        {
            outer.Kill();
            await outer.WaitForExitAsync(TestStore.Token);
        }
    }

    private static string[]? Stat(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static (string Boot, string Space, string Start) Parts()
    {
        var parts = Here.Started.Split('/');
        Assert.Equal(3, parts.Length);
        return (parts[0], parts[1], parts[2]);
    }
}

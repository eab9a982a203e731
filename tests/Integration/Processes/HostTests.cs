using System.Globalization;
using OpenCode.Common;
using OpenCode.Locks;
using OpenCode.Tests.LockTaker;
using OpenCode.Tests.LockTaker.Taking;

namespace OpenCode.Tests.Integration.Processes;

/// <summary>Two hosts' worth of processes on one store: a process id says something only on the host, and within the boot, it belongs to.</summary>
public sealed class HostTests
{
    private const string Resource = "shared";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Killed_holder_of_the_own_host_loses_its_lock_at_once()
    {
        using var store = new TemporaryStore();
        await using var runtime = await OpenCodeRuntime.OpenAsync(TakerProgram.Configuration(store.DataRoot), Token);
        var end = await KillHolderAsync(store, "", "", TimeSpan.FromHours(1));

        var lease = Assert.Single(await runtime.Locks.AcquireAsync(new LockRequest([Resource], "next"), Token));
        Assert.True(lease.AcquiredAt < end - TimeSpan.FromMinutes(50), $"granted at {lease.AcquiredAt:O}, the killed holder's lease was to end at {end:O}");
    }

    [Theory]
    [InlineData("another-host", "")]
    [InlineData("", "00000000-0000-0000-0000-000000000000")]
    [InlineData("another-host", "00000000-0000-0000-0000-000000000000")]
    public async Task Killed_holder_of_another_host_or_boot_keeps_its_lock_until_its_lease_ends(string host, string boot)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || boot.Length == 0, "Boots are told apart on Linux only.");
        using var store = new TemporaryStore();
        await using var runtime = await OpenCodeRuntime.OpenAsync(TakerProgram.Configuration(store.DataRoot), Token);
        var end = await KillHolderAsync(store, host, boot, TimeSpan.FromSeconds(8));

        var held = await Assert.ThrowsAsync<OpenCodeException>(() => runtime.Locks.AcquireAsync(new LockRequest([Resource], "next") { Wait = TimeSpan.Zero }, Token));
        Assert.Equal(OpenCodeError.LockHeld, held.Error);
        Assert.Contains(host.Length == 0 ? ProcessIdentity.Current.Host : host, held.Message, StringComparison.Ordinal);
        Assert.Equal("holder", Assert.Single(await runtime.Locks.ListAsync(new LockQuery { Resource = Resource }, Token)).Owner);

        var lease = Assert.Single(await runtime.Locks.AcquireAsync(new LockRequest([Resource], "next") { Wait = TimeSpan.FromMinutes(2) }, Token));
        Assert.True(lease.AcquiredAt >= end, $"granted at {lease.AcquiredAt:O}, before the other host's lease ended at {end:O}");
    }

    [Theory]
    [InlineData("another-host", "")]
    [InlineData("", "00000000-0000-0000-0000-000000000000")]
    public async Task Asker_of_another_host_or_boot_does_not_look_for_our_processes(string host, string boot)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || boot.Length == 0, "Boots are told apart on Linux only.");
        using var store = new TemporaryStore();
        var elsewhere = Waiters.Identity(host, boot);
        await using var there = await OpenCodeRuntime.OpenAsync(TakerProgram.Configuration(store.DataRoot), TimeProvider.System, StepProbe.None, () => elsewhere, null, Token);
        await using var here = await OpenCodeRuntime.OpenAsync(TakerProgram.Configuration(store.DataRoot), Token);
        await KillHolderAsync(store, "", "", TimeSpan.FromHours(1));

        var held = await Assert.ThrowsAsync<OpenCodeException>(() => there.Locks.AcquireAsync(new LockRequest([Resource], "there") { Wait = TimeSpan.Zero }, Token));
        Assert.Equal(OpenCodeError.LockHeld, held.Error);
        Assert.Equal("here", Assert.Single(await here.Locks.AcquireAsync(new LockRequest([Resource], "here") { Wait = TimeSpan.Zero }, Token)).Owner);
    }

    /// <summary>Has a process of another place take the lock, kills it, and gives the time at which its lease ends.</summary>
    private static async Task<DateTimeOffset> KillHolderAsync(TemporaryStore store, string host, string boot, TimeSpan lease)
    {
        await using var holder = TakerProcess.Start("hold", store.DataRoot, Resource, "holder", ((long)lease.TotalMilliseconds).ToString(CultureInfo.InvariantCulture), host, boot);
        var line = await holder.Process.StandardOutput.ReadLineAsync(Token).AsTask().WaitAsync(Worker.Patience, Token);
        var end = DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(line ?? (await holder.EndAsync(Worker.Patience, Token)).Errors, CultureInfo.InvariantCulture));
        holder.Process.Kill();
        await holder.Process.WaitForExitAsync(Token);
        return end;
    }
}

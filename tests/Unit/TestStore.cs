using Microsoft.Extensions.Time.Testing;
using OpenCode.Common;
using OpenCode.Configuration;
using OpenCode.Layers;

namespace OpenCode.Tests.Unit;

/// <summary>A store of its own in a temporary folder, with a clock the test moves.</summary>
internal sealed class TestStore : IAsyncDisposable
{
    private TimeProvider _clock = TimeProvider.System;

    private TestStore(OpenCodeConfiguration configuration, FakeTimeProvider clock)
    {
        Configuration = configuration;
        Clock = clock;
    }

    public OpenCodeConfiguration Configuration { get; }

    public FakeTimeProvider Clock { get; }

    public OpenCodeRuntime Runtime { get; private set; } = null!;

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A new store.</summary>
    /// <param name="change">Changes its configuration.</param>
    /// <param name="clock">Its clock, where the test's own is not wanted.</param>
    public static async Task<TestStore> OpenAsync(Func<OpenCodeConfiguration, OpenCodeConfiguration>? change = null, TimeProvider? clock = null)
    {
        var configuration = new OpenCodeConfiguration { DataRoot = Directory.CreateTempSubdirectory("opencode-unit-").FullName, BusyTimeout = TimeSpan.FromSeconds(10) };
        var store = new TestStore(change?.Invoke(configuration) ?? configuration, new FakeTimeProvider(new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero)));
        store._clock = clock ?? store.Clock;
        store.Runtime = await store.AgainAsync();
        return store;
    }

    /// <summary>Another runtime over the same store.</summary>
    public Task<OpenCodeRuntime> AgainAsync() => OpenCodeRuntime.OpenAsync(Configuration, _clock, StepProbe.None, () => ProcessIdentity.Current, null, Token);

    public TaskFolder Folder(string taskId) => new(Configuration.DataRoot, taskId);

    /// <summary>Returns once something is so that other threads bring about; fails when that takes too long.</summary>
    public static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(TimeSpan.FromSeconds(30));
        while (!await isSo())
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    /// <summary>As above.</summary>
    public static Task UntilAsync(Func<bool> isSo) => UntilAsync(() => Task.FromResult(isSo()));

    public async ValueTask DisposeAsync()
    {
        await Runtime.DisposeAsync();
        Directory.Delete(Configuration.DataRoot, recursive: true);
    }
}

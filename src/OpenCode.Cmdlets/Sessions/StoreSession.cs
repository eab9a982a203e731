using System.Diagnostics.CodeAnalysis;
using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;
using OpenCode.Cmdlets.Pipeline;
using OpenCode.Common;
using OpenCode.Configuration;
using OpenCode.Hooks;
using OpenCode.Tasks;

namespace OpenCode.Cmdlets.Sessions;

/// <summary>What a runspace is connected to. Opened when first needed; closed with the runspace, or when the module is removed from it.</summary>
internal sealed class StoreSession
{
    // How long the end of a runspace waits for its store to close. A store that is cut off then is as safe as one whose process was killed.
    private static readonly TimeSpan ClosingLimit = TimeSpan.FromSeconds(5);

    private static readonly ConditionalWeakTable<Runspace, StoreSession> Sessions = [];

    private static readonly Ids Ids = new(TimeProvider.System);

    private readonly Lock _lock = new();
    private RuntimeHandle? _connection;

    private StoreSession()
    {
    }

    /// <summary>The session of the runspace whose pipeline thread this is.</summary>
    public static StoreSession Current => Sessions.GetValue(Runspace.DefaultRunspace, Start);

    /// <summary>The session's own hooks. They outlive a change of store, and end with the runspace or the module in it.</summary>
    public HookTable Hooks { get; } = new();

    /// <summary>An id for a hook.</summary>
    public static string NewHookId() => Ids.Hook();

    /// <summary>The configuration of the open store; null while none is open.</summary>
    public OpenCodeConfiguration? Configuration
    {
        get
        {
            lock (_lock)
            {
                return _connection?.Runtime.Configuration;
            }
        }
    }

    /// <summary>Closes the session of the runspace whose pipeline thread this is, if it has one.</summary>
    public static void CloseCurrent() => Close(Runspace.DefaultRunspace);

    /// <summary>Uses the store for one call, opening it when none is open.</summary>
    /// <param name="request">What to open when none is open.</param>
    /// <param name="feed">Told which settings were passed over.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<RuntimeHandle> UseAsync(StoreRequest request, PipelineFeed feed, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_connection is not null)
            {
                return _connection.Share();
            }
        }

        return await ConnectAsync(request, feed, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Opens a store and makes it the runspace's; the one before is let go. Returns a use of it.</summary>
    [SuppressMessage("Reliability", "CA2000", Justification = "The connection is kept until the runspace connects elsewhere or ends.")]
    public async Task<RuntimeHandle> ConnectAsync(StoreRequest request, PipelineFeed feed, CancellationToken cancellationToken)
    {
        var started = TimeProvider.System.GetTimestamp();
        var opened = await RuntimePool.AcquireAsync(request.Load(feed), cancellationToken).ConfigureAwait(false);
        var use = opened.Share();
        var before = Exchange(opened);
        if (before is not null)
        {
            await before.DisposeAsync().ConfigureAwait(false);
        }

        feed.Took($"Opening the store in '{use.Runtime.Configuration.DataRoot}'", TimeProvider.System.GetElapsedTime(started));
        feed.Verbose($"Connected to the store '{use.Runtime.StoreId}' in '{use.Runtime.Configuration.DataRoot}'.");
        return use;
    }

    /// <summary>Takes a quick look: into the open store, or, when none is open, into the one that would be. None is made, and none stays open.</summary>
    /// <param name="request">What would be opened.</param>
    /// <param name="look">What is looked for; gives the default when there is no store.</param>
    /// <param name="cancellationToken">Stops looking.</param>
    public async Task<T?> GlanceAsync<T>(StoreRequest request, Func<TaskSuggestions, CancellationToken, ValueTask<T>> look, CancellationToken cancellationToken)
    {
        RuntimeHandle? use;
        lock (_lock)
        {
            use = _connection?.Share();
        }

        if (use is null)
        {
            return await OpenCodeRuntime.GlanceAsync(request.Load(null), look, cancellationToken).ConfigureAwait(false);
        }

        // A use of its own, so that the store stays open while it is read, whatever the runspace does meanwhile.
        await using (use.ConfigureAwait(false))
        {
            return await look(use.Runtime.Suggestions, cancellationToken).ConfigureAwait(false);
        }
    }

    private static StoreSession Start(Runspace runspace)
    {
        runspace.StateChanged += static (sender, e) =>
        {
            if (e.RunspaceStateInfo.State is RunspaceState.Closed or RunspaceState.Broken)
            {
                Close((Runspace)sender!);
            }
        };
        return new StoreSession();
    }

    private static void Close(Runspace runspace)
    {
        if (!Sessions.TryGetValue(runspace, out var session))
        {
            return;
        }

        foreach (var entry in session.Hooks.Entries)
        {
            session.Hooks.Remove(entry.Hook.Id);
        }

        if (session.Exchange(null) is { } connection)
        {
            // Off this thread: what closes may not depend on whoever ends the runspace.
            Task.Run(async () => await connection.DisposeAsync().ConfigureAwait(false)).Wait(ClosingLimit);
        }
    }

    private RuntimeHandle? Exchange(RuntimeHandle? connection)
    {
        lock (_lock)
        {
            var before = _connection;
            _connection = connection;
            return before;
        }
    }
}

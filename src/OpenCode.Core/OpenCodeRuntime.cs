using OpenCode.Common;
using OpenCode.Configuration;
using OpenCode.Layers;
using OpenCode.Locks;
using OpenCode.Monitoring;
using OpenCode.Registry;
using OpenCode.Registry.Sqlite;
using OpenCode.Sandboxes;
using OpenCode.Sandboxes.Docker;
using OpenCode.Tasks;
using OpenCode.Tasks.Probes;

namespace OpenCode;

/// <summary>An open store: wires the rooms and owns their disposal. Safe for any number of threads, and beside any number of other processes.</summary>
public sealed class OpenCodeRuntime : IAsyncDisposable
{
    private const int MostSettledAtOpening = 256;

    private readonly ITaskRegistry _registry;
    private readonly TaskLocks _files;
    private readonly Lazy<ISandboxHost> _sandboxHost;
    private readonly TaskWay _way;
    private readonly TaskDeletion _deletion;
    private readonly BackgroundCommands _background;
    private readonly CancellationTokenSource _closing = new();
    private Task _sweeping = Task.CompletedTask;

    private OpenCodeRuntime(OpenCodeConfiguration configuration, ITaskRegistry registry, Lazy<ISandboxHost> sandboxHost, TimeProvider clock, StepProbe probe, Func<ProcessIdentity> process)
    {
        var durable = configuration.SynchronousFull;
        var ids = new Ids(clock);
        var files = new AtomicFile(durable, probe);
        var appends = new AppendFile(durable, probe);
        var log = new LogLayer(appends, clock);
        var checkpoints = new CheckpointLayer(files, durable, probe);
        var folders = new FolderLayer(files, durable, probe);

        Configuration = configuration;
        _registry = registry;
        _sandboxHost = sandboxHost;
        _files = new TaskLocks(configuration.DataRoot, configuration.BusyTimeout);
        _way = new TaskWay(registry, _files, new Projector(new StateLayer(files), log, checkpoints, folders), configuration.DataRoot, probe);
        Memory = new TaskMemory(_way, log, new DecisionLayer(appends, clock), clock);
        var members = new PoolMembers(_way, sandboxHost, new PoolLayer(configuration.DataRoot, durable, probe), configuration, ids, process, probe);
        var sandboxes = new TaskSandboxes(_way, sandboxHost, Memory, members, configuration, clock, probe);
        _deletion = new TaskDeletion(_way, _files, folders, sandboxes);
        Checkpoints = new TaskCheckpoints(_way, checkpoints, ids, clock);
        var hooks = ConfiguredHooks.Build(configuration, _way, Checkpoints, new PlanLayer(files, clock));
        Locks = new LockService(new RegistryLeases(_way), configuration, clock);
        Tasks = new TaskService(_way, new TaskHooks(_way, hooks, clock), Locks, _deletion, Checkpoints, configuration, ids, clock);
        Workspace = new TaskWorkspace(_way);
        Changes = new TaskChanges(_way);
        Sandboxes = new SandboxService(_way, sandboxes, probe);
        var remains = new ExecutionRemains(_way, sandboxes, clock, process);
        Pool = new PoolKeeper(_way, sandboxes, configuration, clock, process);
        Sweep = new SandboxSweep(_way, sandboxes, Sandboxes, remains, process);
        _background = new BackgroundCommands(clock);
        Executions = new TaskExecutions(_way, sandboxes, new RecordedRun(_way, sandboxes, new UsageWatch(sandboxHost, Memory, new WorkspaceQuota(_way, configuration.DockerWorkspaceMiB, clock), clock), clock, probe), remains, _background, ids, clock, probe);
        Measures = new SandboxMeasures(_way, sandboxes);
        Isolation = new SandboxIsolation(_way, sandboxes, Memory, ids);
        Copies = new SandboxCopies(_way, sandboxes, Memory);
        Repair = new TaskRepair(_way, _files, Checkpoints, files, folders, clock);
        Approvals = new TaskApprovals(registry, Memory, ids);
        Requests = new TaskRequests(registry, ids, clock);
        Health = new HealthCheck(
            [
                new StoreProbe(registry, configuration.DatabaseFile, clock),
                .. Outside(configuration, clock),
                new ProjectionProbe(registry),
                new LeaseProbe(registry),
                new DeletionProbe(registry),
                new TaskFilesProbe(_way),
                new ClockProbe(registry, clock),
                new SandboxProbe(() => sandboxHost.Value.Endpoint, token => sandboxHost.Value.PingAsync(token)),
            ],
            clock);
        Suggestions = new TaskSuggestions(registry, configuration);
    }

    /// <summary>The settings the store was opened with.</summary>
    public OpenCodeConfiguration Configuration { get; }

    /// <summary>The id of the store, made with it.</summary>
    public string StoreId => _registry.StoreId;

    /// <summary>The life of tasks.</summary>
    public TaskService Tasks { get; }

    /// <summary>Locks on resources.</summary>
    public LockService Locks { get; }

    /// <summary>Logs, decisions and states.</summary>
    public TaskMemory Memory { get; }

    /// <summary>Points in time to go back to.</summary>
    public TaskCheckpoints Checkpoints { get; }

    /// <summary>Commands in sandboxes.</summary>
    public TaskExecutions Executions { get; }

    /// <summary>The files that sandboxes see.</summary>
    public TaskWorkspace Workspace { get; }

    /// <summary>Whether something has changed.</summary>
    public TaskChanges Changes { get; }

    /// <summary>The life of sandboxes.</summary>
    public SandboxService Sandboxes { get; }

    /// <summary>Finds and removes what of sandboxes belongs to nothing any more.</summary>
    public SandboxSweep Sweep { get; }

    /// <summary>Containers that are kept ready for new sandboxes.</summary>
    public PoolKeeper Pool { get; }

    /// <summary>What sandboxes use.</summary>
    public SandboxMeasures Measures { get; }

    /// <summary>Whether sandboxes keep in what runs in them.</summary>
    public SandboxIsolation Isolation { get; }

    /// <summary>Files into sandboxes and out of them.</summary>
    public SandboxCopies Copies { get; }

    /// <summary>Mending of damaged files.</summary>
    public TaskRepair Repair { get; }

    /// <summary>What a person has to approve before it is done.</summary>
    public TaskApprovals Approvals { get; }

    /// <summary>Requests that are carried out once.</summary>
    public TaskRequests Requests { get; }

    /// <summary>What somebody at a prompt may mean.</summary>
    public TaskSuggestions Suggestions { get; }

    /// <summary>Looks whether the store is well.</summary>
    public HealthCheck Health { get; }

    internal ITaskRegistry Registry => _registry;

    /// <summary>Takes a quick look into a store that is not open: nothing is made, brought up to date or finished, and no engine is asked.</summary>
    /// <returns>What <paramref name="look"/> gives; the default when there is no store, or one of another version.</returns>
    /// <exception cref="OpenCodeException">StoreUnavailable: it cannot be read at once.</exception>
    public static async Task<T?> GlanceAsync<T>(OpenCodeConfiguration configuration, Func<TaskSuggestions, CancellationToken, ValueTask<T>> look, CancellationToken cancellationToken)
    {
        var registry = configuration.ConnectionString is null ? SqliteRegistry.Glance(configuration, TimeProvider.System) : null;
        if (registry is null)
        {
            return default;
        }

        await using (registry.ConfigureAwait(false))
        {
            return await look(new TaskSuggestions(registry, configuration), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Opens a store, makes it when it is not there, and finishes what dead processes left. No container engine is asked unless one has to remove something.</summary>
    /// <exception cref="OpenCodeException">StoreUnavailable: cannot be made, read or written, or is of a newer version; NotSupported: a database of another kind is configured.</exception>
    public static Task<OpenCodeRuntime> OpenAsync(OpenCodeConfiguration configuration, CancellationToken cancellationToken) =>
        OpenAsync(configuration, TimeProvider.System, StepProbe.None, () => ProcessIdentity.Current, null, cancellationToken);

    /// <summary>Opens a store with its clock, its steps, its process and its engine in the caller's hand.</summary>
    internal static Task<OpenCodeRuntime> OpenAsync(OpenCodeConfiguration configuration, TimeProvider clock, StepProbe probe, Func<ProcessIdentity> process, ISandboxHost? engine, CancellationToken cancellationToken) =>
        OpenAsync(configuration, clock, clock, probe, process, engine, cancellationToken);

    /// <summary>As above, for a process whose own view of time is another than the store's: leases are given and end by the store's clock, waits and renewals are the process's.</summary>
    internal static async Task<OpenCodeRuntime> OpenAsync(OpenCodeConfiguration configuration, TimeProvider clock, TimeProvider storeClock, StepProbe probe, Func<ProcessIdentity> process, ISandboxHost? engine, CancellationToken cancellationToken)
    {
        if (configuration.ConnectionString is not null)
        {
            throw new OpenCodeException(OpenCodeError.NotSupported, "A PostgreSQL database is configured, which this version cannot use yet. Take database.connectionString and OPENCODE_DATABASE_URL away to use SQLite.");
        }

        MakeDataRoot(configuration);
        var sandboxHost = new Lazy<ISandboxHost>(() => engine ?? new DockerSandboxHost(Endpoint(configuration), clock, probe));
        var registry = await SqliteRegistry.OpenAsync(configuration, storeClock, probe, process, cancellationToken).ConfigureAwait(false);
        var runtime = new OpenCodeRuntime(configuration, registry, sandboxHost, clock, probe, process);
        try
        {
            await runtime.RecoverAsync(cancellationToken).ConfigureAwait(false);
            // Not waited for: an engine that hangs keeps nobody from a store.
            runtime._sweeping = Task.Run(() => runtime.SweepAsync(runtime._closing.Token), CancellationToken.None);
            return runtime;
        }
        catch
        {
            await runtime.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Looks at what needs no open store, for one that could not be opened.</summary>
    /// <param name="configuration">The settings it was to be opened with.</param>
    /// <param name="reason">Why it could not be.</param>
    public static HealthCheck HealthWithoutStore(OpenCodeConfiguration configuration, OpenCodeException reason) => new(
        [
            new UnopenedStoreProbe(reason),
            .. Outside(configuration, TimeProvider.System),
            new SandboxProbe(() => Endpoint(configuration).Display, async token =>
            {
                var host = new DockerSandboxHost(Endpoint(configuration), TimeProvider.System);
                await using (host.ConfigureAwait(false))
                {
                    await host.PingAsync(token).ConfigureAwait(false);
                }
            }),
        ],
        TimeProvider.System);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        await _background.DisposeAsync().ConfigureAwait(false);
        await _sweeping.ConfigureAwait(false);
        await Pool.DisposeAsync().ConfigureAwait(false);
        _closing.Dispose();
        Sweep.Dispose();
        if (_sandboxHost.IsValueCreated)
        {
            await _sandboxHost.Value.DisposeAsync().ConfigureAwait(false);
        }

        await _registry.DisposeAsync().ConfigureAwait(false);
        _files.Dispose();
    }

    private static DockerEndpoint Endpoint(OpenCodeConfiguration configuration) => DockerEndpoint.Resolve(configuration.DockerEndpoint);

    private static IHealthProbe[] Outside(OpenCodeConfiguration configuration, TimeProvider clock) =>
    [
        new DiskSpaceProbe(configuration.DataRoot),
        new FileSystemProbe(configuration.DataRoot),
        new WriteAheadLogProbe(configuration),
        new ConfigurationProbe(configuration),
        new LeftoverProbe(configuration.DataRoot, clock),
    ];

    private static void MakeDataRoot(OpenCodeConfiguration configuration)
    {
        try
        {
            TaskFolder.Make(Path.Combine(configuration.DataRoot, "tasks"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OpenCodeException(OpenCodeError.StoreUnavailable, $"The data root '{configuration.DataRoot}' cannot be made or written: {e.Message} Check its permissions, or name another with OPENCODE_DATA.", configuration.DataRoot, e);
        }
    }

    // Bounded, so that opening stays quick after a crash in the middle of a bulk insert; the rest is finished when it is next used.
    private async Task RecoverAsync(CancellationToken cancellationToken)
    {
        foreach (var taskId in await _registry.UnprojectedAsync(MostSettledAtOpening, cancellationToken).ConfigureAwait(false))
        {
            try
            {
                await _way.SettleAsync(taskId, cancellationToken).ConfigureAwait(false);
            }
            catch (OpenCodeException)
            {
                // One damaged task, or a full disk, does not close the store: whoever uses that task is told.
            }
        }

        foreach (var deletion in await _registry.PendingDeletionsAsync(cancellationToken).ConfigureAwait(false))
        {
            try
            {
                await _deletion.FinishAsync(deletion).ConfigureAwait(false);
            }
            catch (OpenCodeException)
            {
                // The note of it stays in the registry, and the next opening tries again.
            }
        }
    }

    /// <summary>What dead processes left on the engine; one process at a time, and none when the registry knows of nothing there.</summary>
    private async Task SweepAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (await Sweep.IsNeededAsync(cancellationToken).ConfigureAwait(false))
            {
                await _sandboxHost.Value.PingAsync(cancellationToken).ConfigureAwait(false);
                await Sweep.RunAsync(TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The store is closed; the next opening goes on.
        }
        catch (OpenCodeException)
        {
            // Another process is at it, or no engine answers: the next opening tries again, and Get-OcOrphan shows what there is.
        }
    }
}

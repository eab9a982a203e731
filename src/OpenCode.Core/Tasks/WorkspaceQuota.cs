using System.Collections.Concurrent;
using System.Globalization;
using OpenCode.Layers;
using OpenCode.Sandboxes;

namespace OpenCode.Tasks;

/// <summary>What workspaces may take on the disk: counted while commands run, told of when it comes near, and a command that goes beyond is to end.</summary>
/// <remarks>
/// Counting costs a look at every file, so it takes a twentieth of the time at most. A workspace that is over its quota when a command begins lets it run as long as it does not
/// grow: how else could somebody make room in it.
/// </remarks>
internal sealed class WorkspaceQuota(TaskWay way, int limitMiB, TimeProvider clock)
{
    private const long Mebibyte = 1024 * 1024;

    /// <summary>What a command may write before it is seen that it frees nothing.</summary>
    private const long Slack = Mebibyte;

    /// <summary>Far beyond the quota nothing begins any more: many short commands do not fill the disk either.</summary>
    private const double Far = 1.25;

    private const double Raise = 85;
    private const double Clear = 80;

    /// <summary>How much rarer it is counted than counting takes.</summary>
    private const int Rest = 20;

    private static readonly TimeSpan Often = TimeSpan.FromSeconds(1);

    private const int LongestName = 60;

    /// <summary>How many counts are kept before those of no more use are let go of.</summary>
    private const int MostKept = 1024;

    private readonly ConcurrentDictionary<string, Count> _counts = new(StringComparer.Ordinal);

    /// <summary>Of which it was told that they are near their quota: a workspace stays as it is between two commands, and is told of once.</summary>
    private readonly ConcurrentDictionary<string, bool> _near = new(StringComparer.Ordinal);

    public bool IsOn => limitMiB > 0;

    private long Limit => limitMiB * Mebibyte;

    /// <summary>Whether a command may begin. Costs nothing unless the workspace was seen over its quota.</summary>
    /// <returns>What the workspace takes when it is over its quota; 0 otherwise.</returns>
    /// <exception cref="OpenCodeException">LimitExceeded: far over it.</exception>
    public async Task<long> EnterAsync(string taskId, CancellationToken cancellationToken)
    {
        if (!_counts.TryGetValue(taskId, out var last) || !last.Usage.IsCompletedSuccessfully || !IsOver(await last.Usage.ConfigureAwait(false)))
        {
            return 0;
        }

        var usage = await CountAsync(taskId).WaitAsync(cancellationToken).ConfigureAwait(false);
        return !IsOver(usage) ? 0
            : usage.Bytes > Limit * Far ? throw Exceeded(taskId, usage, "No command is run in it")
            : usage.Bytes;
    }

    /// <summary>Counts until it is cancelled.</summary>
    /// <param name="taskId">The task.</param>
    /// <param name="began">What the workspace took when the command began, when that is over its quota.</param>
    /// <param name="tell">Told when it comes near its quota, and when it is away again.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The error by which what runs in it is to end.</returns>
    public async Task<OpenCodeException> WatchAsync(string taskId, long began, Func<UsageAlert, Task> tell, CancellationToken cancellationToken)
    {
        while (true)
        {
            // Of short commands one after the other, one in so many is looked at.
            if (_counts.TryGetValue(taskId, out var last) && last.Pause(clock) is var pause && pause > TimeSpan.Zero)
            {
                await Task.Delay(pause, clock, cancellationToken).ConfigureAwait(false);
            }

            // A count goes on when its command has ended: the next one is told.
            var usage = await CountAsync(taskId).WaitAsync(cancellationToken).ConfigureAwait(false);
            if (IsOver(usage) && (began == 0 || usage.Hidden is not null || usage.Bytes > began + Slack))
            {
                return Exceeded(taskId, usage, "What ran in it was ended with everything it started");
            }

            var percent = 100.0 * usage.Bytes / Limit;
            if (percent >= Raise ? _near.TryAdd(taskId, true) : percent < Clear && _near.TryRemove(taskId, out _))
            {
                await tell(Alert(usage, percent, percent >= Raise)).ConfigureAwait(false);
            }
        }
    }

    private Task<WorkspaceUsage> CountAsync(string taskId)
    {
        if (_counts.Count >= MostKept)
        {
            Forget();
        }

        return _counts.AddOrUpdate(taskId, Begin, (id, last) => last.Usage.IsCompleted ? Begin(id) : last).Usage;
    }

    /// <summary>Lets go of counts that tell the next command nothing: a process that serves for days has seen many tasks.</summary>
    private void Forget()
    {
        foreach (var one in _counts)
        {
            if (one.Value.Usage is { IsCompletedSuccessfully: true } counted && !IsOver(counted.GetAwaiter().GetResult()) && one.Value.Pause(clock) <= TimeSpan.Zero && !_near.ContainsKey(one.Key))
            {
                _counts.TryRemove(one);
            }
        }
    }

    private Count Begin(string taskId)
    {
        var began = clock.GetTimestamp();
        var count = new Count(began);
        count.Usage = Task.Run(() =>
        {
            var usage = WorkspaceMeter.Measure(way.Folder(taskId).Workspace, WorkspaceMeter.MostEntries);
            count.Took = clock.GetElapsedTime(began);
            return usage;
        });
        return count;
    }

    private bool IsOver(WorkspaceUsage usage) => usage.Bytes > Limit || usage.Hidden is not null;

    private UsageAlert Alert(WorkspaceUsage usage, double percent, bool raised) => new(UsageMeasure.Disk, raised, percent, raised
        ? string.Create(CultureInfo.InvariantCulture, $"Workspace of the sandbox: {percent:0} % of {limitMiB} MiB; the largest: {Largest(usage)}. Beyond it, what runs is ended.")
        : string.Create(CultureInfo.InvariantCulture, $"Workspace of the sandbox: {percent:0} % of the limit again."));

    private OpenCodeException Exceeded(string taskId, WorkspaceUsage usage, string deed) => new(
        OpenCodeError.LimitExceeded,
        usage.Hidden is { } hidden ? $"The workspace of task '{taskId}' has {hidden}, so what it holds cannot be counted. {deed}. Remove it."
        : string.Create(CultureInfo.InvariantCulture, $"The workspace of task '{taskId}' holds {(usage.IsWhole ? "" : "at least ")}{usage.Bytes / Mebibyte} MiB, and {limitMiB} MiB are allowed. {deed}. Remove what is not needed, the largest: {Largest(usage)}; here it is '{way.Folder(taskId).Workspace}'. Or have docker.defaultResourceLimits.workspace raised."),
        taskId);

    private static string Largest(WorkspaceUsage usage) => string.Join(", ", usage.Largest.Select(static one => string.Create(CultureInfo.InvariantCulture, $"{Shown(one.Name)} ({one.Bytes / Mebibyte} MiB)")));

    // Names are the sandbox's choice.
    private static string Shown(string name) => string.Concat(name.Take(LongestName).Select(static c => char.IsControl(c) ? '?' : c));

    private sealed class Count(long began)
    {
        public Task<WorkspaceUsage> Usage { get; set; } = null!;

        public TimeSpan Took { get; set; }

        /// <summary>How long until the next one may begin.</summary>
        public TimeSpan Pause(TimeProvider clock) => (Took * Rest > Often ? Took * Rest : Often) - clock.GetElapsedTime(began);
    }
}

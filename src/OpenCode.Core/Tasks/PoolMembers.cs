using System.Collections.Concurrent;
using OpenCode.Common;
using OpenCode.Configuration;
using OpenCode.Layers;
using OpenCode.Registry;
using OpenCode.Sandboxes;

namespace OpenCode.Tasks;

/// <summary>Containers that are kept ready, one at a time: made, given to a task, removed. Each of it is written down before the engine is asked.</summary>
internal sealed class PoolMembers(TaskWay way, Lazy<ISandboxHost> host, PoolLayer layer, OpenCodeConfiguration configuration, Ids ids, Func<ProcessIdentity> process, StepProbe probe)
{
    private readonly ConcurrentDictionary<string, bool> _own = new(StringComparer.Ordinal);

    /// <summary>True when new sandboxes are looked for in the pool.</summary>
    public bool IsOn => configuration.DockerWarmPool > 0;

    /// <summary>True for one that was made here: a process may have a store open several times, with other settings each.</summary>
    public bool IsOwn(PoolRow row) => _own.ContainsKey(row.Id);

    /// <summary>What a container of the pool is that is made of an image.</summary>
    public SandboxSpecification Specification(string id, string image) =>
        SandboxProfile.Of(configuration, way.Registry.StoreId, "", image, layer.Workspace(id)) with { Pool = id, ContainerName = $"{configuration.DockerNetworkPrefix}-{way.Registry.StoreId[..8]}-pool.{id}" };

    /// <summary>What exactly a new sandbox of an image is by the configuration alone.</summary>
    public Task<SandboxImprint> ImprintAsync(string image, CancellationToken cancellationToken) => host.Value.ImprintAsync(Specification("none", image), cancellationToken);

    /// <summary>What to ask the pool for when a task's sandbox is to be made; null when no pool is kept. Whoever has files of its own, or settings, gets none of it.</summary>
    public async Task<PoolAsk?> AskAsync(string taskId, string image, SandboxRow? known, CancellationToken cancellationToken) =>
        !IsOn ? null
        : known is { HasSettings: true } || !PoolLayer.IsFree(way.Folder(taskId)) ? new PoolAsk(null)
        : new PoolAsk((await ImprintAsync(image, cancellationToken).ConfigureAwait(false)).Fingerprint);

    /// <summary>Makes one more, when one is wanted and there is room.</summary>
    /// <returns>False when nothing was to be made.</returns>
    public async Task<bool> MakeAsync(string fingerprint, SandboxShare share, CancellationToken cancellationToken)
    {
        var id = ids.Pool();
        var specification = Specification(id, configuration.DockerImage);
        var row = new PoolRow(id, specification.ContainerName, null, specification.Image, fingerprint, specification.MemoryMiB, PoolState.Making, process());
        if (!await way.Registry.WriteAsync(new ReservePool(row, configuration.DockerWarmPool, share), cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        _own[id] = true;
        probe.At(Step.PoolIntended);
        var kept = false;
        try
        {
            layer.Make(id);
            var container = await host.Value.EnsureAsync(specification, null, cancellationToken).ConfigureAwait(false);
            probe.At(Step.PoolMade);
            // An image's name may have become another image's since: then it is not what its fingerprint says.
            kept = (await ImprintAsync(specification.Image, cancellationToken).ConfigureAwait(false)).Fingerprint == fingerprint
                && await way.Registry.WriteAsync(new ReadyPool(id, container.Id), CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            // Without a note, it was given up for a task's sandbox while it was made: nobody else has it then.
            if (!kept && !await DiscardAsync(row).ConfigureAwait(false) && (await way.Registry.SandboxesAsync(CancellationToken.None).ConfigureAwait(false)).All(one => one.Pool != id))
            {
                await RemoveAsync(row).ConfigureAwait(false);
            }
        }

        probe.At(Step.PoolReady);
        return kept;
    }

    /// <summary>Removes one that is one's own, or whose process is gone, unless a task has it by now.</summary>
    /// <returns>False when it was left.</returns>
    public async Task<bool> DiscardAsync(PoolRow row)
    {
        if (!await way.Registry.WriteAsync(new DiscardPool(row.Id), CancellationToken.None).ConfigureAwait(false))
        {
            return false;
        }

        probe.At(Step.PoolDiscarded);
        await RemoveAsync(row).ConfigureAwait(false);
        return true;
    }

    /// <summary>Removes what this process is to remove: what it gave up for a task's sandbox, or found to be of no use.</summary>
    public async Task RemoveDiscardedAsync(CancellationToken cancellationToken)
    {
        foreach (var row in (await way.Registry.PoolAsync(cancellationToken).ConfigureAwait(false)).Where(row => row.State is PoolState.Discarded && row.Process == process()))
        {
            await RemoveAsync(row).ConfigureAwait(false);
        }
    }

    /// <summary>Makes the folder that a task's container has its workspace; may be repeated.</summary>
    /// <returns>False when that cannot be, and the container is of no use to the task.</returns>
    public async Task<bool> GiveAsync(SandboxRow row, CancellationToken cancellationToken)
    {
        var (held, _) = await way.EnterAsync(row.TaskId, cancellationToken).ConfigureAwait(false);
        using (held)
        {
            return layer.Give(held, row.Pool!, way.Folder(row.TaskId));
        }
    }

    /// <summary>Takes away what leads to a task's workspace, once the container is gone.</summary>
    public void Clear(string? id)
    {
        if (id is not null)
        {
            layer.Remove(id);
        }
    }

    /// <summary>Takes away what nothing in the registry belongs to.</summary>
    /// <returns>How many.</returns>
    public async Task<int> ClearLeftAsync(CancellationToken cancellationToken)
    {
        // The folders first: each was noted before it was made. The pool before the sandboxes, as a container goes from there to here and never back.
        var there = layer.Ids();
        if (there.Count == 0)
        {
            return 0;
        }

        var known = (await way.Registry.PoolAsync(cancellationToken).ConfigureAwait(false)).Select(static row => row.Id).ToHashSet(StringComparer.Ordinal);
        known.UnionWith((await way.Registry.SandboxesAsync(cancellationToken).ConfigureAwait(false)).Select(static row => row.Pool).OfType<string>());
        known.UnionWith((await way.Registry.PendingDeletionsAsync(cancellationToken).ConfigureAwait(false)).Select(static one => one.Pool).OfType<string>());
        var left = there.Where(id => !known.Contains(id)).ToList();
        left.ForEach(layer.Remove);
        return left.Count;
    }

    private async Task RemoveAsync(PoolRow row)
    {
        await host.Value.RemoveAsync(Specification(row.Id, row.Image) with { ContainerName = row.ContainerName }, CancellationToken.None).ConfigureAwait(false);
        layer.Remove(row.Id);
        probe.At(Step.PoolRemoved);
        await way.Registry.WriteAsync(new ForgetPool(row.Id), CancellationToken.None).ConfigureAwait(false);
        _own.TryRemove(row.Id, out _);
    }
}

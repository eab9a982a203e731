namespace OpenCode.Registry;

/// <content>Containers that are kept ready. One is a task's from the transaction on that gives the task its sandbox.</content>
internal sealed partial class RegistryRules
{
    /// <summary>Takes a ready one for a sandbox that is about to be made, if there is one.</summary>
    private SandboxRow Take(SandboxRow sandbox, PoolAsk ask)
    {
        if (ask.Fingerprint is null || sandbox.HasSettings || transaction.FindReadyPool(ask.Fingerprint) is not { } ready)
        {
            transaction.CountPool(0, 1);
            return sandbox;
        }

        transaction.DeletePool(ready.Id);
        transaction.CountPool(1, 0);
        return sandbox with { ContainerName = ready.ContainerName, Pool = ready.Id };
    }

    private bool Reserve(ReservePool write)
    {
        var all = transaction.PoolRows();
        if (all.Count(row => row.HasPlace && row.Fingerprint == write.Row.Fingerprint && row.Process.MayLive(process)) >= write.Target)
        {
            return false;
        }

        // What is kept ready never takes a task's place.
        if (transaction.RoomLine().Any(Stands))
        {
            return false;
        }

        var sandboxes = transaction.OtherSandboxes(0).Where(static one => one.HasPlace).ToList();
        var kept = all.Where(static row => row.HasPlace).ToList();
        if (write.Share.MostSandboxes > 0 && sandboxes.Count + kept.Count >= write.Share.MostSandboxes)
        {
            return false;
        }

        var taken = sandboxes.Sum(one => (long)(one.MemoryMiB ?? write.Share.UsualMemoryMiB)) + kept.Sum(static row => (long)row.MemoryMiB);
        if (write.Share.MostMemoryMiB > 0 && taken + write.Row.MemoryMiB > write.Share.MostMemoryMiB)
        {
            return false;
        }

        transaction.PutPool(write.Row with { State = PoolState.Making, Process = process });
        return true;
    }

    private bool Ready(ReadyPool write)
    {
        if (transaction.FindPool(write.Id) is not { State: PoolState.Making } row || row.Process != process)
        {
            return false;
        }

        transaction.PutPool(row with { State = PoolState.Ready, ContainerId = write.ContainerId });
        return true;
    }

    private bool Discard(DiscardPool write)
    {
        if (transaction.FindPool(write.Id) is not { } row || (row.Process != process && row.Process.MayLive(process)))
        {
            return false;
        }

        transaction.PutPool(row with { State = PoolState.Discarded, Process = process });
        return true;
    }

    private bool Abandon(AbandonPool write)
    {
        if (transaction.FindTask(write.Seen.TaskId) is not { } row || transaction.FindSandbox(row.Number) is not { Pool: { } pool, State: SandboxState.Planned } known || pool != write.Seen.Pool)
        {
            return false;
        }

        transaction.PutPool(new PoolRow(pool, known.ContainerName, known.ContainerId, known.Image, "", 0, PoolState.Discarded, process));
        transaction.PutSandbox(row.Number, known with { ContainerName = write.ContainerName, ContainerId = null, Pool = null });
        transaction.CountPool(-1, 1);
        return true;
    }

    /// <summary>Makes room by giving up what is only kept ready. Whoever asked removes it.</summary>
    private void Evict(ref int count, ref long memory, Func<int, long, bool> fits)
    {
        foreach (var row in transaction.PoolRows().Where(static row => row.HasPlace).OrderByDescending(static row => row.State))
        {
            if (fits(count, memory))
            {
                return;
            }

            transaction.PutPool(row with { State = PoolState.Discarded, Process = process });
            count--;
            memory -= row.MemoryMiB;
        }
    }
}

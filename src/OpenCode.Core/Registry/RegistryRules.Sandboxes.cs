namespace OpenCode.Registry;

/// <content>Sandboxes: what is done to them is written down before the engine is asked.</content>
internal sealed partial class RegistryRules
{
    private SandboxRow Begin(BeginSandbox write)
    {
        var (row, _) = Enter(write.TaskId, write.Actor);
        var known = transaction.FindSandbox(row.Number);
        if (known is not null && known.IsInWork(process) && !(known.Deed is SandboxDeed.Create && write.Deed is SandboxDeed.Create))
        {
            throw new OpenCodeException(OpenCodeError.LockHeld, $"The sandbox of task '{row.Task.Id}' is in work ({Name(known.Deed!.Value)}) by {known.Process!.Describe()}. Wait until that is done.", row.Task.Id);
        }

        // A plan has no container yet, so what it will be made of may still change.
        var sandbox = known is null or { State: SandboxState.Planned, Deed: null } ? new SandboxRow(row.Task.Id, write.ContainerName, null, write.Image) { Network = known?.Network ?? SandboxNetwork.None, MemoryMiB = known?.MemoryMiB, CpuShares = known?.CpuShares, PidsLimit = known?.PidsLimit } : known;
        if (write.Settings is { } settings)
        {
            sandbox = sandbox with
            {
                Network = settings.Network ?? sandbox.Network,
                MemoryMiB = settings.MemoryMiB ?? sandbox.MemoryMiB,
                CpuShares = settings.CpuShares ?? sandbox.CpuShares,
                PidsLimit = settings.PidsLimit ?? sandbox.PidsLimit,
            };
        }

        if (write.Pool is { } ask && sandbox is { State: SandboxState.Planned, Deed: null, ContainerId: null })
        {
            sandbox = Take(sandbox, ask);
        }

        if (write.Share is { } share)
        {
            Admit(row, share, known, sandbox, write.Ticket);
        }

        if (write.Ticket is { } ticket)
        {
            transaction.DeleteRoomWaiter(ticket);
        }

        sandbox = sandbox with { Deed = write.Deed, Process = process };
        transaction.PutSandbox(row.Number, sandbox);
        return sandbox;
    }

    /// <summary>Refuses what would take more than all sandboxes together may. In the transaction that notes it, so that of many processes none takes what another has just taken.</summary>
    private void Admit(TaskRow row, SandboxShare share, SandboxRow? known, SandboxRow wanted, long? ticket)
    {
        var wants = wanted.MemoryMiB ?? share.UsualMemoryMiB;
        var has = known?.HasPlace is true ? known.MemoryMiB ?? share.UsualMemoryMiB : 0;
        if (wants <= has)
        {
            return;
        }

        // There is none to share where there are no limits, and then nobody waits.
        if (Before(row, ticket) is > 0 and var before)
        {
            throw Full(row, $"{before} other{(before == 1 ? " waits" : "s wait")} for it since before");
        }

        var others = transaction.OtherSandboxes(row.Number).Where(static one => one.HasPlace).ToList();
        var kept = transaction.PoolRows().Where(static one => one.HasPlace).ToList();
        var taken = others.Sum(one => (long)(one.MemoryMiB ?? share.UsualMemoryMiB));
        var (count, memory) = (others.Count + kept.Count, taken + kept.Sum(static one => (long)one.MemoryMiB));
        Evict(ref count, ref memory, (count, memory) => (share.MostSandboxes == 0 || has > 0 || count < share.MostSandboxes) && (share.MostMemoryMiB == 0 || memory + wants <= share.MostMemoryMiB));
        if (share.MostSandboxes > 0 && has == 0 && count >= share.MostSandboxes)
        {
            throw Full(row, $"{others.Count} of this store have a container, and docker.maxSandboxes is {share.MostSandboxes}");
        }

        if (share.MostMemoryMiB > 0 && memory + wants > share.MostMemoryMiB)
        {
            throw Full(row, $"it may use {wants} MiB of memory, {others.Count} others of this store may use {taken} MiB, and all together {share.MostMemoryMiB} MiB (docker.memoryShare)");
        }
    }

    private static OpenCodeException Full(TaskRow row, string why) =>
        new(OpenCodeError.LimitExceeded, $"There is no room for the sandbox of task '{row.Task.Id}': {why}. Remove one that is not needed (Get-OcSandbox, Remove-OcSandbox), or wait until there is room (Invoke-OcTask -WaitSeconds).", row.Task.Id);

    private TaskChange End(EndSandbox write)
    {
        var row = Required(write.TaskId);
        var known = transaction.FindSandbox(row.Number);
        return known?.Deed == write.Deed ? Put(row, known, write.State, write.ContainerId, write.News) : new TaskChange(row, PendingEntries(row));
    }

    private TaskChange Correct(CorrectSandbox write)
    {
        var row = Required(write.Seen.TaskId);
        return transaction.FindSandbox(row.Number) == write.Seen ? Put(row, write.Seen, write.State, write.ContainerId, write.News) : new TaskChange(row, PendingEntries(row));
    }

    private bool Leave(LeaveSandbox write)
    {
        if (transaction.FindTask(write.TaskId) is not { } row || transaction.FindSandbox(row.Number) is not { } known || known.Deed != write.Deed || known.Process != process)
        {
            return false;
        }

        transaction.PutSandbox(row.Number, known with { Process = null });
        return true;
    }

    private bool Revert(RevertSandbox write)
    {
        if (transaction.FindTask(write.Seen.TaskId) is not { } row || transaction.FindSandbox(row.Number) != write.Seen)
        {
            return false;
        }

        transaction.PutSandbox(row.Number, write.Before with { Deed = write.Seen.Deed, Process = write.Seen.Process });
        return true;
    }

    private TaskChange Put(TaskRow row, SandboxRow known, SandboxState state, string? containerId, SandboxNews? news)
    {
        if (state is SandboxState.Planned && !known.HasSettings)
        {
            transaction.DeleteSandbox(row.Number);
        }
        else
        {
            transaction.PutSandbox(row.Number, known with { State = state, ContainerId = containerId, Deed = null, Process = null, Pool = state is SandboxState.Planned ? null : known.Pool });
        }

        return news is null
            ? new TaskChange(row, PendingEntries(row))
            : Journal(row, news.Event, news.Level, news.Message, EventData.For(news.Event, ("container", known.ContainerName), ("image", known.Image)));
    }

    private static string Name(SandboxDeed deed) => deed switch
    {
        SandboxDeed.Create => "it is being made",
        SandboxDeed.Suspend => "it is being suspended",
        SandboxDeed.Resume => "it is being resumed",
        SandboxDeed.Remove => "it is being removed",
        _ => "its settings are being changed",
    };
}

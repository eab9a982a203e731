namespace OpenCode.Registry;

/// <content>The claim on a task's hooks.</content>
internal sealed partial class RegistryRules
{
    /// <summary>Checks all that can be checked of a change before its hooks run, so that none runs for a change that is refused anyway; and claims the hooks.</summary>
    private HookClaim ClaimHooks(ClaimHooks write)
    {
        var (row, leases) = Enter(write.TaskId, write.Actor);
        if (!write.From.Contains(row.Task.Status))
        {
            throw Refused(row, write.Operation, write.From);
        }

        if (write.Starts)
        {
            CheckReady(row, write.Operation);
        }

        if (write.Agent is { } agent && row.Task.Mode is AgentTaskMode.Exclusive && leases.FirstOrDefault(l => l.Owner != agent) is { } holder)
        {
            throw Held(row, holder, $"be given to '{agent}'");
        }

        var resource = HookResource.Name(row.Task.Id);
        foreach (var present in transaction.Leases(resource))
        {
            if (!present.IsOver(Now, process))
            {
                return new HookClaim(row, null, present.Process.Describe());
            }

            End(present, lost: true);
        }

        var lease = transaction.InsertLease(new LeaseRow(resource, Describe(write.Actor), LeaseMode.Exclusive, Now, Now + write.Duration, write.Duration, process) { Bound = true });
        return new HookClaim(row, lease.Fence, null);
    }

    /// <summary>Gives the claim back, in the transaction of the change it was for when there is one.</summary>
    private bool ReleaseHooks(string taskId, long? claim)
    {
        if (claim is null || transaction.Leases(HookResource.Name(taskId)).FirstOrDefault(l => l.Fence == claim) is not { } lease)
        {
            return false;
        }

        End(lease, lost: false);
        return true;
    }
}

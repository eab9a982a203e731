namespace OpenCode.Registry;

/// <content>The line of those who wait for room for a sandbox: whoever came first has it first.</content>
internal sealed partial class RegistryRules
{
    private long Wait(WaitForRoom write)
    {
        var row = Required(write.TaskId);
        foreach (var over in transaction.RoomLine().Where(waiter => !Stands(waiter)))
        {
            transaction.DeleteRoomWaiter(over.Ticket);
        }

        return transaction.InsertRoomWaiter(row.Number, Now + write.Wait, process);
    }

    /// <summary>How many stand before a ticket, or before one who has none. One's own task is nobody else.</summary>
    private int Before(TaskRow row, long? ticket) => transaction.RoomLine().Count(waiter => (ticket is null || waiter.Ticket < ticket) && waiter.TaskNumber != row.Number && Stands(waiter));

    private bool Stands(RoomWaiter waiter) => waiter.Until > Now && waiter.Process.MayLive(process);
}

namespace OpenCode.Registry;

/// <summary>Goes to the end of the line of those who wait for room for a sandbox.</summary>
/// <param name="TaskId">The task.</param>
/// <param name="Wait">For how long, from now on.</param>
/// <returns>The ticket.</returns>
public sealed record WaitForRoom(string TaskId, TimeSpan Wait) : RegistryWrite<long>;

/// <summary>Leaves the line without having got any.</summary>
public sealed record LeaveRoomLine(long Ticket) : RegistryWrite<bool>
{
    /// <inheritdoc />
    public override bool Finishes => true;
}

using OpenCode.Common;

namespace OpenCode.Registry.Sqlite;

/// <content>Leases, and those who wait for one.</content>
internal sealed partial class SqliteTransaction
{
    private const int KeptWaits = 1_000;

    private const string SelectWaiters = "SELECT resource, ticket, owner, mode, duration, bound, since, until, host, process_id, process_started FROM waiters";

    /// <summary>The counters of leases. They are to be flushed before the transaction is committed.</summary>
    public LeaseCounters Counters { get; } = new(session);

    /// <inheritdoc />
    public long NextFence() => Counters.NextFence();

    /// <inheritdoc />
    public IReadOnlyList<LeaseRow> Leases(string resource) =>
        session.Prepare($"SELECT {SqliteRows.LeaseColumns} FROM leases WHERE resource = ? ORDER BY fence").Bind(resource).All(SqliteRows.Lease);

    /// <inheritdoc />
    public IReadOnlyList<LeaseRow> LeasesOf(string owner) =>
        session.Prepare($"SELECT {SqliteRows.LeaseColumns} FROM leases WHERE owner = ? ORDER BY resource, fence").Bind(owner).All(SqliteRows.Lease);

    /// <inheritdoc />
    public IReadOnlyList<LeaseRow> LeasesOfTicket(long ticket) =>
        session.Prepare($"SELECT {SqliteRows.LeaseColumns} FROM leases WHERE ticket = ? ORDER BY resource").Bind(ticket).All(SqliteRows.Lease);

    /// <inheritdoc />
    public LeaseRow InsertLease(LeaseRow lease)
    {
        lease = lease with { Fence = NextFence() };
        Counters.NoteEnd(lease.ExpiresAt);
        session.Prepare($"INSERT INTO lease_book ({SqliteRows.LeaseColumns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
            .Bind(lease.Resource).Bind(lease.Fence).Bind(lease.Owner).Bind((long)lease.Mode).Bind(lease.AcquiredAt).Bind(lease.ExpiresAt).Bind((long?)lease.Duration?.TotalMilliseconds)
            .Bind(lease.Process.Host).Bind(lease.Process.ProcessId).Bind(lease.Process.Started).Bind(lease.Bound ? 1 : 0).Bind(lease.Ticket).Bind(lease.SeenAt).Bind(lease.Progress).Run();
        return lease;
    }

    /// <inheritdoc />
    public void UpdateLease(LeaseRow lease, long newFence)
    {
        session.Prepare("UPDATE lease_book SET fence = ?, expires_at = ?, duration = ?, seen_at = ?, progress = ? WHERE resource = ? AND fence = ?")
            .Bind(newFence).Bind(lease.ExpiresAt).Bind((long?)lease.Duration?.TotalMilliseconds).Bind(lease.SeenAt).Bind(lease.Progress).Bind(lease.Resource).Bind(lease.Fence).Run();
        Counters.NoteEnd(lease.ExpiresAt);
    }

    /// <inheritdoc />
    public void DeleteLease(LeaseRow lease) => session.Prepare("DELETE FROM lease_book WHERE resource = ? AND fence = ?").Bind(lease.Resource).Bind(lease.Fence).Run();

    /// <inheritdoc />
    public IReadOnlyList<string> ExpiredResources(int limit) =>
        session.Prepare("SELECT DISTINCT resource FROM leases WHERE expires_at <= ? LIMIT ?").Bind(now).Bind(limit).All(r => r.Text(0));

    /// <inheritdoc />
    public void NoteNextEnd() => Counters.NoteNextEnd();

    /// <inheritdoc />
    public bool IsUntouched(string resource)
    {
        // With the fence that the lease will have: a statement of its own for it costs more.
        var (untouched, lastFence) = session.Prepare($"SELECT NOT EXISTS (SELECT 1 FROM leases WHERE resource = ?1) AND NOT EXISTS (SELECT 1 FROM waiters WHERE resource = ?1), ({LeaseCounters.SelectLastFence})")
            .Bind(resource).One(r => (r.Integer(0) != 0, r.IntegerOrNull(1)));
        Counters.LastFence = lastFence;
        return untouched;
    }

    /// <inheritdoc />
    public IReadOnlyList<WaiterRow> Waiters(string resource) => session.Prepare($"{SelectWaiters} WHERE resource = ? ORDER BY ticket").Bind(resource).All(Waiter);

    /// <inheritdoc />
    public IReadOnlyList<WaiterRow> WaitersOf(long ticket) => session.Prepare($"{SelectWaiters} WHERE ticket = ? ORDER BY resource").Bind(ticket).All(Waiter);

    /// <inheritdoc />
    public IReadOnlyList<long> TicketsOf(string owner) => session.Prepare("SELECT DISTINCT ticket FROM waiters WHERE owner = ? ORDER BY ticket").Bind(owner).All(r => r.Integer(0));

    /// <inheritdoc />
    public void InsertWaiter(WaiterRow waiter) =>
        session.Prepare("INSERT INTO waiters (resource, ticket, owner, mode, duration, bound, since, until, host, process_id, process_started) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
            .Bind(waiter.Resource).Bind(waiter.Ticket).Bind(waiter.Owner).Bind((long)waiter.Mode).Bind((long)waiter.Duration.TotalMilliseconds).Bind(waiter.Bound ? 1 : 0)
            .Bind(waiter.Since).Bind(waiter.Until).Bind(waiter.Process.Host).Bind(waiter.Process.ProcessId).Bind(waiter.Process.Started).Run();

    /// <inheritdoc />
    public void DeleteWaiters(long ticket) => session.Prepare("DELETE FROM waiters WHERE ticket = ?").Bind(ticket).Run();

    /// <inheritdoc />
    public void CountEnded(int ended, int lost, TimeSpan held) => Counters.CountEnded(ended, lost, held);

    /// <inheritdoc />
    public void CountConflicts(long count) => Counters.CountConflicts(count);

    /// <inheritdoc />
    public void CountWait(TimeSpan waited)
    {
        session.Prepare("UPDATE lease_book SET waits = waits + 1 WHERE resource = '' AND fence = 0").Run();
        var waits = session.Prepare("SELECT waits FROM lease_book WHERE resource = '' AND fence = 0").One(r => r.Integer(0));
        session.Prepare("INSERT OR REPLACE INTO lock_waits (slot, waited) VALUES (?, ?)").Bind(waits % KeptWaits).Bind((long)waited.TotalMilliseconds).Run();
    }

    private static WaiterRow Waiter(Statement row) => new(
        row.Text(0),
        row.Integer(1),
        row.Text(2),
        (LeaseMode)row.Integer(3),
        TimeSpan.FromMilliseconds(row.Integer(4)),
        row.Integer(5) != 0,
        row.Time(6),
        row.Time(7),
        new ProcessIdentity(row.Text(8), (int)row.Integer(9), row.Text(10)));
}

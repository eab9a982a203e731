using OpenCode.Common;

namespace OpenCode.Registry.Sqlite;

/// <content>Leases, and those who wait for one.</content>
internal sealed partial class SqliteTransaction
{
    private const int KeptWaits = 1_000;

    private const string SelectWaiters = "SELECT resource, ticket, owner, mode, duration, bound, since, until, host, process_id, process_started FROM waiters";

    /// <inheritdoc />
    public long NextFence() => NextFence(null);

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
        lease = lease with { Fence = NextFence(lease.ExpiresAt) };
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
        NoteEnd(lease);
    }

    /// <inheritdoc />
    public void DeleteLease(LeaseRow lease) => session.Prepare("DELETE FROM lease_book WHERE resource = ? AND fence = ?").Bind(lease.Resource).Bind(lease.Fence).Run();

    /// <inheritdoc />
    public IReadOnlyList<string> ExpiredResources(int limit) =>
        session.Prepare("SELECT DISTINCT resource FROM leases WHERE expires_at <= ? LIMIT ?").Bind(now).Bind(limit).All(r => r.Text(0));

    /// <inheritdoc />
    public void NoteNextEnd() => session.Prepare("UPDATE lease_book SET due = (SELECT min(expires_at) FROM leases) WHERE resource = '' AND fence = 0").Run();

    /// <inheritdoc />
    public bool IsUntouched(string resource) =>
        session.Prepare("SELECT NOT EXISTS (SELECT 1 FROM leases WHERE resource = ?1) AND NOT EXISTS (SELECT 1 FROM waiters WHERE resource = ?1)").Bind(resource).One(r => r.Integer(0) != 0);

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
    public void CountEnded(int ended, int lost, TimeSpan held) => session.Prepare("UPDATE lease_book SET ended = ended + ?, lost = lost + ?, held = held + ? WHERE resource = '' AND fence = 0")
        .Bind(ended).Bind(lost).Bind((long)held.TotalMilliseconds).Run();

    /// <inheritdoc />
    public void CountConflicts(long count) => session.Prepare("UPDATE lease_book SET conflicts = conflicts + ? WHERE resource = '' AND fence = 0").Bind(count).Run();

    /// <inheritdoc />
    public void CountWait(TimeSpan waited)
    {
        session.Prepare("UPDATE lease_book SET waits = waits + 1 WHERE resource = '' AND fence = 0").Run();
        var waits = session.Prepare("SELECT waits FROM lease_book WHERE resource = '' AND fence = 0").One(r => r.Integer(0));
        session.Prepare("INSERT OR REPLACE INTO lock_waits (slot, waited) VALUES (?, ?)").Bind(waits % KeptWaits).Bind((long)waited.TotalMilliseconds).Run();
    }

    /// <summary>The next fence, given to what ends then at the earliest.</summary>
    private long NextFence(DateTimeOffset? end)
    {
        // Not RETURNING: SQLite makes a table for what is returned, and for that takes a hundred kilobytes from the system and gives them back, each time.
        session.Prepare("UPDATE lease_book SET last_fence = last_fence + 1, due = CASE WHEN ?1 < due OR due IS NULL THEN ?1 ELSE due END WHERE resource = '' AND fence = 0").Bind(end).Run();
        return session.Prepare("SELECT last_fence FROM lease_book WHERE resource = '' AND fence = 0").One<long?>(r => r.Integer(0))
            ?? throw new OpenCodeException(OpenCodeError.StateCorrupt, "The registry has lost its fence counter. Restore the database from a backup.");
    }

    /// <summary>The noted time never comes after the end of a lease. That it may come before, when one was lengthened or given back, costs one look.</summary>
    private void NoteEnd(LeaseRow lease)
    {
        if (lease.ExpiresAt is { } end)
        {
            session.Prepare("UPDATE lease_book SET due = ?1 WHERE resource = '' AND fence = 0 AND (due IS NULL OR due > ?1)").Bind(end).Run();
        }
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

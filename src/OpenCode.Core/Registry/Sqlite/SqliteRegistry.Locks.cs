using OpenCode.Common;

namespace OpenCode.Registry.Sqlite;

/// <content>Locks, as those see them who do not write.</content>
public sealed partial class SqliteRegistry
{
    /// <inheritdoc />
    public ValueTask<LockLook> LookAtLocksAsync(IReadOnlyList<string> resources, long? ticket, CancellationToken cancellationToken) => new(Read(session =>
    {
        var now = _clock.GetUtcNow();
        session.Prepare("BEGIN").Run();
        try
        {
            var transaction = new SqliteTransaction(session, now);
            var leases = resources.SelectMany(transaction.Leases).Select(lease => Look(lease, now)).ToList();
            var unsettled = leases.Exists(lease => lease.IsOver) || resources.Any(resource => transaction.Waiters(resource).Any(waiter => waiter.IsOver(now, _process())));
            var waits = ticket is { } number && session.Prepare("SELECT 1 FROM waiters WHERE ticket = ? LIMIT 1").Bind(number).One(_ => true);
            var granted = waits || ticket is null ? [] : transaction.LeasesOfTicket(ticket.Value).Where(lease => !lease.IsOver(now, _process())).Select(lease => lease.ToLease());
            return new LockLook(leases, waits, [.. granted]) { IsUnsettled = unsettled };
        }
        finally
        {
            session.Prepare("COMMIT").Run();
        }
    }));

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<LeaseLook>> LocksAsync(string? resourcePattern, string? owner, CancellationToken cancellationToken) => new(Read(session =>
    {
        var now = _clock.GetUtcNow();
        var rows = session.Prepare($"SELECT {SqliteRows.LeaseColumns} FROM leases WHERE (?1 IS NULL OR resource GLOB ?1) AND (?2 IS NULL OR owner = ?2) ORDER BY resource, fence")
            .Bind(resourcePattern).Bind(owner).All(SqliteRows.Lease);
        return (IReadOnlyList<LeaseLook>)[.. rows.Select(lease => Look(lease, now))];
    }));

    private LeaseLook Look(LeaseRow lease, DateTimeOffset now) => new(lease.ToLease(), lease.IsOver(now, _process()));
}

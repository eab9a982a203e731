using OpenCode.Common;

namespace OpenCode.Registry.Sqlite;

/// <content>Containers that are kept ready, and who waits for room.</content>
internal sealed partial class SqliteTransaction
{
    /// <inheritdoc />
    public IReadOnlyList<PoolRow> PoolRows() => session.Prepare($"SELECT {SqliteRows.PoolColumns} FROM pool ORDER BY id").All(SqliteRows.Pool);

    /// <inheritdoc />
    public PoolRow? FindPool(string id) => session.Prepare($"SELECT {SqliteRows.PoolColumns} FROM pool WHERE id = ?").Bind(id).One(SqliteRows.Pool);

    /// <inheritdoc />
    public PoolRow? FindReadyPool(string fingerprint) =>
        session.Prepare($"SELECT {SqliteRows.PoolColumns} FROM pool WHERE fingerprint = ? AND state = 1 ORDER BY id LIMIT 1").Bind(fingerprint).One(SqliteRows.Pool);

    /// <inheritdoc />
    public void PutPool(PoolRow row) => session
        .Prepare("INSERT OR REPLACE INTO pool (id, container_name, container_id, image, fingerprint, memory, state, host, process_id, process_started) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        .Bind(row.Id).Bind(row.ContainerName).Bind(row.ContainerId).Bind(row.Image).Bind(row.Fingerprint).Bind(row.MemoryMiB).Bind((long)row.State)
        .Bind(row.Process.Host).Bind(row.Process.ProcessId).Bind(row.Process.Started).Run();

    /// <inheritdoc />
    public bool DeletePool(string id) => Changes(session.Prepare("DELETE FROM pool WHERE id = ?").Bind(id));

    /// <inheritdoc />
    public void CountPool(int hits, int misses)
    {
        session.Prepare("UPDATE counters SET value = value + ? WHERE name = 'pool_hits'").Bind(hits).Run();
        session.Prepare("UPDATE counters SET value = value + ? WHERE name = 'pool_misses'").Bind(misses).Run();
    }

    /// <inheritdoc />
    public IReadOnlyList<RoomWaiter> RoomLine() => session.Prepare($"SELECT {SqliteRows.RoomColumns} FROM room_line ORDER BY ticket").All(SqliteRows.RoomWaiter);

    /// <inheritdoc />
    public long InsertRoomWaiter(long number, DateTimeOffset until, ProcessIdentity process)
    {
        session.Prepare("INSERT INTO room_line (task_n, until, host, process_id, process_started) VALUES (?, ?, ?, ?, ?)")
            .Bind(number).Bind(until).Bind(process.Host).Bind(process.ProcessId).Bind(process.Started).Run();
        return SQLitePCL.raw.sqlite3_last_insert_rowid(session.Handle);
    }

    /// <inheritdoc />
    public bool DeleteRoomWaiter(long ticket) => Changes(session.Prepare("DELETE FROM room_line WHERE ticket = ?").Bind(ticket));
}

using System.Globalization;
using Microsoft.Data.Sqlite;
using OpenCode.Registry.Sqlite;

namespace OpenCode.Bench.Claims;

/// <summary>
/// The limit: what the product's writes leave behind (the row, the lease, the journal's entry), by bare prepared statements in the product's own tables, with a
/// lock file taken before every BEGIN IMMEDIATE. No rules, no checks, no records.
/// </summary>
internal sealed class RawClaimant : IClaimant
{
    private readonly SqliteConnection _connection;
    private readonly RawFlock _gate;
    private readonly string _agent;
    private readonly RawStatement _begin;
    private readonly RawStatement _commit;
    private readonly RawStatement _next;
    private readonly RawStatement _claim;
    private readonly RawStatement _complete;
    private readonly RawStatement _fence;
    private readonly RawStatement _lease;
    private readonly RawStatement _release;
    private readonly RawStatement _journal;
    private long _number;
    private long _held;

    public RawClaimant(string database, string agent, bool full)
    {
        _agent = agent;
        _gate = new RawFlock(database + ".gate");
        _connection = new SqliteConnection($"Data Source={database};Pooling=False");
        _connection.Open();
        using (var command = _connection.CreateCommand())
        {
            command.CommandText = $"PRAGMA synchronous = {(full ? "FULL" : "NORMAL")}; PRAGMA cache_size = 10000; PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 10000";
            command.ExecuteNonQuery();
        }

        _begin = Prepare("BEGIN IMMEDIATE");
        _commit = Prepare("COMMIT");
        _next = Prepare("SELECT n FROM tasks INDEXED BY tasks_ready WHERE status = 0 AND unfinished = 0 ORDER BY priority DESC, n LIMIT 1");
        _claim = Prepare("UPDATE tasks SET status = 1, agents = ?, version = version + 1, updated_at = ?, started_at = ?, last_seq = last_seq + 1, changed_by = ? WHERE n = ?");
        _complete = Prepare("UPDATE tasks SET status = 2, agents = NULL, version = version + 1, result = ?, updated_at = ?, finished_at = ?, last_seq = last_seq + 1, changed_by = ? WHERE n = ?");
        _fence = Prepare("UPDATE lease_book SET last_fence = last_fence + 1 WHERE resource = '' AND fence = 0 RETURNING last_fence");
        _lease = Prepare("INSERT INTO lease_book (resource, fence, owner, mode, acquired_at, expires_at, duration, host, process_id, process_started, bound) VALUES (?, ?, ?, 0, ?, ?, 60000, 'a-machine', 12345, '', 0)");
        _release = Prepare("DELETE FROM lease_book WHERE resource = ? AND fence = ?");
        _journal = Prepare($"INSERT INTO journal (task_n, {SqliteRows.EntryColumns}) VALUES (?, ?, 2, ?, 1, ?, 1, ?, ?, NULL)");
    }

    private string Resource => string.Create(CultureInfo.InvariantCulture, $"task:task_{_number:D26}");

    public ValueTask ClaimAsync()
    {
        Write(now =>
        {
            if (!_next.Step())
            {
                throw new InvalidOperationException("There are no tasks left to claim: the round is not measured.");
            }

            _number = _next.Integer(0);
            _next.Reset();
            _claim.Text(1, _agent);
            _claim.Integer(2, now);
            _claim.Integer(3, now);
            _claim.Text(4, _agent);
            _claim.Integer(5, _number);
            _claim.Run();
            _fence.Step();
            _held = _fence.Integer(0);
            _fence.Reset();
            _lease.Text(1, Resource);
            _lease.Integer(2, _held);
            _lease.Text(3, _agent);
            _lease.Integer(4, now);
            _lease.Integer(5, now + 60_000);
            _lease.Run();
            Enter(2, 1, now);
        });
        return ValueTask.CompletedTask;
    }

    public ValueTask CompleteAsync()
    {
        Write(now =>
        {
            _complete.Text(1, """{"success":true,"message":"done"}""");
            _complete.Integer(2, now);
            _complete.Integer(3, now);
            _complete.Text(4, _agent);
            _complete.Integer(5, _number);
            _complete.Run();
            _release.Text(1, Resource);
            _release.Integer(2, _held);
            _release.Run();
            Enter(3, 2, now);
        });
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        _begin.Dispose();
        _commit.Dispose();
        _next.Dispose();
        _claim.Dispose();
        _complete.Dispose();
        _fence.Dispose();
        _lease.Dispose();
        _release.Dispose();
        _journal.Dispose();
        _connection.Dispose();
        _gate.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Write(Action<long> change)
    {
        _gate.Enter();
        try
        {
            _begin.Run();
            change(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
            _commit.Run();
        }
        finally
        {
            _gate.Leave();
        }
    }

    private void Enter(long seq, long status, long now)
    {
        _journal.Integer(1, _number);
        _journal.Integer(2, seq);
        _journal.Integer(3, status);
        _journal.Integer(4, now);
        _journal.Text(5, "Started by agent 'worker'");
        _journal.Text(6, """{"event":"started","agent":"worker","fence":12345}""");
        _journal.Run();
    }

    private RawStatement Prepare(string sql) => new(_connection.Handle!, sql);
}

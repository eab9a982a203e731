using Microsoft.Data.Sqlite;
using OpenCode.Common;

namespace OpenCode.Registry.Sqlite;

/// <content>The transaction, once the gate is had.</content>
internal sealed partial class SqliteDoor
{
    private void TakeBatch(List<PendingWrite> batch)
    {
        while (batch.Count < MostInOneTransaction && _queue.TryDequeue(out var pending))
        {
            if (pending.Begin())
            {
                batch.Add(pending);
            }
        }
    }

    private void ExecuteHoldingGate(List<PendingWrite> batch)
    {
        var session = _session ??= new SqliteSession(_configuration);
        session.Prepare("BEGIN IMMEDIATE").Run();
        var open = true;
        try
        {
            _probe.At(Step.TransactionBegun);
            // Milliseconds, as they are kept: an answer equals what is read later.
            var now = DateTimeOffset.FromUnixTimeMilliseconds(_clock.GetUtcNow().ToUnixTimeMilliseconds());
            var rules = new RegistryRules(new SqliteTransaction(session, now), _process());
            foreach (var pending in batch)
            {
                if (batch.Count == 1)
                {
                    pending.Result = pending.Execute(rules);
                }
                else
                {
                    ExecuteInSavepoint(session, pending, rules);
                }
            }

            _probe.At(Step.BeforeCommit);
            session.Prepare("COMMIT").Run();
            open = false;
            _probe.At(Step.AfterCommit);
        }
        finally
        {
            if (open)
            {
                Rollback(session);
            }
        }
    }

    private static void ExecuteInSavepoint(SqliteSession session, PendingWrite pending, RegistryRules rules)
    {
        session.Prepare("SAVEPOINT one").Run();
        try
        {
            pending.Result = pending.Execute(rules);
        }
        catch (Exception e) when (e is not SqliteException)
        {
            // This one is refused, or a mistake of ours; the others of the transaction are not its business.
            pending.Error = e;
            session.Prepare("ROLLBACK TO one").Run();
        }

        session.Prepare("RELEASE one").Run();
    }

    private void Rollback(SqliteSession session)
    {
        try
        {
            // SQLite has rolled back by itself after a full disk or an I/O error.
            if (SQLitePCL.raw.sqlite3_get_autocommit(session.Handle) == 0)
            {
                session.Prepare("ROLLBACK").Run();
            }
        }
        catch (SqliteException)
        {
            // The connection is in no state to go on with; the next write opens another. The first error is the one that is told.
            session.Dispose();
            _session = null;
        }
    }
}

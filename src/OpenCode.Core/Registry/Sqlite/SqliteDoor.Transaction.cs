using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using OpenCode.Common;

namespace OpenCode.Registry.Sqlite;

/// <content>The transaction, once the gate is had.</content>
internal sealed partial class SqliteDoor
{
    private void TakeBatch(List<PendingWrite> batch)
    {
        TakeBatch(_returned, batch);
        TakeBatch(_queue, batch);
    }

    private static void TakeBatch(ConcurrentQueue<PendingWrite> queue, List<PendingWrite> batch)
    {
        while (batch.Count < MostInOneTransaction && queue.TryDequeue(out var pending))
        {
            if (pending.Begin())
            {
                batch.Add(pending);
            }
        }
    }

    private void ExecuteHoldingGate(List<PendingWrite> batch)
    {
        if (!TryExecute(batch, apart: false))
        {
            TryExecute(batch, apart: true);
        }
    }

    /// <summary>One transaction; false when nothing of it was committed, because one of several writes was refused after it had changed something.</summary>
    private bool TryExecute(List<PendingWrite> batch, bool apart)
    {
        var session = _session ??= SqliteSession.Writing(_configuration);
        session.Prepare("BEGIN IMMEDIATE").Run();
        var open = true;
        try
        {
            _probe.At(Step.TransactionBegun);
            // Milliseconds, as they are kept: an answer equals what is read later.
            var now = DateTimeOffset.FromUnixTimeMilliseconds(_clock.GetUtcNow().ToUnixTimeMilliseconds());
            var transaction = new DoorTransaction(session, now, _process(), apart);
            foreach (var pending in batch)
            {
                pending.Execute(transaction, alone: batch.Count == 1);
                if (transaction.IsSpoilt)
                {
                    return false;
                }
            }

            transaction.Flush();
            _probe.At(Step.BeforeCommit);
            session.Prepare("COMMIT").Run();
            open = false;
            _probe.At(Step.AfterCommit);
            return true;
        }
        finally
        {
            if (open)
            {
                Rollback(session);
            }
        }
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

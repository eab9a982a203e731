using OpenCode.Common;

namespace OpenCode.Registry.Sqlite;

/// <summary>The door's transaction, for what is executed in it.</summary>
/// <param name="session">The connection.</param>
/// <param name="now">The store's clock at its beginning.</param>
/// <param name="process">This process.</param>
/// <param name="apart">True when each thing that is done can be taken back by itself. That costs a copy of every page it changes, and is seldom needed: whoever refuses has seldom changed anything before.</param>
internal sealed class DoorTransaction(SqliteSession session, DateTimeOffset now, ProcessIdentity process, bool apart)
{
    private readonly SqliteTransaction _transaction = new(session, now);

    /// <summary>The connection.</summary>
    public SqliteSession Session => session;

    /// <summary>The store's clock at its beginning.</summary>
    public DateTimeOffset Now => now;

    /// <summary>This process.</summary>
    public ProcessIdentity Process => process;

    /// <summary>The rules for writes of a process.</summary>
    public RegistryRules Rules(ProcessIdentity writer) => new(_transaction, writer);

    /// <summary>True when something threw after it had changed something: the transaction must not be committed. Everything is to be done again in one in which each thing can be taken back.</summary>
    public bool IsSpoilt { get; private set; }

    /// <summary>Has something done so that nothing of it is committed when it throws; what SQLite itself throws ends the whole transaction.</summary>
    public void Try(Action<Exception> failed, Action change)
    {
        if (apart)
        {
            session.Prepare("SAVEPOINT one").Run();
        }

        var counted = _transaction.Counters.Unwritten;
        var changes = SQLitePCL.raw.sqlite3_total_changes(session.Handle);
        try
        {
            change();
        }
        catch (Exception e) when (e is not Microsoft.Data.Sqlite.SqliteException)
        {
            // This one is refused, or a mistake of ours; the others of the transaction are not its business.
            failed(e);
            _transaction.Counters.PutBack(counted);
            if (apart)
            {
                session.Prepare("ROLLBACK TO one").Run();
            }
            else
            {
                IsSpoilt |= changes != SQLitePCL.raw.sqlite3_total_changes(session.Handle);
            }
        }

        if (apart)
        {
            Flush();
            session.Prepare("RELEASE one").Run();
        }
    }

    /// <summary>Writes what was counted for all that was done. Before it is committed.</summary>
    public void Flush() => _transaction.Counters.Flush();
}

using OpenCode.Common;

namespace OpenCode.Registry.Sqlite;

/// <summary>The door's transaction, for what is executed in it.</summary>
/// <param name="session">The connection.</param>
/// <param name="now">The store's clock at its beginning.</param>
/// <param name="process">This process.</param>
internal sealed class DoorTransaction(SqliteSession session, DateTimeOffset now, ProcessIdentity process)
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

    /// <summary>Has something done so that nothing of it stays when it throws; what SQLite itself throws ends the whole transaction.</summary>
    public void Try(Action<Exception> failed, Action change)
    {
        session.Prepare("SAVEPOINT one").Run();
        try
        {
            change();
        }
        catch (Exception e) when (e is not Microsoft.Data.Sqlite.SqliteException)
        {
            // This one is refused, or a mistake of ours; the others of the transaction are not its business.
            failed(e);
            session.Prepare("ROLLBACK TO one").Run();
        }

        session.Prepare("RELEASE one").Run();
    }
}

using System.Globalization;

namespace OpenCode.Registry.Sqlite;

/// <summary>
/// Brings a database to this version's schema: numbered scripts, each in a transaction of its own that also moves
/// <c>PRAGMA user_version</c>, so that a script is applied once and whole, whoever is killed when.
/// </summary>
internal static class SqliteMigrations
{
    /// <summary>The schema this version knows.</summary>
    public static int Newest => Scripts().Count;

    /// <summary>True when nothing is to be done. Needs no lock.</summary>
    /// <exception cref="OpenCodeException">StoreUnavailable: the database is of a newer schema.</exception>
    public static bool IsCurrent(SqliteSession session, string file)
    {
        var version = Version(session);
        if (version > Newest)
        {
            throw new OpenCodeException(
                OpenCodeError.StoreUnavailable,
                string.Create(CultureInfo.InvariantCulture, $"The database '{file}' has schema {version}; this version of OpenCode knows schemas up to {Newest} and does not touch it. Update the module on this machine."),
                file);
        }

        return version == Newest;
    }

    /// <summary>Applies what is missing. The caller holds the gate, so no other process of ours migrates at the same time.</summary>
    public static void Apply(SqliteSession session, string file, bool writeAheadLog)
    {
        // Others number their schemas too, so the number alone does not say that it is ours to migrate.
        if (session.Scalar("SELECT name FROM sqlite_master LIMIT 1") is string table && (Version(session) == 0 || StoreId(session) is null))
        {
            throw new OpenCodeException(OpenCodeError.StateCorrupt, $"The database '{file}' is another program's: it has '{table}' in it. It was not changed. Name another file with database.path or OPENCODE_DB_PATH.", file);
        }

        session.Run(writeAheadLog ? "PRAGMA journal_mode = WAL" : "PRAGMA journal_mode = DELETE");
        if (IsCurrent(session, file))
        {
            return;
        }

        var scripts = Scripts();
        for (var version = Version(session); version < scripts.Count; version++)
        {
            session.Run("BEGIN IMMEDIATE");
            try
            {
                session.Run(scripts[version]);
                if (version == 0)
                {
                    session.Run($"INSERT INTO meta (key, value) VALUES ('store_id', '{Guid.NewGuid():N}')");
                }

                session.Run(string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version = {version + 1}; COMMIT"));
            }
            catch
            {
                // After a full disk SQLite has rolled back by itself; a second time would hide why.
                if (SQLitePCL.raw.sqlite3_get_autocommit(session.Handle) == 0)
                {
                    session.Run("ROLLBACK");
                }

                throw;
            }
        }
    }

    /// <summary>The id a registry has; null when the database is none.</summary>
    public static string? StoreId(SqliteSession session) =>
        session.Scalar("SELECT 1 FROM sqlite_master WHERE name = 'meta'") is null ? null : session.Scalar("SELECT value FROM meta WHERE key = 'store_id'") as string;

    private static int Version(SqliteSession session) => (int)session.Prepare("PRAGMA user_version").One(static row => row.Integer(0));

    private static List<string> Scripts()
    {
        var assembly = typeof(SqliteMigrations).Assembly;
        return [.. assembly.GetManifestResourceNames().Where(n => n.EndsWith(".sql", StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select(Read)];

        string Read(string name)
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            return reader.ReadToEnd();
        }
    }
}

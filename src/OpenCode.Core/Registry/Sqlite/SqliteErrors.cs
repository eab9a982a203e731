using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace OpenCode.Registry.Sqlite;

/// <summary>From SQLite's result codes to the error vocabulary.</summary>
internal static class SqliteErrors
{
    /// <summary>Throws for anything but success.</summary>
    public static void Check(sqlite3 database, int result)
    {
        if (result != raw.SQLITE_OK)
        {
            throw Of(database, result);
        }
    }

    /// <summary>The exception for a result code, with SQLite's own words.</summary>
    public static SqliteException Of(sqlite3 database, int result) =>
        new(raw.sqlite3_errmsg(database).utf8_to_string(), result & 0xFF, raw.sqlite3_extended_errcode(database));

    /// <summary>The product's error for one of SQLite's.</summary>
    public static OpenCodeException Translate(SqliteException cause, string databaseFile)
    {
        var (error, sentence) = cause.SqliteErrorCode switch
        {
            raw.SQLITE_BUSY or raw.SQLITE_LOCKED => (OpenCodeError.StoreUnavailable, "is locked by another program, and did not become free within the limit of 5 s. Close the program that has it open for writing, then repeat"),
            raw.SQLITE_FULL => (OpenCodeError.StoreUnavailable, "could not be written: the disk is full. Free some space, then repeat; nothing of the change was kept"),
            raw.SQLITE_READONLY => (OpenCodeError.StoreUnavailable, "cannot be written. Check the permissions of the file and its folder"),
            raw.SQLITE_CANTOPEN => (OpenCodeError.StoreUnavailable, "cannot be opened. Check that its folder exists and can be written"),
            raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB => (OpenCodeError.StateCorrupt, "is damaged or not a database. Keep the file, and restore it from a backup"),
            raw.SQLITE_IOERR => (OpenCodeError.StoreUnavailable, "could not be read or written. Check the disk"),
            _ => (OpenCodeError.StoreUnavailable, "refused the operation"),
        };
        return new OpenCodeException(error, $"The database '{databaseFile}' {sentence} (SQLite: {cause.Message.TrimEnd('.')}).", databaseFile, cause);
    }
}

using System.Runtime.InteropServices;

namespace OpenCode.Registry.Sqlite;

/// <summary>
/// SQLite's functions for a prepared statement (https://sqlite.org/c3ref/stmt.html), from the library that SQLitePCLRaw brings and has loaded. A write calls hundreds of them, and
/// SQLitePCLRaw's own form of each counts a handle up and down and finds its provider through an interface.
/// </summary>
/// <remarks>
/// What sets or reads one value neither waits nor calls back, so it is called without telling the garbage collector (SuppressGCTransition); texts of more than <see cref="ShortText"/> bytes are not
/// copied that way. The caller keeps the statement alive.
/// </remarks>
internal static unsafe partial class NativeStatement
{
    /// <summary>The most bytes that are copied while a garbage collection would have to wait.</summary>
    public const int ShortText = 4_096;

    /// <summary>SQLite copies what it is given (SQLITE_TRANSIENT).</summary>
    public const nint Copied = -1;

    private const string Library = "e_sqlite3";

    [LibraryImport(Library, EntryPoint = "sqlite3_step")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int Step(nint statement);

    [LibraryImport(Library, EntryPoint = "sqlite3_reset")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int Reset(nint statement);

    [LibraryImport(Library, EntryPoint = "sqlite3_bind_int64")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [SuppressGCTransition]
    public static partial int Bind(nint statement, int index, long value);

    [LibraryImport(Library, EntryPoint = "sqlite3_bind_null")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [SuppressGCTransition]
    public static partial int BindNull(nint statement, int index);

    [LibraryImport(Library, EntryPoint = "sqlite3_bind_text")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [SuppressGCTransition]
    public static partial int BindShortText(nint statement, int index, byte* utf8, int length, nint copied);

    [LibraryImport(Library, EntryPoint = "sqlite3_bind_text")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int BindText(nint statement, int index, byte* utf8, int length, nint copied);

    [LibraryImport(Library, EntryPoint = "sqlite3_bind_blob")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int BindBytes(nint statement, int index, byte* bytes, int length, nint copied);

    [LibraryImport(Library, EntryPoint = "sqlite3_column_type")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [SuppressGCTransition]
    public static partial int Type(nint statement, int column);

    [LibraryImport(Library, EntryPoint = "sqlite3_column_int64")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [SuppressGCTransition]
    public static partial long Integer(nint statement, int column);

    [LibraryImport(Library, EntryPoint = "sqlite3_column_blob")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial byte* Bytes(nint statement, int column);

    [LibraryImport(Library, EntryPoint = "sqlite3_column_bytes")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [SuppressGCTransition]
    public static partial int Length(nint statement, int column);
}

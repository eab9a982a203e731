using System.Text;
using Microsoft.Data.Sqlite;
using OpenCode.Configuration;
using OpenCode.Registry.Sqlite;

namespace OpenCode.Tests.Unit.Registry;

/// <summary>What is bound comes back, whichever of SQLite's functions it goes through.</summary>
public sealed class StatementTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("oc-statement-");
    private readonly SqliteSession _session;

    public StatementTests()
    {
        _session = SqliteSession.Writing(new OpenCodeConfiguration { DataRoot = _folder.FullName });
        _session.Prepare("CREATE TABLE kept (n INTEGER PRIMARY KEY, value)").Run();
    }

    public static TheoryData<string?> SomeTexts => new(
        null, "", "a", "with\0a zero\0", "ä€\U0001F600", new string('x', 256), new string('€', 256), new string('x', 257), new string('x', NativeStatement.ShortText), new string('ä', NativeStatement.ShortText), new string('x', 3_000_000));

    [Theory]
    [MemberData(nameof(SomeTexts))]
    public void Text_comes_back_as_it_was_bound(string? text)
    {
        Insert(s => s.Bind(text));
        Assert.Equal(text, _session.Prepare("SELECT value FROM kept").One(r => r.TextOrNull(0)));
        // Kept as text, in as many bytes: a blob, or one that ends at its first zero, would be found by nobody who compares.
        Assert.Equal(text is null ? "null -1" : $"text {Encoding.UTF8.GetByteCount(text)}", _session.Prepare("SELECT typeof(value) || ' ' || coalesce(length(CAST(value AS BLOB)), -1) FROM kept").One(r => r.Text(0)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5_000)]
    public void Bytes_come_back_as_they_were_bound(int length)
    {
        var bytes = Enumerable.Range(0, length).Select(i => (byte)i).ToArray();
        Insert(s => s.Bind(bytes));
        Assert.Equal(bytes, _session.Prepare("SELECT value FROM kept").One(r => r.Bytes(0)));
        Assert.Equal("blob", _session.Prepare("SELECT typeof(value) FROM kept").One(r => r.Text(0)));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0L)]
    [InlineData(long.MinValue)]
    [InlineData(long.MaxValue)]
    public void Number_comes_back_as_it_was_bound(long? number)
    {
        Insert(s => s.Bind(number));
        Assert.Equal(number, _session.Prepare("SELECT value FROM kept").One(r => r.IntegerOrNull(0)));
    }

    [Fact]
    public void What_SQLite_refuses_is_told_in_its_words_and_leaves_the_statement_usable()
    {
        const string Twice = "INSERT INTO kept (n, value) VALUES (?, ?)";
        _session.Prepare(Twice).Bind(1).Bind("first").Run();
        var error = Assert.Throws<SqliteException>(() => _session.Prepare(Twice).Bind(1).Bind("again").Run());
        Assert.Equal((SQLitePCL.raw.SQLITE_CONSTRAINT, SQLitePCL.raw.SQLITE_CONSTRAINT_PRIMARYKEY), (error.SqliteErrorCode, error.SqliteExtendedErrorCode));
        Assert.Contains("UNIQUE constraint failed: kept.n", error.Message);
        _session.Prepare(Twice).Bind(2).Bind("second").Run();
        Assert.Equal(["first", "second"], _session.Prepare("SELECT value FROM kept ORDER BY n").All(r => r.Text(0)));
        Assert.Throws<SqliteException>(() => _session.Prepare("SELECT value FROM kept").Bind(1)); // it has nothing to bind
    }

    [Fact]
    public void Statement_that_is_disposed_of_is_refused_and_reads_nothing_that_is_gone()
    {
        Insert(s => s.Bind("kept"));
        var statement = _session.Prepare("SELECT value, ? FROM kept");
        Assert.True(statement.Bind(1).Step());
        statement.Dispose();
        Assert.Equal((0, true, ""), (statement.Integer(0), statement.IsNull(0), statement.Text(0)));
        Assert.Throws<SqliteException>(() => statement.Step());
        Assert.Throws<SqliteException>(() => statement.Bind(1));
        Assert.Throws<SqliteException>(() => statement.Bind("a"));
    }

    public void Dispose()
    {
        _session.Dispose();
        _folder.Delete(true);
    }

    private void Insert(Action<Statement> bind)
    {
        var statement = _session.Prepare("INSERT INTO kept (value) VALUES (?)");
        bind(statement);
        statement.Run();
    }
}

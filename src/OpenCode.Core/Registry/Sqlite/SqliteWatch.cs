using OpenCode.Common;

namespace OpenCode.Registry.Sqlite;

/// <summary>
/// Watches the database for commits. Those of this process are told by its door at once; those of others are asked for with
/// <c>PRAGMA data_version</c>, which differs on a connection as soon as another one has committed. It costs one look at the shared
/// memory of the write-ahead log, and unlike a notification about the log's file it is never missed or late.
/// </summary>
/// <param name="session">A connection of the watch's own; nothing is written through it.</param>
/// <param name="door">The door of this process.</param>
/// <param name="clock">The clock of pauses and limits.</param>
/// <param name="databaseFile">The database, for errors.</param>
internal sealed class SqliteWatch(SqliteSession session, SqliteDoor door, TimeProvider clock, string databaseFile) : ICommitWatch
{
    // Quick after a change, because changes come in groups; slow enough for hours of waiting.
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(50);

    private long _seen = Version(session, databaseFile);

    /// <inheritdoc />
    public async ValueTask<bool> ChangedAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        for (var pause = ShortestPause; ; pause = Shorter(pause * 1.5, LongestPause))
        {
            cancellationToken.ThrowIfCancellationRequested();
            // Taken before the look: a commit between the look and the wait has completed it by then.
            var committed = door.NextCommit;
            var version = Version(session, databaseFile);
            if (version != _seen)
            {
                _seen = version;
                return true;
            }

            var left = limit - clock.GetElapsedTime(started);
            if (left <= TimeSpan.Zero)
            {
                return false;
            }

            using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await Task.WhenAny(committed, Task.Delay(Shorter(pause, left), clock, over.Token)).ConfigureAwait(false);
            await over.CancelAsync().ConfigureAwait(false);
        }
    }

    /// <inheritdoc />
    public void Dispose() => session.Dispose();

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private static long Version(SqliteSession session, string databaseFile)
    {
        try
        {
            return session.Prepare("PRAGMA data_version").One(r => r.Integer(0));
        }
        catch (Microsoft.Data.Sqlite.SqliteException e)
        {
            throw SqliteErrors.Translate(e, databaseFile);
        }
    }
}

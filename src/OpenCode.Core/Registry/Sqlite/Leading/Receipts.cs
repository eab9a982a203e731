namespace OpenCode.Registry.Sqlite.Leading;

/// <summary>What was committed for followers, in the same transaction: who did not hear the answer finds it here, and who finds none knows that nothing was made.</summary>
internal static class Receipts
{
    /// <summary>A follower that was not answered looks within moments; the receipts of those that died are kept no longer than this.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromHours(24);

    /// <summary>Keeps the answers to a follower's frame in the place of those to the one before.</summary>
    public static void Keep(SqliteSession session, long follower, long frame, ReadOnlySpan<byte> answers, DateTimeOffset now) =>
        session.Prepare("INSERT INTO receipts (follower, frame, answers, at) VALUES (?, ?, ?, ?) ON CONFLICT (follower) DO UPDATE SET frame = excluded.frame, answers = excluded.answers, at = excluded.at")
            .Bind(follower).Bind(frame).Bind(answers).Bind(now).Run();

    /// <summary>The answers to a frame; null when it was not executed.</summary>
    public static byte[]? Find(SqliteSession session, long follower, long frame) =>
        session.Prepare("SELECT answers FROM receipts WHERE follower = ? AND frame = ?").Bind(follower).Bind(frame).One(r => r.Bytes(0));

    /// <summary>Forgets a follower that has gone.</summary>
    public static void Forget(SqliteSession session, long follower) => session.Prepare("DELETE FROM receipts WHERE follower = ?").Bind(follower).Run();

    /// <summary>Forgets those that nobody can ask for any more.</summary>
    public static void ForgetOld(SqliteSession session, DateTimeOffset now) => session.Prepare("DELETE FROM receipts WHERE at < ?").Bind(now - Kept).Run();
}

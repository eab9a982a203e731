namespace OpenCode.Registry.Sqlite;

/// <summary>
/// The counters of leases during a write transaction. Nearly every write moves them; here they move in memory, and one statement writes what many writes made of them.
/// </summary>
/// <param name="session">The writer's connection.</param>
internal sealed class LeaseCounters(SqliteSession session)
{
    /// <summary>Reads the last fence.</summary>
    public const string SelectLastFence = "SELECT last_fence FROM lease_book" + OfAll;

    private const string OfAll = " WHERE resource = '' AND fence = 0";

    private const string Due = "due = CASE WHEN ?2 < due OR due IS NULL THEN ?2 ELSE due END";

    // What one write alone moves is one of these.
    private const string WriteGiven = "UPDATE lease_book SET last_fence = last_fence + ?1, " + Due + OfAll;

    private const string WriteEnded = "UPDATE lease_book SET ended = ended + ?1, lost = lost + ?2, held = held + ?3" + OfAll;

    private const string WriteAll = "UPDATE lease_book SET last_fence = last_fence + ?1, " + Due + ", ended = ended + ?3, lost = lost + ?4, held = held + ?5, conflicts = conflicts + ?6" + OfAll;

    private const string WriteDue = "UPDATE lease_book SET due = ?1" + OfAll + " AND (due IS NULL OR due > ?1)";

    /// <summary>The last fence as it is stored, once it was read.</summary>
    public long? LastFence { get; set; }

    /// <summary>What has been counted and is not written.</summary>
    public Counted Unwritten { get; private set; }

    /// <summary>The next fence.</summary>
    public long NextFence()
    {
        // Not RETURNING: SQLite makes a table for what is returned, and for that takes a hundred kilobytes from the system and gives them back, each time.
        LastFence ??= session.Prepare(SelectLastFence).One<long?>(r => r.Integer(0))
            ?? throw new OpenCodeException(OpenCodeError.StateCorrupt, "The registry has lost its fence counter. Restore the database from a backup.");
        Unwritten = Unwritten with { Fences = Unwritten.Fences + 1 };
        return LastFence.Value + Unwritten.Fences;
    }

    /// <summary>Notes a time at which a lease may be over. The noted time never comes after the end of a lease; that it may come before, when one was lengthened or given back, costs one look.</summary>
    public void NoteEnd(DateTimeOffset? end)
    {
        if (end is not null && !(Unwritten.Due <= end))
        {
            Unwritten = Unwritten with { Due = end };
        }
    }

    /// <summary>Counts leases that ended.</summary>
    public void CountEnded(int ended, int lost, TimeSpan held) => Unwritten = Unwritten with
    {
        Ended = Unwritten.Ended + ended,
        Lost = Unwritten.Lost + lost,
        Held = Unwritten.Held + (long)held.TotalMilliseconds,
    };

    /// <summary>Counts requests that met a holder.</summary>
    public void CountConflicts(long count) => Unwritten = Unwritten with { Conflicts = Unwritten.Conflicts + count };

    /// <summary>Puts back what was counted before something that is refused now, and of which nothing was written.</summary>
    public void PutBack(Counted before) => (Unwritten, LastFence) = (before, null);

    /// <summary>Finds out anew when the next lease may be over.</summary>
    public void NoteNextEnd()
    {
        Flush(); // what was noted before is of leases that are looked at now
        session.Prepare("UPDATE lease_book SET due = (SELECT min(expires_at) FROM leases)" + OfAll).Run();
    }

    /// <summary>Writes what was counted. Before anything is committed, and before a savepoint ends.</summary>
    public void Flush()
    {
        if (Unwritten == default)
        {
            return;
        }

        var (fences, due, ended, lost, held, conflicts) = Unwritten;
        if (Unwritten == new Counted { Due = due })
        {
            session.Prepare(WriteDue).Bind(due).Run(); // a lease that was renewed: nothing to write, as a rule
        }
        else if (Unwritten == new Counted { Fences = fences, Due = due })
        {
            session.Prepare(WriteGiven).Bind(fences).Bind(due).Run();
        }
        else if (Unwritten == new Counted { Ended = ended, Lost = lost, Held = held })
        {
            session.Prepare(WriteEnded).Bind(ended).Bind(lost).Bind(held).Run();
        }
        else
        {
            session.Prepare(WriteAll).Bind(fences).Bind(due).Bind(ended).Bind(lost).Bind(held).Bind(conflicts).Run();
        }

        LastFence += fences;
        Unwritten = default;
    }

    /// <summary>What has moved.</summary>
    /// <param name="Fences">Fences given out.</param>
    /// <param name="Due">The earliest end that was noted.</param>
    /// <param name="Ended">Leases that ended.</param>
    /// <param name="Lost">Of them, those that were lost.</param>
    /// <param name="Held">How long they were held together, in milliseconds.</param>
    /// <param name="Conflicts">Requests that met a holder.</param>
    public readonly record struct Counted(long Fences, DateTimeOffset? Due, long Ended, long Lost, long Held, long Conflicts);
}

-- Fewer pages for every lease that is given and ended: each index is a page to be written, and so is each table of counters.

-- When a lease ends is looked for only once its time may have come (lease_counters.due); who holds what is asked seldom, and leases are few.
DROP INDEX leases_by_expiry;
DROP INDEX leases_by_owner;

-- One row: the last fence of the store, the earliest time at which a lease may be over, and what became of leases so far. Times are milliseconds.
-- One counter for every fence: a fence grows for its resource, also when a task is deleted and its id used again.
ALTER TABLE lock_totals RENAME TO lease_counters;
ALTER TABLE lease_counters ADD COLUMN fence INTEGER NOT NULL DEFAULT 0;
-- No lease ends before; null when none has an end.
ALTER TABLE lease_counters ADD COLUMN due INTEGER;

UPDATE lease_counters SET fence = (SELECT value FROM counters WHERE name = 'fence'), due = (SELECT min(expires_at) FROM leases);
DELETE FROM counters WHERE name = 'fence';

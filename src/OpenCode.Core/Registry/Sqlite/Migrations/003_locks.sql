-- Locks on resources: leases that end with their process, those who wait for one, and what became of them.

-- 1: the lease ends with its process. Claims on hooks always did; agents' leases never do.
ALTER TABLE leases ADD COLUMN bound INTEGER NOT NULL DEFAULT 0;
UPDATE leases SET bound = 1 WHERE resource >= 'hooks:' AND resource < 'hooks;';
-- The ticket of the request that waited for it.
ALTER TABLE leases ADD COLUMN ticket INTEGER;
CREATE INDEX leases_by_ticket ON leases (ticket) WHERE ticket IS NOT NULL;
-- When the holder was heard of last, and what it said of its progress.
ALTER TABLE leases ADD COLUMN seen_at INTEGER;
ALTER TABLE leases ADD COLUMN progress TEXT;

-- Who waits for a resource, in the order of their coming. A request for several resources has a row for each, with the same ticket, and holds none while it waits.
CREATE TABLE waiters (
    resource        TEXT    NOT NULL,
    ticket          INTEGER NOT NULL,
    owner           TEXT    NOT NULL,
    mode            INTEGER NOT NULL,
    duration        INTEGER NOT NULL,
    bound           INTEGER NOT NULL,
    since           INTEGER NOT NULL,
    until           INTEGER NOT NULL,
    host            TEXT    NOT NULL,
    process_id      INTEGER NOT NULL,
    process_started TEXT    NOT NULL,
    PRIMARY KEY (resource, ticket)
) WITHOUT ROWID;

CREATE INDEX waiters_by_ticket ON waiters (ticket);

-- One row: what became of leases so far. Times are milliseconds.
CREATE TABLE lock_totals (
    id        INTEGER PRIMARY KEY CHECK (id = 1),
    ended     INTEGER NOT NULL,
    lost      INTEGER NOT NULL,
    held      INTEGER NOT NULL,
    conflicts INTEGER NOT NULL,
    waits     INTEGER NOT NULL
);

-- How long ended leases were held is known from here on; agents that were lost were counted before.
INSERT INTO lock_totals (id, ended, lost, held, conflicts, waits) SELECT 1, 0, value, 0, 0, 0 FROM counters WHERE name = 'lost';
DELETE FROM counters WHERE name = 'lost';

-- The times of the last 1,000 requests that waited.
CREATE TABLE lock_waits (
    slot   INTEGER PRIMARY KEY,
    waited INTEGER NOT NULL
);

-- A lease and the counters that move with it are in one table, in the order of resources, with the counters first: as long as leases are few, whatever becomes
-- of one writes one page and not two. Readers see what they saw before, by views.

CREATE TABLE lease_book (
    resource        TEXT    NOT NULL, -- '' for the counters; no resource is called so
    fence           INTEGER NOT NULL,
    owner           TEXT    NOT NULL,
    mode            INTEGER NOT NULL,
    acquired_at     INTEGER NOT NULL,
    expires_at      INTEGER,
    duration        INTEGER,
    host            TEXT    NOT NULL,
    process_id      INTEGER NOT NULL,
    process_started TEXT    NOT NULL,
    bound           INTEGER NOT NULL,
    ticket          INTEGER,
    seen_at         INTEGER,
    progress        TEXT,
    -- What follows only the counters have: the last fence of the store, the earliest time at which a lease may be over, and what became of leases so far.
    last_fence      INTEGER,
    due             INTEGER,
    ended           INTEGER,
    lost            INTEGER,
    held            INTEGER,
    conflicts       INTEGER,
    waits           INTEGER,
    PRIMARY KEY (resource, fence)
) WITHOUT ROWID;

INSERT INTO lease_book (resource, fence, owner, mode, acquired_at, host, process_id, process_started, bound, last_fence, due, ended, lost, held, conflicts, waits)
    SELECT '', 0, '', 0, 0, '', 0, '', 0, fence, due, ended, lost, held, conflicts, waits FROM lease_counters;
INSERT INTO lease_book (resource, fence, owner, mode, acquired_at, expires_at, duration, host, process_id, process_started, bound, ticket, seen_at, progress)
    SELECT resource, fence, owner, mode, acquired_at, expires_at, duration, host, process_id, process_started, bound, ticket, seen_at, progress FROM leases;
DROP TABLE leases;
DROP TABLE lease_counters;

CREATE INDEX leases_by_ticket ON lease_book (ticket) WHERE ticket IS NOT NULL;

CREATE VIEW leases AS
    SELECT resource, fence, owner, mode, acquired_at, expires_at, duration, host, process_id, process_started, bound, ticket, seen_at, progress FROM lease_book WHERE resource > '';
CREATE VIEW lease_counters AS
    SELECT last_fence AS fence, due, ended, lost, held, conflicts, waits FROM lease_book WHERE resource = '' AND fence = 0;

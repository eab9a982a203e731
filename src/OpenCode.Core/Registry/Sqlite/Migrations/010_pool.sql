-- Containers that are kept ready for tasks. One that a task takes is from then on in the task's row, in the same transaction.
CREATE TABLE pool (
    id              TEXT PRIMARY KEY,
    container_name  TEXT    NOT NULL,
    container_id    TEXT,
    image           TEXT    NOT NULL,
    -- What exactly it is: a digest of the engine, the image's id there and the whole profile.
    fingerprint     TEXT    NOT NULL,
    -- Its limit of memory in MiB.
    memory          INTEGER NOT NULL,
    -- 0 is being made, 1 ready, 2 to be removed.
    state           INTEGER NOT NULL,
    -- Who keeps it, or removes it.
    host            TEXT    NOT NULL,
    process_id      INTEGER NOT NULL,
    process_started TEXT    NOT NULL
) WITHOUT ROWID;

-- What the container was in the pool, by which the engine's label names it; NULL for one that was made for its task.
ALTER TABLE sandboxes ADD COLUMN pool TEXT;
ALTER TABLE deletions ADD COLUMN pool TEXT;

-- How many new sandboxes were taken from a pool, and how many had to be made although one was kept.
INSERT INTO counters (name, value) VALUES ('pool_hits', 0), ('pool_misses', 0);

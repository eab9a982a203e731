-- Which task waits for which, and what is ready to be started.

CREATE TABLE dependencies (
    task_n   INTEGER NOT NULL, -- the one that waits
    position INTEGER NOT NULL, -- the order in which its dependencies were given
    on_n     INTEGER NOT NULL, -- what it waits for
    PRIMARY KEY (task_n, position)
) WITHOUT ROWID;

CREATE UNIQUE INDEX dependencies_by_on ON dependencies (on_n, task_n);

-- The ids it depends on, one a line, beside the table that has them by number: a task is read without a join.
ALTER TABLE tasks ADD COLUMN depends_on TEXT;
-- How many of them are not Completed. Kept by every change of one of them, in its transaction.
ALTER TABLE tasks ADD COLUMN unfinished INTEGER NOT NULL DEFAULT 0;

-- Pending and waiting for nothing, in the order in which tasks are to be taken. Holds no other task, so it stays small. The owner is
-- there to be counted and passed over without a look at the task: five times as fast.
CREATE INDEX tasks_ready ON tasks (priority DESC, n, owner) WHERE status = 0 AND unfinished = 0;

-- Agents' leases that ended without them, counted from here on; before, the journal tells.
INSERT INTO counters (name, value) SELECT 'lost', count(*) FROM journal WHERE kind = 4;

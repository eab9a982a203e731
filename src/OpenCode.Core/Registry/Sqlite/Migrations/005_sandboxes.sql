-- What becomes of sandboxes: what a process is at with one is written down before the engine is asked, so that the next process can finish it.

-- 0 planned, 1 present, 2 suspended, 3 stopped: as it was when a process last knew.
ALTER TABLE sandboxes ADD COLUMN state INTEGER NOT NULL DEFAULT 0;
-- What is being done to it (1 create, 2 suspend, 3 resume, 4 remove, 5 configure); NULL nothing. And by whom; NULL when that one gave up.
ALTER TABLE sandboxes ADD COLUMN deed INTEGER;
ALTER TABLE sandboxes ADD COLUMN host TEXT;
ALTER TABLE sandboxes ADD COLUMN process_id INTEGER;
ALTER TABLE sandboxes ADD COLUMN process_started TEXT;
-- 0 none, 1 internal, 2 bridge.
ALTER TABLE sandboxes ADD COLUMN network INTEGER NOT NULL DEFAULT 0;
-- Limits of its own; NULL takes the configured ones.
ALTER TABLE sandboxes ADD COLUMN memory INTEGER;
ALTER TABLE sandboxes ADD COLUMN cpu_shares INTEGER;
ALTER TABLE sandboxes ADD COLUMN pids_limit INTEGER;

UPDATE sandboxes SET state = 1 WHERE container_id IS NOT NULL;
UPDATE sandboxes SET deed = 1 WHERE container_id IS NULL;

-- Who watches a command. A command whose watcher is dead is ended by the next process.
ALTER TABLE executions ADD COLUMN ended INTEGER NOT NULL DEFAULT 1;
ALTER TABLE executions ADD COLUMN host TEXT;
ALTER TABLE executions ADD COLUMN process_id INTEGER;
ALTER TABLE executions ADD COLUMN process_started TEXT;

CREATE INDEX executions_open ON executions (id) WHERE ended = 0;

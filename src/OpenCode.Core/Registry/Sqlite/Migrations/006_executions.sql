-- How a command stands is said in a word, and its end may be asked for by a process that does not run it.

-- 1 exited, 2 timed out, 3 cancelled, 4 failed, 5 lost. NULL for what ended before this was kept: the exit code tells then.
ALTER TABLE executions ADD COLUMN status INTEGER;
-- Why there is no exit code.
ALTER TABLE executions ADD COLUMN reason TEXT;
-- Why it is to be ended; NULL while nobody wants that.
ALTER TABLE executions ADD COLUMN cancel TEXT;

-- A command may outlive the request that asked for it: over the network, only who asked for it is told of it afterwards.

-- Who asked for it, where clients are known; NULL elsewhere.
ALTER TABLE executions ADD COLUMN asked_by TEXT;
-- When its end was recorded; NULL while it runs, and for what ended before this was kept.
ALTER TABLE executions ADD COLUMN ended_at INTEGER;

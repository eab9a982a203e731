-- Who waits for room for a sandbox, in the order of their coming.
CREATE TABLE room_line (
    ticket          INTEGER PRIMARY KEY AUTOINCREMENT,
    task_n          INTEGER NOT NULL,
    until           INTEGER NOT NULL,
    host            TEXT    NOT NULL,
    process_id      INTEGER NOT NULL,
    process_started TEXT    NOT NULL
);

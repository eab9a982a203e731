-- The registry: identity, status, version, agents, leases and the journal. Times are milliseconds since 1970 (UTC).

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE counters (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) WITHOUT ROWID;

-- One counter for every fence of the store: a fence grows for its resource, also when a task is deleted and its id used again.
INSERT INTO counters (name, value) VALUES ('fence', 0);
-- Tasks up to this number are in the full-text index; later ones join it before the next search.
INSERT INTO counters (name, value) VALUES ('indexed', 0);

CREATE TABLE tasks (
    n             INTEGER PRIMARY KEY AUTOINCREMENT,
    id            TEXT    NOT NULL UNIQUE,
    name          TEXT    NOT NULL,
    description   TEXT,
    status        INTEGER NOT NULL,
    mode          INTEGER NOT NULL,
    owner         TEXT    NOT NULL,
    agents        TEXT,
    priority      INTEGER NOT NULL,
    metadata      TEXT    NOT NULL,
    result        TEXT,
    error         TEXT,
    version       INTEGER NOT NULL,
    attempt       INTEGER NOT NULL,
    image         TEXT,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    started_at    INTEGER,
    finished_at   INTEGER,
    last_seq      INTEGER NOT NULL,
    projected_seq INTEGER NOT NULL,
    changed_by    TEXT    NOT NULL,
    checkpoint_id TEXT
);

CREATE INDEX tasks_by_status ON tasks (status);
CREATE INDEX tasks_by_owner ON tasks (owner);
CREATE INDEX tasks_by_created ON tasks (created_at);
CREATE INDEX tasks_unprojected ON tasks (n) WHERE projected_seq < last_seq;

CREATE TABLE journal (
    task_n     INTEGER NOT NULL,
    seq        INTEGER NOT NULL,
    version    INTEGER NOT NULL,
    status     INTEGER NOT NULL,
    kind       INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    level      INTEGER NOT NULL,
    message    TEXT    NOT NULL,
    data       TEXT,
    state_data TEXT,
    PRIMARY KEY (task_n, seq)
) WITHOUT ROWID;

CREATE TABLE leases (
    resource        TEXT    NOT NULL,
    fence           INTEGER NOT NULL,
    owner           TEXT    NOT NULL,
    mode            INTEGER NOT NULL,
    acquired_at     INTEGER NOT NULL,
    expires_at      INTEGER,
    duration        INTEGER,
    host            TEXT    NOT NULL,
    process_id      INTEGER NOT NULL,
    process_started TEXT    NOT NULL,
    PRIMARY KEY (resource, fence)
) WITHOUT ROWID;

CREATE INDEX leases_by_expiry ON leases (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX leases_by_owner ON leases (owner);

CREATE TABLE checkpoints (
    id     TEXT PRIMARY KEY,
    task_n INTEGER NOT NULL,
    at     INTEGER NOT NULL,
    seq    INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX checkpoints_by_task ON checkpoints (task_n, id);

CREATE TABLE sandboxes (
    task_n         INTEGER PRIMARY KEY,
    container_name TEXT NOT NULL,
    container_id   TEXT,
    image          TEXT NOT NULL
);

CREATE TABLE executions (
    id         TEXT PRIMARY KEY,
    task_n     INTEGER NOT NULL,
    agent      TEXT,
    command    TEXT    NOT NULL,
    exit_code  INTEGER,
    stdout     TEXT    NOT NULL,
    stderr     TEXT    NOT NULL,
    truncated  INTEGER NOT NULL,
    timed_out  INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    duration   INTEGER
);

CREATE INDEX executions_by_task ON executions (task_n, id);

CREATE TABLE deletions (
    task_id        TEXT PRIMARY KEY,
    container_name TEXT
) WITHOUT ROWID;

CREATE TABLE requests (
    key             TEXT PRIMARY KEY,
    tool            TEXT    NOT NULL,
    arguments_hash  TEXT    NOT NULL,
    planned_id      TEXT    NOT NULL,
    response        TEXT,
    host            TEXT    NOT NULL,
    process_id      INTEGER NOT NULL,
    process_started TEXT    NOT NULL,
    at              INTEGER NOT NULL
);

CREATE INDEX requests_by_time ON requests (at);

CREATE VIRTUAL TABLE tasks_text USING fts5 (name, description, metadata, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2');

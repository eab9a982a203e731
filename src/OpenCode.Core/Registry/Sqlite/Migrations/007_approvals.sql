-- What clients want to do and a person has to approve first. Each is answered once, used once, and ends by its time.
CREATE TABLE approvals (
    id           TEXT PRIMARY KEY,
    -- What exactly is asked for: a digest of the caller, the tool and its arguments.
    subject      TEXT    NOT NULL,
    task_id      TEXT    NOT NULL,
    tool         TEXT    NOT NULL,
    question     TEXT    NOT NULL,
    requested_by TEXT    NOT NULL,
    -- 0 waiting, 1 approved, 2 denied, 3 used.
    status       INTEGER NOT NULL,
    requested_at INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    answered_at  INTEGER,
    answered_by  TEXT
) WITHOUT ROWID;

CREATE INDEX approvals_by_subject ON approvals (subject, expires_at);
CREATE INDEX approvals_by_expiry ON approvals (expires_at);

-- What a process that writes for others has committed for each of them last, with the answer: who did not hear it finds it here.
CREATE TABLE receipts (
    follower    INTEGER PRIMARY KEY,
    frame       INTEGER NOT NULL,
    answers     BLOB    NOT NULL,
    at          INTEGER NOT NULL
);

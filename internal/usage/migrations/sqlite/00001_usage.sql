-- +goose Up
-- A subject is what is counted: a token under a version, an API, an operation of a token ...
-- Rollups name it by a small number, which keeps a row of theirs under 100 bytes.
CREATE TABLE usage_subject (
    id      INTEGER PRIMARY KEY,
    tenant  BLOB    NOT NULL,
    kind    INTEGER NOT NULL,
    subject BLOB    NOT NULL,
    part    BLOB    NOT NULL,
    UNIQUE (tenant, kind, subject, part)
);

-- at counts minutes, hours or days since 1970 in UTC; cell is cell.go's encoding.
CREATE TABLE usage_minute (subject INTEGER NOT NULL, at INTEGER NOT NULL, cell BLOB NOT NULL, PRIMARY KEY (subject, at)) WITHOUT ROWID;
CREATE TABLE usage_hour   (subject INTEGER NOT NULL, at INTEGER NOT NULL, cell BLOB NOT NULL, PRIMARY KEY (subject, at)) WITHOUT ROWID;
CREATE TABLE usage_day    (subject INTEGER NOT NULL, at INTEGER NOT NULL, cell BLOB NOT NULL, PRIMARY KEY (subject, at)) WITHOUT ROWID;

-- Who called with a token: one row per token, address and hour. Times are microseconds since 1970.
CREATE TABLE usage_caller (
    tenant BLOB    NOT NULL,
    token  BLOB    NOT NULL,
    hour   INTEGER NOT NULL,
    ip     BLOB    NOT NULL,
    calls  INTEGER NOT NULL,
    last   INTEGER NOT NULL,
    agent  TEXT    NOT NULL,
    PRIMARY KEY (tenant, token, hour, ip)
) WITHOUT ROWID;
CREATE INDEX usage_caller_hour ON usage_caller (hour);

CREATE TABLE usage_last (
    tenant BLOB    NOT NULL,
    token  BLOB    NOT NULL,
    at     INTEGER NOT NULL,
    ip     BLOB    NOT NULL,
    agent  TEXT    NOT NULL,
    PRIMARY KEY (tenant, token)
) WITHOUT ROWID;

-- Blocks of the request log; small ones are merged into larger ones, level by level.
CREATE TABLE usage_block (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant  BLOB    NOT NULL,
    level   INTEGER NOT NULL,
    first   INTEGER NOT NULL,
    last    INTEGER NOT NULL,
    records INTEGER NOT NULL,
    data    BLOB    NOT NULL
);
CREATE INDEX usage_block_tenant ON usage_block (tenant, last);
CREATE INDEX usage_block_level ON usage_block (tenant, level, id) WHERE level < 3;
CREATE INDEX usage_block_last ON usage_block (last);

-- Which blocks hold calls of a token (a subject).
CREATE TABLE usage_block_token (subject INTEGER NOT NULL, last INTEGER NOT NULL, block INTEGER NOT NULL, first INTEGER NOT NULL, PRIMARY KEY (subject, last, block)) WITHOUT ROWID;
CREATE INDEX usage_block_token_block ON usage_block_token (block);

-- How far each segment of a spool is folded in.
CREATE TABLE usage_segment (id BLOB PRIMARY KEY, done INTEGER NOT NULL, sealed INTEGER NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;

-- When somebody was counting, in seconds since 1970: outside of these a graph says "no data".
CREATE TABLE usage_watch (id INTEGER PRIMARY KEY, start INTEGER NOT NULL, finish INTEGER NOT NULL);
CREATE INDEX usage_watch_finish ON usage_watch (finish);

-- +goose Down
DROP TABLE usage_watch;
DROP TABLE usage_segment;
DROP TABLE usage_block_token;
DROP TABLE usage_block;
DROP TABLE usage_last;
DROP TABLE usage_caller;
DROP TABLE usage_day;
DROP TABLE usage_hour;
DROP TABLE usage_minute;
DROP TABLE usage_subject;

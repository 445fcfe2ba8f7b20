-- +goose Up
-- A subject is what is counted: a token under a version, an API, an operation of a token ...
-- Rollups name it by a small number, which keeps a row of theirs under 100 bytes.
CREATE TABLE usage_subject (
    id      BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant  BYTEA    NOT NULL,
    kind    SMALLINT NOT NULL,
    subject BYTEA    NOT NULL,
    part    BYTEA    NOT NULL,
    UNIQUE (tenant, kind, subject, part)
);

-- at counts minutes, hours or days since 1970 in UTC; cell is cell.go's encoding.
CREATE TABLE usage_minute (subject BIGINT NOT NULL, at BIGINT NOT NULL, cell BYTEA NOT NULL, PRIMARY KEY (subject, at));
CREATE TABLE usage_hour   (subject BIGINT NOT NULL, at BIGINT NOT NULL, cell BYTEA NOT NULL, PRIMARY KEY (subject, at));
CREATE TABLE usage_day    (subject BIGINT NOT NULL, at BIGINT NOT NULL, cell BYTEA NOT NULL, PRIMARY KEY (subject, at));

-- Who called with a token: one row per token, address and hour. Times are microseconds since 1970.
CREATE TABLE usage_caller (
    tenant BYTEA    NOT NULL,
    token  BYTEA    NOT NULL,
    hour   BIGINT NOT NULL,
    ip     BYTEA    NOT NULL,
    calls  BIGINT NOT NULL,
    last   BIGINT NOT NULL,
    agent  TEXT    NOT NULL,
    PRIMARY KEY (tenant, token, hour, ip)
);
CREATE INDEX usage_caller_hour ON usage_caller (hour);

CREATE TABLE usage_last (
    tenant BYTEA    NOT NULL,
    token  BYTEA    NOT NULL,
    at     BIGINT NOT NULL,
    ip     BYTEA    NOT NULL,
    agent  TEXT    NOT NULL,
    PRIMARY KEY (tenant, token)
);

-- Blocks of the request log; small ones are merged into larger ones, level by level.
CREATE TABLE usage_block (
    id      BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant  BYTEA    NOT NULL,
    level   SMALLINT NOT NULL,
    first   BIGINT NOT NULL,
    last    BIGINT NOT NULL,
    records BIGINT NOT NULL,
    data    BYTEA    NOT NULL
);
CREATE INDEX usage_block_tenant ON usage_block (tenant, last);
CREATE INDEX usage_block_level ON usage_block (tenant, level, id) WHERE level < 3;
CREATE INDEX usage_block_last ON usage_block (last);

-- Which blocks hold calls of a token (a subject).
CREATE TABLE usage_block_token (subject BIGINT NOT NULL, last BIGINT NOT NULL, block BIGINT NOT NULL, first BIGINT NOT NULL, PRIMARY KEY (subject, last, block));
CREATE INDEX usage_block_token_block ON usage_block_token (block);

-- How far each segment of a spool is folded in.
CREATE TABLE usage_segment (id BYTEA PRIMARY KEY, done BIGINT NOT NULL, sealed SMALLINT NOT NULL, at BIGINT NOT NULL);

-- When somebody was counting, in seconds since 1970: outside of these a graph says "no data".
CREATE TABLE usage_watch (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, start BIGINT NOT NULL, finish BIGINT NOT NULL);
CREATE INDEX usage_watch_finish ON usage_watch (finish);

-- A tenant's transaction sees its own rows; the folder, which writes everybody's, and
-- the platform see all (R49). A rollup belongs to whom its subject belongs to.
ALTER TABLE usage_subject ENABLE ROW LEVEL SECURITY; ALTER TABLE usage_subject FORCE ROW LEVEL SECURITY;
ALTER TABLE usage_caller  ENABLE ROW LEVEL SECURITY; ALTER TABLE usage_caller  FORCE ROW LEVEL SECURITY;
ALTER TABLE usage_last    ENABLE ROW LEVEL SECURITY; ALTER TABLE usage_last    FORCE ROW LEVEL SECURITY;
ALTER TABLE usage_block   ENABLE ROW LEVEL SECURITY; ALTER TABLE usage_block   FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON usage_subject USING (encode(tenant, 'hex') = replace(current_setting('gatehouse.tenant', true), '-', '') OR current_setting('gatehouse.platform', true) = 'on');
CREATE POLICY tenant ON usage_caller  USING (encode(tenant, 'hex') = replace(current_setting('gatehouse.tenant', true), '-', '') OR current_setting('gatehouse.platform', true) = 'on');
CREATE POLICY tenant ON usage_last    USING (encode(tenant, 'hex') = replace(current_setting('gatehouse.tenant', true), '-', '') OR current_setting('gatehouse.platform', true) = 'on');
CREATE POLICY tenant ON usage_block   USING (encode(tenant, 'hex') = replace(current_setting('gatehouse.tenant', true), '-', '') OR current_setting('gatehouse.platform', true) = 'on');
ALTER TABLE usage_minute      ENABLE ROW LEVEL SECURITY; ALTER TABLE usage_minute      FORCE ROW LEVEL SECURITY;
ALTER TABLE usage_hour        ENABLE ROW LEVEL SECURITY; ALTER TABLE usage_hour        FORCE ROW LEVEL SECURITY;
ALTER TABLE usage_day         ENABLE ROW LEVEL SECURITY; ALTER TABLE usage_day         FORCE ROW LEVEL SECURITY;
ALTER TABLE usage_block_token ENABLE ROW LEVEL SECURITY; ALTER TABLE usage_block_token FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON usage_minute      USING (current_setting('gatehouse.platform', true) = 'on' OR EXISTS (SELECT 1 FROM usage_subject s WHERE s.id = usage_minute.subject));
CREATE POLICY tenant ON usage_hour        USING (current_setting('gatehouse.platform', true) = 'on' OR EXISTS (SELECT 1 FROM usage_subject s WHERE s.id = usage_hour.subject));
CREATE POLICY tenant ON usage_day         USING (current_setting('gatehouse.platform', true) = 'on' OR EXISTS (SELECT 1 FROM usage_subject s WHERE s.id = usage_day.subject));
CREATE POLICY tenant ON usage_block_token USING (current_setting('gatehouse.platform', true) = 'on' OR EXISTS (SELECT 1 FROM usage_subject s WHERE s.id = usage_block_token.subject));

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

-- +goose Up
-- The shapes of the first release. Every row of a tenant carries tenant_id in its
-- primary key, and every reference to one carries it too: the last line of the
-- separation of tenants stands in SQL.

CREATE TABLE settings (
    name       TEXT NOT NULL PRIMARY KEY,
    value      TEXT NOT NULL,
    changed_at DATETIME,
    changed_by TEXT
);

-- Keys of the installation, wrapped by the key-encryption key.
CREATE TABLE installation_keys (
    kind       TEXT     NOT NULL,
    key_id     TEXT     NOT NULL,
    wrapped    BLOB     NOT NULL,
    created_at DATETIME NOT NULL,
    PRIMARY KEY (kind, key_id)
);

CREATE TABLE users (
    id         TEXT     NOT NULL PRIMARY KEY,
    email      TEXT     NOT NULL UNIQUE,
    name       TEXT     NOT NULL,
    handle     BLOB     NOT NULL UNIQUE CHECK (length(handle) = 64),
    staff      TEXT     NOT NULL CHECK (staff IN ('', 'operator', 'support')),
    state      TEXT     NOT NULL CHECK (state IN ('active', 'disabled', 'deleted')),
    created_at DATETIME NOT NULL,
    updated_at DATETIME NOT NULL,
    recovered_at DATETIME
);

CREATE TABLE passkeys (
    id              TEXT     NOT NULL PRIMARY KEY,
    user_id         TEXT     NOT NULL REFERENCES users (id),
    credential_id   BLOB     NOT NULL UNIQUE CHECK (length(credential_id) <= 1023),
    public_key      BLOB     NOT NULL,
    sign_count      INTEGER  NOT NULL,
    backup_eligible BOOLEAN  NOT NULL,
    backup_state    BOOLEAN  NOT NULL,
    transports      TEXT     NOT NULL,
    aaguid          BLOB     NOT NULL,
    name            TEXT     NOT NULL,
    created_at      DATETIME NOT NULL,
    last_used_at    DATETIME
);
CREATE INDEX passkeys_user ON passkeys (user_id);

-- Recovery codes of a person: the hash of each, to be used once.
CREATE TABLE recovery_codes (
    hash       BLOB     NOT NULL PRIMARY KEY,
    user_id    TEXT     NOT NULL REFERENCES users (id),
    created_at DATETIME NOT NULL,
    used_at    DATETIME
);
CREATE INDEX recovery_codes_user ON recovery_codes (user_id);

-- Browser sessions. The id itself is in the cookie only; here stands its hash. One on
-- a tenant's own host is good there alone, and ends with the one that it came from.
CREATE TABLE sessions (
    hash        BLOB     NOT NULL PRIMARY KEY,
    user_id     TEXT REFERENCES users (id),
    class       TEXT     NOT NULL,
    data        BLOB     NOT NULL,
    client_ip   TEXT     NOT NULL,
    user_agent  TEXT     NOT NULL,
    created_at  DATETIME NOT NULL,
    seen_at     DATETIME NOT NULL,
    expires_at  DATETIME NOT NULL,
    replaced_at DATETIME,
    renew       BOOLEAN  NOT NULL,
    passkey_id  TEXT NOT NULL,
    provider    TEXT NOT NULL,
    host        TEXT NOT NULL,
    parent      BLOB REFERENCES sessions (hash) ON DELETE CASCADE,
    CHECK ((parent IS NULL) = (host = ''))
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);
CREATE INDEX sessions_parent ON sessions (parent);
CREATE INDEX sessions_host ON sessions (host) WHERE host <> '';

-- One-time codes that carry a session over to a tenant's own host: the hash of each,
-- and of the nonce that the browser has to hold there.
CREATE TABLE session_codes (
    hash       BLOB  NOT NULL PRIMARY KEY,
    parent     BLOB  NOT NULL REFERENCES sessions (hash) ON DELETE CASCADE,
    user_id    TEXT   NOT NULL REFERENCES users (id),
    host       TEXT   NOT NULL,
    nonce      BLOB  NOT NULL,
    next       TEXT   NOT NULL,
    expires_at DATETIME NOT NULL
);
CREATE INDEX session_codes_parent ON session_codes (parent);
CREATE INDEX session_codes_expiry ON session_codes (expires_at);

-- From where and with what each person has signed in lately: the network, and the
-- browser in words.
CREATE TABLE seen_places (
    user_id TEXT NOT NULL REFERENCES users (id),
    kind    TEXT NOT NULL CHECK (kind IN ('network', 'device')),
    value   TEXT NOT NULL,
    seen_at DATETIME NOT NULL,
    PRIMARY KEY (user_id, kind, value)
);
CREATE INDEX seen_places_seen ON seen_places (seen_at);

-- How a person wants to hear of what; what is not here is as it is for everybody.
CREATE TABLE notice_choices (
    user_id  TEXT NOT NULL REFERENCES users (id),
    category TEXT NOT NULL,
    in_app   BOOLEAN NOT NULL,
    mail     TEXT NOT NULL CHECK (mail IN ('each', 'daily', 'off')),
    PRIMARY KEY (user_id, category)
);

-- Passkey ceremonies that have begun, each to be finished once.
CREATE TABLE ceremonies (
    id         TEXT     NOT NULL PRIMARY KEY,
    session    BLOB     NOT NULL,
    kind       TEXT     NOT NULL,
    data       BLOB     NOT NULL,
    expires_at DATETIME NOT NULL
);
CREATE INDEX ceremonies_expiry ON ceremonies (expires_at);

-- Step-up proofs: one action, one object, used once.
CREATE TABLE proofs (
    id         TEXT     NOT NULL PRIMARY KEY,
    session    BLOB     NOT NULL,
    user_id    TEXT     NOT NULL REFERENCES users (id),
    action     TEXT     NOT NULL,
    object     TEXT     NOT NULL,
    assertion  BLOB     NOT NULL,
    expires_at DATETIME NOT NULL
);
CREATE INDEX proofs_expiry ON proofs (expires_at);

CREATE TABLE tenants (
    id            TEXT     NOT NULL PRIMARY KEY,
    slug          TEXT     NOT NULL UNIQUE,
    code          TEXT     NOT NULL UNIQUE CHECK (length(code) BETWEEN 2 AND 12),
    name          TEXT     NOT NULL,
    tagline       TEXT     NOT NULL,
    colour        TEXT     NOT NULL,
    logo          BLOB,
    logo_type     TEXT     NOT NULL,
    logo_dark     BLOB,
    welcome       TEXT NOT NULL,
    help          TEXT NOT NULL,
    links         TEXT,
    sender        TEXT NOT NULL,
    public        BOOLEAN  NOT NULL,
    state         TEXT     NOT NULL CHECK (state IN ('active', 'suspended', 'archived')),
    archived_at   DATETIME CHECK ((archived_at IS NULL) = (state <> 'archived')),
    token_days    INTEGER  NOT NULL CHECK (token_days BETWEEN 1 AND 366),
    token_policy  TEXT NOT NULL,
    escalate_days INTEGER NOT NULL CHECK (escalate_days BETWEEN 0 AND 60),
    sign_up       TEXT NOT NULL CHECK (sign_up IN ('open', 'domain', 'invite', 'approval')),
    sign_up_domains TEXT NOT NULL,
    self_approval BOOLEAN  NOT NULL,
    created_at    DATETIME NOT NULL,
    updated_at    DATETIME NOT NULL,
    revision      INTEGER  NOT NULL
);

-- How a tenant's portal looked, and the drafts of its admins.
CREATE TABLE looks (
    tenant_id    TEXT NOT NULL REFERENCES tenants (id),
    id           TEXT NOT NULL,
    name         TEXT NOT NULL,
    tagline      TEXT NOT NULL,
    colour       TEXT NOT NULL,
    welcome      TEXT NOT NULL,
    help         TEXT NOT NULL,
    links        TEXT,
    sender       TEXT NOT NULL,
    logo         BLOB,
    logo_type    TEXT NOT NULL,
    logo_dark    BLOB,
    base_id      TEXT NOT NULL,
    created_by   TEXT NOT NULL,
    published_at DATETIME,
    created_at   DATETIME NOT NULL,
    updated_at   DATETIME NOT NULL,
    revision     INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX looks_draft ON looks (tenant_id, created_by) WHERE published_at IS NULL;

CREATE TABLE links (
    hash       BLOB     NOT NULL PRIMARY KEY,
    kind       TEXT     NOT NULL CHECK (kind IN ('verify', 'invite', 'team', 'operator', 'staff', 'enrol', 'device', 'recover', 'recover_stop', 'email', 'undo', 'provider')),
    email      TEXT     NOT NULL,
    name       TEXT     NOT NULL,
    user_id    TEXT REFERENCES users (id),
    for_tenant TEXT REFERENCES tenants (id),
    for_team   TEXT,
    role       TEXT     NOT NULL,
    next       TEXT     NOT NULL,
    created_by TEXT     NOT NULL,
    created_at DATETIME NOT NULL,
    expires_at DATETIME NOT NULL,
    used_at    DATETIME,
    FOREIGN KEY (for_tenant, for_team) REFERENCES teams (tenant_id, id),
    CHECK (for_team IS NULL OR for_tenant IS NOT NULL)
);
CREATE INDEX links_tenant ON links (for_tenant);

-- Keys of one tenant (pepper of its tokens, key of its audit chain), wrapped.
CREATE TABLE tenant_keys (
    tenant_id  TEXT     NOT NULL REFERENCES tenants (id),
    kind       TEXT     NOT NULL,
    key_id     TEXT     NOT NULL,
    wrapped    BLOB     NOT NULL,
    created_at DATETIME NOT NULL,
    PRIMARY KEY (tenant_id, kind, key_id)
);

CREATE TABLE members (
    tenant_id  TEXT     NOT NULL REFERENCES tenants (id),
    user_id    TEXT     NOT NULL REFERENCES users (id),
    role       TEXT     NOT NULL CHECK (role IN ('auditor', 'api_manager', 'admin')),
    created_at DATETIME NOT NULL,
    daily      BOOLEAN NOT NULL,
    daily_at   DATETIME,
    PRIMARY KEY (tenant_id, user_id)
);
CREATE INDEX members_user ON members (user_id);

-- Who had a role or a team in a tenant where its archive comes from, and has not
-- accepted an invitation here yet.
CREATE TABLE arrivals (
    tenant_id  TEXT     NOT NULL REFERENCES tenants (id),
    user_id    TEXT     NOT NULL REFERENCES users (id),
    email      TEXT     NOT NULL,
    role       TEXT     NOT NULL CHECK (role IN ('', 'auditor', 'api_manager', 'admin')),
    teams      TEXT     NOT NULL,
    created_at DATETIME NOT NULL,
    PRIMARY KEY (tenant_id, user_id),
    UNIQUE (tenant_id, email)
);

-- Who decides about requests in place of a member who is away.
CREATE TABLE stand_ins (
    tenant_id  TEXT     NOT NULL,
    user_id    TEXT     NOT NULL,
    deputy_id  TEXT     NOT NULL,
    from_at    DATETIME NOT NULL,
    until_at   DATETIME NOT NULL,
    created_at DATETIME NOT NULL,
    PRIMARY KEY (tenant_id, user_id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES members (tenant_id, user_id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, deputy_id) REFERENCES members (tenant_id, user_id) ON DELETE CASCADE,
    CHECK (deputy_id <> user_id)
);
CREATE INDEX stand_ins_deputy ON stand_ins (tenant_id, deputy_id);

-- Who asked to become a partner of a tenant, or was let in.
CREATE TABLE admissions (
    tenant_id  TEXT     NOT NULL REFERENCES tenants (id),
    user_id    TEXT     NOT NULL REFERENCES users (id),
    state      TEXT     NOT NULL CHECK (state IN ('asked', 'let_in', 'denied', 'removed')),
    note       TEXT     NOT NULL,
    reason     TEXT     NOT NULL,
    created_at DATETIME NOT NULL,
    decided_by TEXT     NOT NULL,
    decided_at DATETIME,
    PRIMARY KEY (tenant_id, user_id),
    CHECK ((state = 'asked') = (decided_at IS NULL))
);
CREATE INDEX admissions_user ON admissions (user_id);

-- OpenID providers: one for each tenant, and one for the staff, whose tenant is
-- 'installation'. What is sealed is the client secret.
CREATE TABLE providers (
    tenant_id     TEXT NOT NULL PRIMARY KEY,
    id            TEXT NOT NULL UNIQUE,
    name          TEXT NOT NULL,
    issuer        TEXT NOT NULL,
    client_id     TEXT NOT NULL,
    sealed        BLOB NOT NULL,
    number        INTEGER NOT NULL,
    fingerprint   TEXT NOT NULL,
    groups_claim  TEXT NOT NULL,
    roles         TEXT NOT NULL,
    sign_up       BOOLEAN NOT NULL,
    enabled       BOOLEAN NOT NULL,
    set_by        TEXT NOT NULL,
    revision      INTEGER NOT NULL,
    created_at    DATETIME NOT NULL,
    updated_at    DATETIME NOT NULL,
    failing_since DATETIME,
    failure       TEXT NOT NULL
);

-- Who somebody is at the provider of a tenant. What is sealed is the refresh token,
-- by which the provider is asked whether they are still there.
CREATE TABLE identities (
    tenant_id  TEXT NOT NULL REFERENCES providers (tenant_id),
    user_id    TEXT NOT NULL REFERENCES users (id),
    issuer     TEXT NOT NULL,
    subject    TEXT NOT NULL,
    email      TEXT NOT NULL,
    sealed     BLOB,
    number     INTEGER NOT NULL,
    groups     TEXT NOT NULL,
    given      TEXT NOT NULL,
    founded    BOOLEAN NOT NULL,
    created_at DATETIME NOT NULL,
    seen_at    DATETIME NOT NULL,
    checked_at DATETIME NOT NULL,
    gone_at    DATETIME,
    PRIMARY KEY (tenant_id, user_id),
    UNIQUE (tenant_id, issuer, subject)
);
CREATE INDEX identities_user ON identities (user_id);
CREATE INDEX identities_checked ON identities (checked_at);

-- Recoveries of accounts that an admin began for a person who has lost their
-- passkeys: after a day in which both sides can stop it the person gets a link.
CREATE TABLE recoveries (
    tenant_id  TEXT     NOT NULL REFERENCES tenants (id),
    id         TEXT     NOT NULL,
    user_id    TEXT     NOT NULL REFERENCES users (id),
    reason     TEXT     NOT NULL,
    state      TEXT     NOT NULL CHECK (state IN ('waiting', 'sent', 'used', 'stopped')),
    started_by TEXT     NOT NULL REFERENCES users (id),
    stopped_by TEXT     NOT NULL,
    created_at DATETIME NOT NULL,
    due_at     DATETIME NOT NULL,
    ended_at   DATETIME,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX recoveries_user ON recoveries (user_id);
CREATE INDEX recoveries_due ON recoveries (due_at) WHERE state = 'waiting';

CREATE TABLE grants (
    tenant_id   TEXT     NOT NULL REFERENCES tenants (id),
    id          TEXT     NOT NULL,
    user_id     TEXT     NOT NULL REFERENCES users (id),
    level       TEXT     NOT NULL CHECK (level IN ('view', 'support', 'manage')),
    reason      TEXT     NOT NULL,
    ticket      TEXT     NOT NULL,
    given_by    TEXT     NOT NULL,
    created_at  DATETIME NOT NULL,
    expires_at  DATETIME NOT NULL,
    ended_at    DATETIME,
    ended_by    TEXT     NOT NULL,
    seen_at     DATETIME,
    emergency   BOOLEAN NOT NULL,
    standing_id TEXT     NOT NULL,
    review      TEXT     NOT NULL,
    reviewed_by TEXT     NOT NULL,
    reviewed_at DATETIME,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX grants_user ON grants (user_id, expires_at);
CREATE INDEX grants_live ON grants (expires_at) WHERE ended_at IS NULL;
CREATE INDEX grants_unreviewed ON grants (created_at) WHERE emergency AND reviewed_at IS NULL;

-- What staff ask to be allowed in a tenant; a second person answers (R58).
CREATE TABLE grant_requests (
    tenant_id  TEXT     NOT NULL REFERENCES tenants (id),
    id         TEXT     NOT NULL,
    user_id    TEXT     NOT NULL REFERENCES users (id),
    level      TEXT     NOT NULL CHECK (level IN ('support', 'manage')),
    reason     TEXT     NOT NULL,
    ticket     TEXT     NOT NULL,
    minutes    INTEGER NOT NULL CHECK (minutes BETWEEN 1 AND 480),
    state      TEXT     NOT NULL CHECK (state IN ('waiting', 'approved', 'declined', 'withdrawn', 'lapsed')),
    created_at DATETIME NOT NULL,
    answer_by  DATETIME NOT NULL,
    decided_by TEXT     NOT NULL,
    decided_at DATETIME,
    note       TEXT     NOT NULL,
    grant_id   TEXT     NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX grant_requests_one ON grant_requests (tenant_id, user_id) WHERE state = 'waiting';
CREATE INDEX grant_requests_waiting ON grant_requests (answer_by) WHERE state = 'waiting';
CREATE INDEX grant_requests_user ON grant_requests (user_id, id);

-- Who of the staff may look into a tenant whenever they have to.
CREATE TABLE standing_views (
    tenant_id   TEXT     NOT NULL REFERENCES tenants (id),
    id          TEXT     NOT NULL,
    user_id     TEXT     NOT NULL REFERENCES users (id),
    reason      TEXT     NOT NULL,
    given_by    TEXT     NOT NULL,
    created_at  DATETIME NOT NULL,
    reviewed_at DATETIME NOT NULL,
    reviewed_by TEXT     NOT NULL,
    ended_at    DATETIME,
    ended_by    TEXT     NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX standing_views_one ON standing_views (tenant_id, user_id) WHERE ended_at IS NULL;
CREATE INDEX standing_views_user ON standing_views (user_id);

-- The tenants that a staff person wants at hand.
CREATE TABLE favourites (
    tenant_id  TEXT     NOT NULL REFERENCES tenants (id),
    user_id    TEXT     NOT NULL REFERENCES users (id),
    created_at DATETIME NOT NULL,
    PRIMARY KEY (tenant_id, user_id)
);
CREATE INDEX favourites_user ON favourites (user_id);

-- A tenant's line in the directory of the staff. Words are what is searched.
CREATE TABLE tenant_health (
    tenant_id TEXT     NOT NULL PRIMARY KEY REFERENCES tenants (id),
    name      TEXT     NOT NULL,
    slug      TEXT     NOT NULL,
    words     TEXT     NOT NULL,
    state     TEXT     NOT NULL,
    waiting   INTEGER NOT NULL,
    alerts    INTEGER NOT NULL,
    active_at DATETIME NOT NULL
);
CREATE INDEX tenant_health_name ON tenant_health (name, tenant_id, words); -- the search reads nothing else of those that do not match
CREATE INDEX tenant_health_waiting ON tenant_health (waiting DESC, name, tenant_id);
CREATE INDEX tenant_health_alerts ON tenant_health (alerts DESC, name, tenant_id);
CREATE INDEX tenant_health_active ON tenant_health (active_at DESC, name, tenant_id);

CREATE TABLE teams (
    tenant_id  TEXT     NOT NULL REFERENCES tenants (id),
    id         TEXT     NOT NULL,
    name       TEXT     NOT NULL,
    created_at DATETIME NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

CREATE TABLE memberships (
    tenant_id  TEXT     NOT NULL,
    team_id    TEXT     NOT NULL,
    user_id    TEXT     NOT NULL REFERENCES users (id),
    role       TEXT     NOT NULL CHECK (role IN ('owner', 'member')),
    created_at DATETIME NOT NULL,
    PRIMARY KEY (tenant_id, team_id, user_id),
    FOREIGN KEY (tenant_id, team_id) REFERENCES teams (tenant_id, id)
);
CREATE INDEX memberships_user ON memberships (user_id);

-- Whether partners of a tenant may found teams themselves; without a row they may.
CREATE TABLE team_rules (
    tenant_id TEXT    NOT NULL PRIMARY KEY REFERENCES tenants (id),
    founding  BOOLEAN NOT NULL
);

-- The host name of its own under which a tenant is reached, once it is proven: then by
-- one tenant alone.
CREATE TABLE tenant_hosts (
    tenant_id  TEXT NOT NULL PRIMARY KEY REFERENCES tenants (id),
    host       TEXT NOT NULL,
    challenge  TEXT NOT NULL,
    asked_by   TEXT NOT NULL REFERENCES users (id),
    created_at DATETIME NOT NULL,
    proven_at  DATETIME,
    looked_at  DATETIME,
    lost_at    DATETIME,
    CHECK (lost_at IS NULL OR proven_at IS NOT NULL)
);
CREATE UNIQUE INDEX tenant_hosts_proven ON tenant_hosts (host) WHERE proven_at IS NOT NULL;

-- Domains of e-mail addresses that a team says are its own.
CREATE TABLE team_domains (
    tenant_id   TEXT     NOT NULL,
    team_id     TEXT     NOT NULL,
    domain      TEXT     NOT NULL,
    challenge   TEXT     NOT NULL,
    claimed_by  TEXT     NOT NULL REFERENCES users (id),
    created_at  DATETIME NOT NULL,
    verified_at DATETIME,
    verified_by TEXT     NOT NULL,
    self_join   BOOLEAN  NOT NULL,
    PRIMARY KEY (tenant_id, team_id, domain),
    FOREIGN KEY (tenant_id, team_id) REFERENCES teams (tenant_id, id),
    CHECK (NOT self_join OR verified_at IS NOT NULL)
);
CREATE INDEX team_domains_domain ON team_domains (tenant_id, domain);

-- Who was removed from a team and comes in by a domain no more.
CREATE TABLE team_exclusions (
    tenant_id  TEXT NOT NULL,
    team_id    TEXT NOT NULL,
    user_id    TEXT NOT NULL REFERENCES users (id),
    removed_by TEXT NOT NULL REFERENCES users (id),
    created_at DATETIME NOT NULL,
    PRIMARY KEY (tenant_id, team_id, user_id),
    FOREIGN KEY (tenant_id, team_id) REFERENCES teams (tenant_id, id)
);

-- What acts for a team and is no person.
CREATE TABLE service_accounts (
    tenant_id   TEXT     NOT NULL,
    id          TEXT     NOT NULL,
    team_id     TEXT     NOT NULL,
    name        TEXT     NOT NULL,
    purpose     TEXT     NOT NULL,
    made_by     TEXT     NOT NULL REFERENCES users (id),
    created_at  DATETIME NOT NULL,
    disabled_at DATETIME,
    revision    INTEGER  NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, team_id, id),
    UNIQUE (tenant_id, team_id, name),
    FOREIGN KEY (tenant_id, team_id) REFERENCES teams (tenant_id, id)
);

-- Who answers for a service account: people of its team, as long as they are in it.
CREATE TABLE service_people (
    tenant_id  TEXT NOT NULL,
    service_id TEXT NOT NULL,
    team_id    TEXT NOT NULL,
    user_id    TEXT NOT NULL,
    PRIMARY KEY (tenant_id, service_id, user_id),
    FOREIGN KEY (tenant_id, team_id, service_id) REFERENCES service_accounts (tenant_id, team_id, id),
    FOREIGN KEY (tenant_id, team_id, user_id) REFERENCES memberships (tenant_id, team_id, user_id) ON DELETE CASCADE
);
CREATE INDEX service_people_member ON service_people (tenant_id, team_id, user_id);

CREATE TABLE apis (
    tenant_id   TEXT     NOT NULL REFERENCES tenants (id),
    id          TEXT     NOT NULL,
    slug        TEXT     NOT NULL,
    name        TEXT     NOT NULL,
    summary     TEXT     NOT NULL,
    description TEXT     NOT NULL,
    visibility  TEXT     NOT NULL CHECK (visibility IN ('public', 'signed_in', 'teams', 'hidden')),
    category    TEXT     NOT NULL,
    tags        TEXT     NOT NULL,
    created_at  DATETIME NOT NULL,
    updated_at  DATETIME NOT NULL,
    revision    INTEGER  NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, slug)
);

-- The teams for which an API of limited visibility is there.
CREATE TABLE api_teams (
    tenant_id TEXT NOT NULL,
    api_id    TEXT NOT NULL,
    team_id   TEXT NOT NULL,
    PRIMARY KEY (tenant_id, api_id, team_id),
    FOREIGN KEY (tenant_id, api_id) REFERENCES apis (tenant_id, id),
    FOREIGN KEY (tenant_id, team_id) REFERENCES teams (tenant_id, id)
);
CREATE INDEX api_teams_team ON api_teams (tenant_id, team_id);

CREATE TABLE versions (
    tenant_id    TEXT     NOT NULL,
    id           TEXT     NOT NULL,
    api_id       TEXT     NOT NULL,
    name         TEXT     NOT NULL,
    state        TEXT     NOT NULL CHECK (state IN ('draft', 'published', 'deprecated', 'retired')),
    upstream     TEXT     NOT NULL,
    body_limit   INTEGER  NOT NULL,
    published_id TEXT,
    published_at DATETIME,
    deprecated_at DATETIME,
    sunset_at    DATETIME,
    retired_at   DATETIME,
    successor_id TEXT,
    notice       TEXT     NOT NULL,
    mock         BOOLEAN NOT NULL,
    created_at   DATETIME NOT NULL,
    updated_at   DATETIME NOT NULL,
    revision     INTEGER  NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, api_id, name),
    UNIQUE (tenant_id, api_id, id),
    FOREIGN KEY (tenant_id, api_id) REFERENCES apis (tenant_id, id),
    -- What is published is a revision of the version itself.
    FOREIGN KEY (tenant_id, id, published_id) REFERENCES revisions (tenant_id, version_id, id),
    FOREIGN KEY (tenant_id, successor_id) REFERENCES versions (tenant_id, id),
    CHECK (sunset_at IS NULL OR deprecated_at IS NOT NULL AND sunset_at >= deprecated_at),
    CHECK (state = 'draft' OR published_id IS NOT NULL)
);

CREATE TABLE revisions (
    tenant_id    TEXT     NOT NULL,
    id           TEXT     NOT NULL,
    version_id   TEXT     NOT NULL,
    number       INTEGER  NOT NULL,
    document     BLOB     NOT NULL,
    sha256       BLOB     NOT NULL,
    format       TEXT     NOT NULL,
    openapi      TEXT     NOT NULL,
    title        TEXT     NOT NULL,
    doc_version  TEXT     NOT NULL,
    outline      BLOB     NOT NULL,
    operations   INTEGER  NOT NULL,
    grave        INTEGER  NOT NULL,
    warnings     INTEGER  NOT NULL,
    internal     INTEGER  NOT NULL,
    created_by   TEXT     NOT NULL,
    created_at   DATETIME NOT NULL,
    published_at DATETIME,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, version_id, number),
    UNIQUE (tenant_id, version_id, id),
    FOREIGN KEY (tenant_id, version_id) REFERENCES versions (tenant_id, id)
);

CREATE TABLE operations (
    tenant_id    TEXT    NOT NULL,
    revision_id  TEXT    NOT NULL,
    position     INTEGER NOT NULL,
    key          TEXT    NOT NULL,
    slug         TEXT    NOT NULL,
    method       TEXT    NOT NULL,
    path         TEXT    NOT NULL,
    operation_id TEXT    NOT NULL,
    summary      TEXT    NOT NULL,
    tag          TEXT    NOT NULL,
    class        TEXT    NOT NULL CHECK (class IN ('read', 'write')),
    scopes       TEXT    NOT NULL,
    personal     TEXT     NOT NULL,
    deprecated   BOOLEAN NOT NULL,
    deprecated_at DATETIME,
    risk         TEXT NOT NULL,
    detail       BLOB    NOT NULL,
    PRIMARY KEY (tenant_id, revision_id, position),
    UNIQUE (tenant_id, revision_id, slug),
    FOREIGN KEY (tenant_id, revision_id) REFERENCES revisions (tenant_id, id)
);

-- Pages that a tenant writes beside its reference. What readers see is a copy of
-- what was written when it was published.
CREATE TABLE guides (
    tenant_id    TEXT NOT NULL REFERENCES tenants (id),
    id           TEXT NOT NULL,
    api_id       TEXT,
    slug         TEXT NOT NULL,
    title        TEXT NOT NULL,
    body         TEXT NOT NULL,
    position     INTEGER NOT NULL,
    shown_title  TEXT NOT NULL,
    shown_body   TEXT NOT NULL,
    published_at DATETIME,
    created_by   TEXT NOT NULL,
    created_at   DATETIME NOT NULL,
    updated_at   DATETIME NOT NULL,
    revision     INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, api_id) REFERENCES apis (tenant_id, id)
);
CREATE UNIQUE INDEX guides_slug ON guides (tenant_id, COALESCE(api_id, ''), slug);

-- Pages of a document's reference beside those of its operations.
CREATE TABLE reference_pages (
    tenant_id   TEXT    NOT NULL,
    revision_id TEXT    NOT NULL,
    kind        TEXT    NOT NULL CHECK (kind IN ('schema', 'webhook')),
    position    INTEGER NOT NULL,
    slug        TEXT    NOT NULL,
    title       TEXT    NOT NULL,
    method      TEXT    NOT NULL,
    deprecated  BOOLEAN NOT NULL,
    detail      BLOB    NOT NULL,
    PRIMARY KEY (tenant_id, revision_id, kind, position),
    UNIQUE (tenant_id, revision_id, kind, slug),
    FOREIGN KEY (tenant_id, revision_id) REFERENCES revisions (tenant_id, id)
);

-- What a search can find. The number is the row's in the index, which VACUUM must
-- not change.
CREATE TABLE search_entries (
    number      INTEGER NOT NULL PRIMARY KEY,
    tenant_id   TEXT    NOT NULL,
    revision_id TEXT,
    guide_id    TEXT,
    position    INTEGER NOT NULL,
    kind        TEXT    NOT NULL CHECK (kind IN ('operation', 'schema', 'webhook', 'prose', 'guide')),
    slug        TEXT    NOT NULL,
    method      TEXT    NOT NULL,
    title       TEXT    NOT NULL,
    path        TEXT    NOT NULL,
    body        TEXT    NOT NULL,
    titles      TEXT    NOT NULL,
    paths       TEXT    NOT NULL,
    words       TEXT    NOT NULL,
    CHECK ((revision_id IS NULL) <> (guide_id IS NULL)),
    UNIQUE (tenant_id, revision_id, position),
    UNIQUE (tenant_id, guide_id),
    FOREIGN KEY (tenant_id, guide_id) REFERENCES guides (tenant_id, id),
    FOREIGN KEY (tenant_id, revision_id) REFERENCES revisions (tenant_id, id)
);

-- The index holds the ids as words, so that a search within one revision reads
-- that revision's part of it alone.
CREATE VIRTUAL TABLE search_index USING fts5 (
    tenant_id, revision_id, titles, paths, words,
    content = 'search_entries', content_rowid = 'number', detail = 'column', prefix = '1 2 3',
    tokenize = "unicode61 remove_diacritics 0 tokenchars '-'"
);
-- +goose StatementBegin
CREATE TRIGGER search_entries_insert AFTER INSERT ON search_entries BEGIN
    INSERT INTO search_index (rowid, tenant_id, revision_id, titles, paths, words)
    VALUES (new.number, new.tenant_id, new.revision_id, new.titles, new.paths, new.words);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER search_entries_delete AFTER DELETE ON search_entries BEGIN
    INSERT INTO search_index (search_index, rowid, tenant_id, revision_id, titles, paths, words)
    VALUES ('delete', old.number, old.tenant_id, old.revision_id, old.titles, old.paths, old.words);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER search_entries_update BEFORE UPDATE ON search_entries BEGIN
    SELECT RAISE(ABORT, 'search entries are replaced, not changed');
END;
-- +goose StatementEnd

-- What changed from one document to another: of one version, or of two of an API.
CREATE TABLE comparisons (
    tenant_id   TEXT NOT NULL,
    base_id     TEXT NOT NULL,
    revision_id TEXT NOT NULL,
    added       INTEGER NOT NULL,
    changed     INTEGER NOT NULL,
    deprecated  INTEGER NOT NULL,
    removed     INTEGER NOT NULL,
    breaking    INTEGER NOT NULL,
    changes     BLOB NOT NULL,
    failure     TEXT NOT NULL,
    created_at  DATETIME NOT NULL,
    PRIMARY KEY (tenant_id, base_id, revision_id),
    FOREIGN KEY (tenant_id, base_id) REFERENCES revisions (tenant_id, id),
    FOREIGN KEY (tenant_id, revision_id) REFERENCES revisions (tenant_id, id)
);

-- Documents on their way in, and what became of them. API and version are as they
-- were named: the import may make them.
CREATE TABLE imports (
    tenant_id   TEXT NOT NULL,
    id          TEXT NOT NULL,
    api         TEXT NOT NULL,
    version     TEXT NOT NULL,
    origin      TEXT NOT NULL CHECK (origin IN ('upload', 'api', 'url', 'check')),
    address     TEXT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('queued', 'reading', 'stored', 'refused', 'failed')),
    stage       TEXT NOT NULL,
    attempts    INTEGER NOT NULL,
    size        INTEGER NOT NULL,
    document    BLOB,
    revision_id TEXT,
    created     BOOLEAN NOT NULL,
    operations  INTEGER NOT NULL,
    warnings    INTEGER NOT NULL,
    code        TEXT NOT NULL,
    message     TEXT NOT NULL,
    problems    BLOB,
    created_by  TEXT NOT NULL,
    created_at  DATETIME NOT NULL,
    updated_at  DATETIME NOT NULL,
    finished_at DATETIME,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    FOREIGN KEY (tenant_id, revision_id) REFERENCES revisions (tenant_id, id)
);

CREATE INDEX imports_of ON imports (tenant_id, api, version, id);

-- The URL from which a version's document comes.
CREATE TABLE document_sources (
    tenant_id     TEXT NOT NULL,
    version_id    TEXT NOT NULL,
    url           TEXT NOT NULL,
    schedule      TEXT NOT NULL CHECK (schedule IN ('off', 'hourly', 'daily', 'weekly')),
    etag          TEXT NOT NULL,
    last_modified TEXT NOT NULL,
    set_by        TEXT NOT NULL,
    set_at        DATETIME NOT NULL,
    checked_at    DATETIME,
    next_at       DATETIME,
    failures      INTEGER NOT NULL,
    failure       TEXT NOT NULL,
    failing_since DATETIME,
    PRIMARY KEY (tenant_id, version_id),
    FOREIGN KEY (tenant_id, version_id) REFERENCES versions (tenant_id, id)
);

-- What an API manager says of a version's operations, by key.
CREATE TABLE groupings (
    tenant_id  TEXT     NOT NULL,
    version_id TEXT     NOT NULL,
    rules      TEXT     NOT NULL,
    scopes     TEXT     NOT NULL,
    updated_by TEXT     NOT NULL,
    updated_at DATETIME NOT NULL,
    revision   INTEGER  NOT NULL,
    PRIMARY KEY (tenant_id, version_id),
    FOREIGN KEY (tenant_id, version_id) REFERENCES versions (tenant_id, id)
);

CREATE INDEX document_sources_due ON document_sources (next_at) WHERE next_at IS NOT NULL;

CREATE TABLE credentials (
    tenant_id   TEXT     NOT NULL,
    id          TEXT     NOT NULL,
    version_id  TEXT     NOT NULL,
    header      TEXT     NOT NULL,
    origin      TEXT     NOT NULL,
    sealed      BLOB     NOT NULL,
    number      INTEGER  NOT NULL,
    fingerprint TEXT     NOT NULL,
    set_by      TEXT     NOT NULL,
    set_at      DATETIME NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, version_id),
    FOREIGN KEY (tenant_id, version_id) REFERENCES versions (tenant_id, id)
);

CREATE TABLE plans (
    tenant_id    TEXT     NOT NULL,
    id           TEXT     NOT NULL,
    api_id       TEXT     NOT NULL,
    slug         TEXT     NOT NULL,
    name         TEXT     NOT NULL,
    summary      TEXT     NOT NULL,
    rates        TEXT     NOT NULL,
    quota_calls  INTEGER  NOT NULL,
    quota_period TEXT     NOT NULL CHECK (quota_period IN ('', 'day', 'month')),
    quota_day    INTEGER  NOT NULL CHECK (quota_day BETWEEN 0 AND 31),
    operations   TEXT     NOT NULL,
    auto_approve BOOLEAN  NOT NULL,
    archived_at  DATETIME,
    created_at   DATETIME NOT NULL,
    updated_at   DATETIME NOT NULL,
    revision     INTEGER  NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, api_id, slug),
    UNIQUE (tenant_id, api_id, id),
    FOREIGN KEY (tenant_id, api_id) REFERENCES apis (tenant_id, id)
);

-- Other limits for one team, until a moment.
CREATE TABLE plan_exceptions (
    tenant_id    TEXT     NOT NULL,
    id           TEXT     NOT NULL,
    plan_id      TEXT     NOT NULL,
    team_id      TEXT     NOT NULL,
    rates        TEXT     NOT NULL,
    quota_calls  INTEGER  NOT NULL,
    quota_period TEXT     NOT NULL CHECK (quota_period IN ('', 'day', 'month')),
    quota_day    INTEGER  NOT NULL CHECK (quota_day BETWEEN 0 AND 31),
    reason       TEXT     NOT NULL,
    created_by   TEXT     NOT NULL REFERENCES users (id),
    created_at   DATETIME NOT NULL,
    ends_at      DATETIME NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, plan_id) REFERENCES plans (tenant_id, id),
    FOREIGN KEY (tenant_id, team_id) REFERENCES teams (tenant_id, id)
);
CREATE INDEX plan_exceptions_plan ON plan_exceptions (tenant_id, plan_id, id);
CREATE INDEX plan_exceptions_team ON plan_exceptions (tenant_id, team_id, ends_at);

-- What teams were told of their quotas, once for each period and threshold.
CREATE TABLE quota_notices (
    tenant_id    TEXT     NOT NULL,
    team_id      TEXT     NOT NULL,
    version_id   TEXT     NOT NULL,
    starts_at    DATETIME NOT NULL,
    quota_period TEXT     NOT NULL,
    quota_calls  INTEGER  NOT NULL,
    threshold    INTEGER  NOT NULL,
    told_at      DATETIME NOT NULL,
    PRIMARY KEY (tenant_id, team_id, version_id, starts_at, quota_period, quota_calls, threshold),
    FOREIGN KEY (tenant_id, team_id) REFERENCES teams (tenant_id, id),
    FOREIGN KEY (tenant_id, version_id) REFERENCES versions (tenant_id, id)
);

CREATE TABLE subscriptions (
    tenant_id    TEXT     NOT NULL,
    id           TEXT     NOT NULL,
    team_id      TEXT     NOT NULL,
    api_id       TEXT     NOT NULL,
    version_id   TEXT     NOT NULL,
    plan_id      TEXT     NOT NULL,
    state        TEXT     NOT NULL CHECK (state IN ('pending', 'approved', 'paused', 'denied', 'withdrawn', 'ended')),
    purpose      TEXT     NOT NULL,
    expected_calls INTEGER NOT NULL,
    wished_end   DATETIME,
    requested_by TEXT     NOT NULL REFERENCES users (id),
    requested_at DATETIME NOT NULL,
    decided_by   TEXT     NOT NULL,
    decided_at   DATETIME,
    reason       TEXT     NOT NULL,
    ends_at      DATETIME,
    end_notice   INTEGER NOT NULL,
    escalated_at DATETIME,
    handed_at    DATETIME,
    wanted_plan_id TEXT,
    wanted_why   TEXT     NOT NULL,
    wanted_by    TEXT     NOT NULL,
    wanted_at    DATETIME,
    updated_at   DATETIME NOT NULL,
    revision     INTEGER  NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, team_id) REFERENCES teams (tenant_id, id),
    FOREIGN KEY (tenant_id, api_id, version_id) REFERENCES versions (tenant_id, api_id, id),
    FOREIGN KEY (tenant_id, api_id, plan_id) REFERENCES plans (tenant_id, api_id, id),
    FOREIGN KEY (tenant_id, api_id, wanted_plan_id) REFERENCES plans (tenant_id, api_id, id)
);
-- One standing per team and version; what was denied, withdrawn or ended is history.
CREATE UNIQUE INDEX subscriptions_open ON subscriptions (tenant_id, team_id, version_id)
    WHERE state IN ('pending', 'approved', 'paused');
CREATE INDEX subscriptions_state ON subscriptions (tenant_id, state, id);
CREATE INDEX subscriptions_waiting ON subscriptions (tenant_id) WHERE (state = 'pending' OR wanted_plan_id IS NOT NULL);
CREATE INDEX subscriptions_version ON subscriptions (tenant_id, version_id);
CREATE INDEX subscriptions_ends ON subscriptions (ends_at) WHERE ends_at IS NOT NULL;

-- Questions about a request, and the answers.
CREATE TABLE subscription_messages (
    tenant_id       TEXT     NOT NULL,
    id              TEXT     NOT NULL,
    subscription_id TEXT     NOT NULL,
    user_id         TEXT     NOT NULL REFERENCES users (id),
    from_team       BOOLEAN NOT NULL,
    body            TEXT     NOT NULL,
    created_at      DATETIME NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, subscription_id) REFERENCES subscriptions (tenant_id, id)
);
CREATE INDEX subscription_messages_of ON subscription_messages (tenant_id, subscription_id, id);

CREATE TABLE tokens (
    tenant_id   TEXT     NOT NULL REFERENCES tenants (id),
    id          TEXT     NOT NULL,
    kind        TEXT     NOT NULL CHECK (kind IN ('access', 'management', 'try')),
    user_id     TEXT     NOT NULL REFERENCES users (id),
    team_id     TEXT,
    service_id  TEXT,
    name        TEXT     NOT NULL,
    description TEXT     NOT NULL,
    purpose     TEXT NOT NULL,
    digest      BLOB     NOT NULL UNIQUE CHECK (length(digest) = 32),
    key_id      TEXT     NOT NULL,
    hint        TEXT     NOT NULL,
    state       TEXT     NOT NULL CHECK (state IN ('pending', 'active', 'paused', 'revoked')),
    scopes      TEXT     NOT NULL,
    allowed_ips TEXT     NOT NULL,
    created_at  DATETIME NOT NULL,
    expires_at  DATETIME NOT NULL,
    updated_at  DATETIME NOT NULL,
    revoked_at  DATETIME,
    revoked_by  TEXT     NOT NULL,
    held_by     TEXT     NOT NULL,
    reason      TEXT     NOT NULL,
    cause       TEXT NOT NULL,
    change_seq  INTEGER NOT NULL,
    refused_at  DATETIME,
    refused_id  TEXT NOT NULL,
    used_at     DATETIME NOT NULL,
    family      TEXT NOT NULL,
    replaces    TEXT,
    retire_at   DATETIME,
    retire_idle BOOLEAN NOT NULL,
    narrowing   TEXT NOT NULL,
    wish        TEXT,
    pause_at    DATETIME,
    revision    INTEGER  NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, team_id) REFERENCES teams (tenant_id, id),
    FOREIGN KEY (tenant_id, team_id, service_id) REFERENCES service_accounts (tenant_id, team_id, id),
    FOREIGN KEY (tenant_id, replaces) REFERENCES tokens (tenant_id, id),
    CHECK (kind = 'management' OR team_id IS NOT NULL),
    CHECK (kind = 'access' OR service_id IS NULL),
    CHECK ((state = 'revoked') = (revoked_at IS NOT NULL))
);
CREATE INDEX tokens_team ON tokens (tenant_id, team_id, id);
CREATE INDEX tokens_service ON tokens (tenant_id, service_id, id) WHERE service_id IS NOT NULL;
CREATE INDEX tokens_family ON tokens (tenant_id, family, id);
-- Whose place another takes has one successor; another one only after that was revoked.
CREATE UNIQUE INDEX tokens_replaces ON tokens (tenant_id, replaces) WHERE replaces IS NOT NULL AND state <> 'revoked';
CREATE INDEX tokens_leaving ON tokens (id) WHERE retire_at IS NOT NULL AND state <> 'revoked';
CREATE INDEX tokens_used ON tokens (tenant_id, used_at, id);

-- Tokens that somebody prepared for somebody else, who makes them by a one-time link.
CREATE TABLE claims (
    tenant_id    TEXT     NOT NULL,
    id           TEXT     NOT NULL,
    hash         BLOB     NOT NULL UNIQUE,
    team_id      TEXT     NOT NULL,
    user_id      TEXT     NOT NULL REFERENCES users (id),
    service_id   TEXT,
    name         TEXT     NOT NULL,
    settings     TEXT     NOT NULL,
    prepared_by  TEXT     NOT NULL REFERENCES users (id),
    created_at   DATETIME NOT NULL,
    expires_at   DATETIME NOT NULL,
    withdrawn_at DATETIME,
    claimed_at   DATETIME,
    token_id     TEXT,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, team_id) REFERENCES teams (tenant_id, id),
    FOREIGN KEY (tenant_id, team_id, service_id) REFERENCES service_accounts (tenant_id, team_id, id),
    FOREIGN KEY (tenant_id, token_id) REFERENCES tokens (tenant_id, id),
    CHECK ((claimed_at IS NULL) = (token_id IS NULL))
);
CREATE INDEX claims_team ON claims (tenant_id, team_id, id);
CREATE INDEX tokens_ends ON tokens (tenant_id, expires_at, id);
CREATE INDEX tokens_named ON tokens (tenant_id, LOWER(name), id);
CREATE INDEX tokens_waiting ON tokens (tenant_id) WHERE (state = 'pending' OR wish IS NOT NULL);
CREATE INDEX tokens_user ON tokens (user_id);
CREATE INDEX tokens_live ON tokens (state, expires_at);

-- R14: a revoked token never lives again, whoever asks.
-- +goose StatementBegin
CREATE TRIGGER tokens_revoked_for_good BEFORE UPDATE ON tokens
    WHEN OLD.state = 'revoked' AND (NEW.state <> 'revoked' OR NEW.revoked_at IS NOT OLD.revoked_at OR NEW.digest <> OLD.digest)
BEGIN
    SELECT RAISE(ABORT, 'a revoked token stays revoked');
END;
-- +goose StatementEnd

CREATE TABLE token_permissions (
    tenant_id  TEXT NOT NULL,
    token_id   TEXT NOT NULL,
    version_id TEXT NOT NULL,
    access     TEXT NOT NULL CHECK (access IN ('none', 'read', 'write', 'custom')),
    scopes     TEXT NOT NULL,
    operations TEXT NOT NULL,
    PRIMARY KEY (tenant_id, token_id, version_id),
    FOREIGN KEY (tenant_id, token_id) REFERENCES tokens (tenant_id, id),
    FOREIGN KEY (tenant_id, version_id) REFERENCES versions (tenant_id, id)
);

-- Who besides its owner gets a token's notices.
CREATE TABLE token_people (
    tenant_id TEXT NOT NULL,
    token_id  TEXT NOT NULL,
    user_id   TEXT NOT NULL REFERENCES users (id),
    PRIMARY KEY (tenant_id, token_id, user_id),
    FOREIGN KEY (tenant_id, token_id) REFERENCES tokens (tenant_id, id)
);

-- What was told of a token, so that it is told once.
CREATE TABLE token_notices (
    tenant_id TEXT NOT NULL,
    token_id  TEXT NOT NULL,
    kind      TEXT NOT NULL,
    at        DATETIME NOT NULL,
    PRIMARY KEY (tenant_id, token_id, kind),
    FOREIGN KEY (tenant_id, token_id) REFERENCES tokens (tenant_id, id)
);

-- What was seen of a token's use when somebody last looked: what lists and policies
-- go by. It is observed, not decided, so the audit log says nothing of it.
CREATE TABLE token_uses (
    tenant_id TEXT NOT NULL,
    token_id  TEXT NOT NULL,
    used_at   DATETIME,
    used_from TEXT NOT NULL,
    kept_at   DATETIME,
    may       INTEGER NOT NULL,
    used      INTEGER NOT NULL,
    looked_at DATETIME,
    PRIMARY KEY (tenant_id, token_id),
    FOREIGN KEY (tenant_id, token_id) REFERENCES tokens (tenant_id, id)
);

-- What somebody has to look at. One row for the same thing seen again.
CREATE TABLE alerts (
    tenant_id  TEXT NOT NULL REFERENCES tenants (id),
    id         TEXT NOT NULL,
    kind       TEXT NOT NULL,
    token_id   TEXT,
    client_ip  TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    request_id TEXT NOT NULL,
    detail     TEXT NOT NULL,
    sightings  INTEGER NOT NULL,
    first_at   DATETIME NOT NULL,
    last_at    DATETIME NOT NULL,
    closed_at  DATETIME,
    closed_by  TEXT NOT NULL,
    note       TEXT NOT NULL,
    revision   INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, token_id) REFERENCES tokens (tenant_id, id)
);
-- An open alert is found again by what was seen.
CREATE UNIQUE INDEX alerts_open ON alerts (tenant_id, kind, token_id, client_ip) WHERE closed_at IS NULL;
CREATE INDEX alerts_token ON alerts (tenant_id, token_id, id);

-- Programs that ask about tokens which others present to them (RFC 7662, RFC 7009).
CREATE TABLE clients (
    tenant_id    TEXT NOT NULL REFERENCES tenants (id),
    id           TEXT NOT NULL,
    name         TEXT NOT NULL,
    may_revoke   BOOLEAN NOT NULL,
    digest       BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
    key_id       TEXT NOT NULL,
    hint         TEXT NOT NULL,
    created_by   TEXT NOT NULL,
    created_at   DATETIME NOT NULL,
    updated_at   DATETIME NOT NULL,
    rotated_at   DATETIME NOT NULL,
    last_used_at DATETIME,
    revision     INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX clients_name ON clients (tenant_id, name);

CREATE TABLE client_versions (
    tenant_id  TEXT NOT NULL,
    client_id  TEXT NOT NULL,
    version_id TEXT NOT NULL,
    PRIMARY KEY (tenant_id, client_id, version_id),
    FOREIGN KEY (tenant_id, client_id) REFERENCES clients (tenant_id, id),
    FOREIGN KEY (tenant_id, version_id) REFERENCES versions (tenant_id, id)
);

-- Many tokens stopped at once: what was asked for, by whom, and how far it came.
CREATE TABLE token_bulks (
    tenant_id   TEXT NOT NULL REFERENCES tenants (id),
    id          TEXT NOT NULL,
    verb        TEXT NOT NULL CHECK (verb IN ('pause', 'resume', 'revoke')),
    query       TEXT NOT NULL,
    cause       TEXT NOT NULL,
    reason      TEXT NOT NULL,
    user_id     TEXT NOT NULL REFERENCES users (id),
    expected    INTEGER NOT NULL,
    shown_at    DATETIME NOT NULL,
    created_at  DATETIME NOT NULL,
    finished_at DATETIME,
    PRIMARY KEY (tenant_id, id)
);

CREATE TABLE token_bulk_items (
    tenant_id  TEXT NOT NULL,
    bulk_id    TEXT NOT NULL,
    token_id   TEXT NOT NULL,
    change_seq INTEGER NOT NULL,
    at         DATETIME NOT NULL,
    PRIMARY KEY (tenant_id, bulk_id, token_id),
    FOREIGN KEY (tenant_id, bulk_id) REFERENCES token_bulks (tenant_id, id),
    FOREIGN KEY (tenant_id, token_id) REFERENCES tokens (tenant_id, id)
);

-- Filters of the inventory that a person wants again.
CREATE TABLE saved_views (
    tenant_id  TEXT NOT NULL REFERENCES tenants (id),
    id         TEXT NOT NULL,
    user_id    TEXT NOT NULL REFERENCES users (id),
    name       TEXT NOT NULL,
    query      TEXT NOT NULL,
    created_at DATETIME NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, user_id, name)
);

-- What a retried request made the first time (R5).
CREATE TABLE idempotencies (
    tenant_id  TEXT     NOT NULL REFERENCES tenants (id),
    user_id    TEXT     NOT NULL REFERENCES users (id),
    key        TEXT     NOT NULL,
    object_id  TEXT     NOT NULL,
    created_at DATETIME NOT NULL,
    PRIMARY KEY (tenant_id, user_id, key)
);

-- What happened to a version that its callers are told of, who called it then, and
-- who was told.
CREATE TABLE announcements (
    tenant_id     TEXT NOT NULL,
    id            TEXT NOT NULL,
    version_id    TEXT NOT NULL,
    kind          TEXT NOT NULL CHECK (kind IN ('published', 'deprecated', 'dates', 'undeprecated', 'retired', 'revived')),
    base_id       TEXT,
    revision_id   TEXT,
    deprecated_at DATETIME,
    sunset_at     DATETIME,
    breaking      INTEGER NOT NULL,
    summary       TEXT NOT NULL,
    made_by       TEXT NOT NULL,
    created_at    DATETIME NOT NULL,
    told_at       DATETIME,
    reminded      INTEGER NOT NULL,
    reminded_at   DATETIME,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, version_id) REFERENCES versions (tenant_id, id),
    FOREIGN KEY (tenant_id, base_id) REFERENCES revisions (tenant_id, id),
    FOREIGN KEY (tenant_id, revision_id) REFERENCES revisions (tenant_id, id)
);
CREATE INDEX announcements_version ON announcements (tenant_id, version_id, id);

CREATE TABLE announced_callers (
    tenant_id       TEXT NOT NULL,
    announcement_id TEXT NOT NULL,
    token_id        TEXT NOT NULL,
    team_id         TEXT NOT NULL,
    last_at         DATETIME NOT NULL,
    operations      TEXT NOT NULL,
    PRIMARY KEY (tenant_id, announcement_id, token_id),
    FOREIGN KEY (tenant_id, announcement_id) REFERENCES announcements (tenant_id, id),
    FOREIGN KEY (tenant_id, token_id) REFERENCES tokens (tenant_id, id),
    FOREIGN KEY (tenant_id, team_id) REFERENCES teams (tenant_id, id)
);

CREATE TABLE version_notices (
    tenant_id       TEXT NOT NULL,
    announcement_id TEXT NOT NULL,
    team_id         TEXT NOT NULL,
    user_id         TEXT NOT NULL REFERENCES users (id),
    version_id      TEXT NOT NULL,
    told_at         DATETIME NOT NULL,
    seen_at         DATETIME,
    PRIMARY KEY (tenant_id, announcement_id, team_id, user_id),
    FOREIGN KEY (tenant_id, version_id) REFERENCES versions (tenant_id, id),
    FOREIGN KEY (tenant_id, announcement_id) REFERENCES announcements (tenant_id, id),
    FOREIGN KEY (tenant_id, team_id) REFERENCES teams (tenant_id, id)
);
CREATE INDEX version_notices_unseen ON version_notices (user_id) WHERE seen_at IS NULL;

-- What is wrong with an API, as those who run it tell it, and each time they did.
CREATE TABLE incidents (
    tenant_id  TEXT NOT NULL,
    id         TEXT NOT NULL,
    api_id     TEXT NOT NULL,
    title      TEXT NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('investigating', 'identified', 'watching', 'resolved')),
    versions   TEXT NOT NULL,
    began_at   DATETIME NOT NULL,
    ended_at   DATETIME,
    created_at DATETIME NOT NULL,
    updated_at DATETIME NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, api_id) REFERENCES apis (tenant_id, id)
);
CREATE INDEX incidents_api ON incidents (tenant_id, api_id, began_at);

CREATE TABLE incident_updates (
    tenant_id   TEXT NOT NULL,
    id          TEXT NOT NULL,
    incident_id TEXT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('investigating', 'identified', 'watching', 'resolved')),
    text        TEXT NOT NULL,
    made_by     TEXT NOT NULL,
    created_at  DATETIME NOT NULL,
    told_at     DATETIME,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, incident_id) REFERENCES incidents (tenant_id, id)
);
CREATE INDEX incident_updates_incident ON incident_updates (tenant_id, incident_id, id);

-- What is told of an account stands under 'installation', as its audit events do.
CREATE TABLE notifications (
    tenant_id  TEXT     NOT NULL,
    id         TEXT     NOT NULL,
    user_id    TEXT     NOT NULL REFERENCES users (id),
    team_id    TEXT     NOT NULL,
    kind       TEXT     NOT NULL,
    title      TEXT     NOT NULL,
    body       TEXT     NOT NULL,
    link       TEXT     NOT NULL,
    created_at DATETIME NOT NULL,
    read_at    DATETIME,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX notifications_user ON notifications (user_id, id);

-- Mails that a person gets together with others, once a day.
CREATE TABLE digest_items (
    tenant_id  TEXT NOT NULL REFERENCES tenants (id),
    id         TEXT NOT NULL,
    user_id    TEXT NOT NULL REFERENCES users (id),
    mail       TEXT NOT NULL,
    created_at DATETIME NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX digest_items_user ON digest_items (user_id, id);

-- One chain a tenant, and one called 'installation' for accounts and staff.
CREATE TABLE audit_heads (
    tenant_id TEXT    NOT NULL PRIMARY KEY,
    seq       INTEGER NOT NULL,
    hash      BLOB    NOT NULL
);

CREATE TABLE audit_events (
    tenant_id     TEXT     NOT NULL,
    seq           INTEGER  NOT NULL,
    at            DATETIME NOT NULL,
    actor         TEXT     NOT NULL,
    actor_name    TEXT     NOT NULL,
    acting_as     TEXT     NOT NULL,
    action        TEXT     NOT NULL,
    object_kind   TEXT     NOT NULL,
    object_id     TEXT     NOT NULL,
    details       TEXT     NOT NULL,
    before_digest BLOB,
    after_digest  BLOB,
    request_id    TEXT     NOT NULL,
    client_ip     TEXT     NOT NULL,
    prev          BLOB     NOT NULL,
    hash          BLOB     NOT NULL,
    key_id        TEXT     NOT NULL,
    PRIMARY KEY (tenant_id, seq)
);
CREATE INDEX audit_events_grant ON audit_events (tenant_id, acting_as, seq) WHERE acting_as <> '';
CREATE INDEX audit_events_object ON audit_events (tenant_id, object_kind, object_id, seq);
CREATE INDEX audit_events_actor ON audit_events (actor, tenant_id, seq);

-- The change feed that gateways follow.
CREATE TABLE changes (
    seq       INTEGER  NOT NULL PRIMARY KEY AUTOINCREMENT,
    tenant_id TEXT     NOT NULL,
    kind      TEXT     NOT NULL,
    object_id TEXT     NOT NULL,
    at        DATETIME NOT NULL
);

-- Each process with a gateway, and the last change that its gateway has applied.
CREATE TABLE gateways (
    id         TEXT NOT NULL PRIMARY KEY,
    started_at DATETIME NOT NULL,
    applied    INTEGER NOT NULL,
    applied_at DATETIME NOT NULL,
    seen_at    DATETIME NOT NULL,
    host       TEXT NOT NULL,
    version    TEXT NOT NULL
);

-- Tokens of operators, for programs. They belong to no tenant.
CREATE TABLE operator_tokens (
    id             TEXT NOT NULL PRIMARY KEY,
    user_id        TEXT NOT NULL REFERENCES users (id),
    name           TEXT NOT NULL,
    scopes         TEXT NOT NULL,
    digest         BLOB NOT NULL UNIQUE,
    hint           TEXT NOT NULL,
    created_at     DATETIME NOT NULL,
    expires_at     DATETIME NOT NULL,
    revoked_at     DATETIME,
    revoked_by     TEXT,
    last_used_at   DATETIME,
    last_used_from TEXT NOT NULL
);
CREATE INDEX operator_tokens_user ON operator_tokens (user_id);

-- +goose Down

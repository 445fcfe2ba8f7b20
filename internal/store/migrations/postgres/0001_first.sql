-- +goose Up
-- The shapes of the first release. Every row of a tenant carries tenant_id in its
-- primary key, and every reference to one carries it too: the last line of the
-- separation of tenants stands in SQL.

CREATE TABLE settings (
    name       TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    value      TEXT COLLATE "C" NOT NULL,
    changed_at TIMESTAMPTZ,
    changed_by TEXT COLLATE "C"
);

-- Keys of the installation, wrapped by the key-encryption key.
CREATE TABLE installation_keys (
    kind       TEXT COLLATE "C"     NOT NULL,
    key_id     TEXT COLLATE "C"     NOT NULL,
    wrapped    BYTEA     NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (kind, key_id)
);

CREATE TABLE users (
    id         TEXT COLLATE "C"     NOT NULL PRIMARY KEY,
    email      TEXT COLLATE "C"     NOT NULL UNIQUE,
    name       TEXT COLLATE "C"     NOT NULL,
    handle     BYTEA     NOT NULL UNIQUE CHECK (length(handle) = 64),
    staff      TEXT COLLATE "C"     NOT NULL CHECK (staff IN ('', 'operator', 'support')),
    state      TEXT COLLATE "C"     NOT NULL CHECK (state IN ('active', 'disabled', 'deleted')),
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    recovered_at TIMESTAMPTZ
);

CREATE TABLE passkeys (
    id              TEXT COLLATE "C"     NOT NULL PRIMARY KEY,
    user_id         TEXT COLLATE "C"     NOT NULL REFERENCES users (id),
    credential_id   BYTEA     NOT NULL UNIQUE CHECK (length(credential_id) <= 1023),
    public_key      BYTEA     NOT NULL,
    sign_count      BIGINT  NOT NULL,
    backup_eligible BOOLEAN  NOT NULL,
    backup_state    BOOLEAN  NOT NULL,
    transports      TEXT COLLATE "C"     NOT NULL,
    aaguid          BYTEA     NOT NULL,
    name            TEXT COLLATE "C"     NOT NULL,
    created_at      TIMESTAMPTZ NOT NULL,
    last_used_at    TIMESTAMPTZ
);
CREATE INDEX passkeys_user ON passkeys (user_id);

-- Recovery codes of a person: the hash of each, to be used once.
CREATE TABLE recovery_codes (
    hash       BYTEA    NOT NULL PRIMARY KEY,
    user_id    TEXT COLLATE "C"     NOT NULL REFERENCES users (id),
    created_at TIMESTAMPTZ NOT NULL,
    used_at    TIMESTAMPTZ
);
CREATE INDEX recovery_codes_user ON recovery_codes (user_id);

-- Browser sessions. The id itself is in the cookie only; here stands its hash. One on
-- a tenant's own host is good there alone, and ends with the one that it came from.
CREATE TABLE sessions (
    hash        BYTEA     NOT NULL PRIMARY KEY,
    user_id     TEXT COLLATE "C" REFERENCES users (id),
    class       TEXT COLLATE "C"     NOT NULL,
    data        BYTEA     NOT NULL,
    client_ip   TEXT COLLATE "C"     NOT NULL,
    user_agent  TEXT COLLATE "C"     NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    seen_at     TIMESTAMPTZ NOT NULL,
    expires_at  TIMESTAMPTZ NOT NULL,
    replaced_at TIMESTAMPTZ,
    renew       BOOLEAN  NOT NULL,
    passkey_id  TEXT COLLATE "C" NOT NULL,
    provider    TEXT COLLATE "C" NOT NULL,
    host        TEXT COLLATE "C" NOT NULL,
    parent      BYTEA REFERENCES sessions (hash) ON DELETE CASCADE,
    CHECK ((parent IS NULL) = (host = ''))
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);
CREATE INDEX sessions_parent ON sessions (parent);
CREATE INDEX sessions_host ON sessions (host) WHERE host <> '';

-- One-time codes that carry a session over to a tenant's own host: the hash of each,
-- and of the nonce that the browser has to hold there.
CREATE TABLE session_codes (
    hash       BYTEA  NOT NULL PRIMARY KEY,
    parent     BYTEA  NOT NULL REFERENCES sessions (hash) ON DELETE CASCADE,
    user_id    TEXT COLLATE "C"   NOT NULL REFERENCES users (id),
    host       TEXT COLLATE "C"   NOT NULL,
    nonce      BYTEA  NOT NULL,
    next       TEXT COLLATE "C"   NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX session_codes_parent ON session_codes (parent);
CREATE INDEX session_codes_expiry ON session_codes (expires_at);

-- From where and with what each person has signed in lately: the network, and the
-- browser in words.
CREATE TABLE seen_places (
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    kind    TEXT COLLATE "C" NOT NULL CHECK (kind IN ('network', 'device')),
    value   TEXT COLLATE "C" NOT NULL,
    seen_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (user_id, kind, value)
);
CREATE INDEX seen_places_seen ON seen_places (seen_at);

-- How a person wants to hear of what; what is not here is as it is for everybody.
CREATE TABLE notice_choices (
    user_id  TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    category TEXT COLLATE "C" NOT NULL,
    in_app   BOOLEAN NOT NULL,
    mail     TEXT COLLATE "C" NOT NULL CHECK (mail IN ('each', 'daily', 'off')),
    PRIMARY KEY (user_id, category)
);

-- Passkey ceremonies that have begun, each to be finished once.
CREATE TABLE ceremonies (
    id         TEXT COLLATE "C"     NOT NULL PRIMARY KEY,
    session    BYTEA     NOT NULL,
    kind       TEXT COLLATE "C"     NOT NULL,
    data       BYTEA     NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX ceremonies_expiry ON ceremonies (expires_at);

-- Step-up proofs: one action, one object, used once.
CREATE TABLE proofs (
    id         TEXT COLLATE "C"     NOT NULL PRIMARY KEY,
    session    BYTEA     NOT NULL,
    user_id    TEXT COLLATE "C"     NOT NULL REFERENCES users (id),
    action     TEXT COLLATE "C"     NOT NULL,
    object     TEXT COLLATE "C"     NOT NULL,
    assertion  BYTEA    NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX proofs_expiry ON proofs (expires_at);

CREATE TABLE tenants (
    id            TEXT COLLATE "C"     NOT NULL PRIMARY KEY,
    slug          TEXT COLLATE "C"     NOT NULL UNIQUE,
    code          TEXT COLLATE "C"     NOT NULL UNIQUE CHECK (length(code) BETWEEN 2 AND 12),
    name          TEXT COLLATE "C"     NOT NULL,
    tagline       TEXT COLLATE "C"     NOT NULL,
    colour        TEXT COLLATE "C"     NOT NULL,
    logo          BYTEA,
    logo_type     TEXT COLLATE "C"     NOT NULL,
    logo_dark     BYTEA,
    welcome       TEXT COLLATE "C" NOT NULL,
    help          TEXT COLLATE "C" NOT NULL,
    links         TEXT COLLATE "C",
    sender        TEXT COLLATE "C" NOT NULL,
    public        BOOLEAN  NOT NULL,
    state         TEXT COLLATE "C"     NOT NULL CHECK (state IN ('active', 'suspended', 'archived')),
    archived_at   TIMESTAMPTZ CHECK ((archived_at IS NULL) = (state <> 'archived')),
    token_days    BIGINT  NOT NULL CHECK (token_days BETWEEN 1 AND 366),
    token_policy  TEXT COLLATE "C" NOT NULL,
    escalate_days BIGINT  NOT NULL CHECK (escalate_days BETWEEN 0 AND 60),
    sign_up       TEXT COLLATE "C" NOT NULL CHECK (sign_up IN ('open', 'domain', 'invite', 'approval')),
    sign_up_domains TEXT COLLATE "C" NOT NULL,
    self_approval BOOLEAN  NOT NULL,
    created_at    TIMESTAMPTZ NOT NULL,
    updated_at    TIMESTAMPTZ NOT NULL,
    revision      BIGINT  NOT NULL
);

-- How a tenant's portal looked, and the drafts of its admins.
CREATE TABLE looks (
    tenant_id    TEXT COLLATE "C" NOT NULL REFERENCES tenants (id),
    id           TEXT COLLATE "C" NOT NULL,
    name         TEXT COLLATE "C" NOT NULL,
    tagline      TEXT COLLATE "C" NOT NULL,
    colour       TEXT COLLATE "C" NOT NULL,
    welcome      TEXT COLLATE "C" NOT NULL,
    help         TEXT COLLATE "C" NOT NULL,
    links        TEXT COLLATE "C",
    sender       TEXT COLLATE "C" NOT NULL,
    logo         BYTEA,
    logo_type    TEXT COLLATE "C" NOT NULL,
    logo_dark    BYTEA,
    base_id      TEXT COLLATE "C" NOT NULL,
    created_by   TEXT COLLATE "C" NOT NULL,
    published_at TIMESTAMPTZ,
    created_at   TIMESTAMPTZ NOT NULL,
    updated_at   TIMESTAMPTZ NOT NULL,
    revision     BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX looks_draft ON looks (tenant_id, created_by) WHERE published_at IS NULL;

CREATE TABLE links (
    hash       BYTEA     NOT NULL PRIMARY KEY,
    kind       TEXT COLLATE "C"     NOT NULL CHECK (kind IN ('verify', 'invite', 'team', 'operator', 'staff', 'enrol', 'device', 'recover', 'recover_stop', 'email', 'undo', 'provider')),
    email      TEXT COLLATE "C"     NOT NULL,
    name       TEXT COLLATE "C"     NOT NULL,
    user_id    TEXT COLLATE "C" REFERENCES users (id),
    for_tenant TEXT COLLATE "C" REFERENCES tenants (id),
    for_team   TEXT COLLATE "C",
    role       TEXT COLLATE "C"     NOT NULL,
    next       TEXT COLLATE "C"     NOT NULL,
    created_by TEXT COLLATE "C"     NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    used_at    TIMESTAMPTZ,
    CHECK (for_team IS NULL OR for_tenant IS NOT NULL)
);
CREATE INDEX links_tenant ON links (for_tenant);

-- Keys of one tenant (pepper of its tokens, key of its audit chain), wrapped.
CREATE TABLE tenant_keys (
    tenant_id  TEXT COLLATE "C"     NOT NULL REFERENCES tenants (id),
    kind       TEXT COLLATE "C"     NOT NULL,
    key_id     TEXT COLLATE "C"     NOT NULL,
    wrapped    BYTEA     NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id, kind, key_id)
);

CREATE TABLE members (
    tenant_id  TEXT COLLATE "C"     NOT NULL REFERENCES tenants (id),
    user_id    TEXT COLLATE "C"     NOT NULL REFERENCES users (id),
    role       TEXT COLLATE "C"     NOT NULL CHECK (role IN ('auditor', 'api_manager', 'admin')),
    created_at TIMESTAMPTZ NOT NULL,
    daily      BOOLEAN NOT NULL,
    daily_at   TIMESTAMPTZ,
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
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id, user_id),
    UNIQUE (tenant_id, email)
);

-- Who decides about requests in place of a member who is away.
CREATE TABLE stand_ins (
    tenant_id  TEXT COLLATE "C"     NOT NULL,
    user_id    TEXT COLLATE "C"     NOT NULL,
    deputy_id  TEXT COLLATE "C"     NOT NULL,
    from_at    TIMESTAMPTZ NOT NULL,
    until_at   TIMESTAMPTZ NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id, user_id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES members (tenant_id, user_id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, deputy_id) REFERENCES members (tenant_id, user_id) ON DELETE CASCADE,
    CHECK (deputy_id <> user_id)
);
CREATE INDEX stand_ins_deputy ON stand_ins (tenant_id, deputy_id);

-- Who asked to become a partner of a tenant, or was let in.
CREATE TABLE admissions (
    tenant_id  TEXT COLLATE "C"     NOT NULL REFERENCES tenants (id),
    user_id    TEXT COLLATE "C"     NOT NULL REFERENCES users (id),
    state      TEXT COLLATE "C"     NOT NULL CHECK (state IN ('asked', 'let_in', 'denied', 'removed')),
    note       TEXT COLLATE "C"     NOT NULL,
    reason     TEXT COLLATE "C"     NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    decided_by TEXT COLLATE "C"     NOT NULL,
    decided_at TIMESTAMPTZ,
    PRIMARY KEY (tenant_id, user_id),
    CHECK ((state = 'asked') = (decided_at IS NULL))
);
CREATE INDEX admissions_user ON admissions (user_id);

-- OpenID providers: one for each tenant, and one for the staff, whose tenant is
-- 'installation'. What is sealed is the client secret.
CREATE TABLE providers (
    tenant_id     TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    id            TEXT COLLATE "C" NOT NULL UNIQUE,
    name          TEXT COLLATE "C" NOT NULL,
    issuer        TEXT COLLATE "C" NOT NULL,
    client_id     TEXT COLLATE "C" NOT NULL,
    sealed        BYTEA NOT NULL,
    number        BIGINT NOT NULL,
    fingerprint   TEXT COLLATE "C" NOT NULL,
    groups_claim  TEXT COLLATE "C" NOT NULL,
    roles         TEXT COLLATE "C" NOT NULL,
    sign_up       BOOLEAN NOT NULL,
    enabled       BOOLEAN NOT NULL,
    set_by        TEXT COLLATE "C" NOT NULL,
    revision      BIGINT NOT NULL,
    created_at    TIMESTAMPTZ NOT NULL,
    updated_at    TIMESTAMPTZ NOT NULL,
    failing_since TIMESTAMPTZ,
    failure       TEXT COLLATE "C" NOT NULL
);

-- Who somebody is at the provider of a tenant. What is sealed is the refresh token,
-- by which the provider is asked whether they are still there.
CREATE TABLE identities (
    tenant_id  TEXT COLLATE "C" NOT NULL REFERENCES providers (tenant_id),
    user_id    TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    issuer     TEXT COLLATE "C" NOT NULL,
    subject    TEXT COLLATE "C" NOT NULL,
    email      TEXT COLLATE "C" NOT NULL,
    sealed     BYTEA,
    number     BIGINT NOT NULL,
    groups     TEXT COLLATE "C" NOT NULL,
    given      TEXT COLLATE "C" NOT NULL,
    founded    BOOLEAN NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    seen_at    TIMESTAMPTZ NOT NULL,
    checked_at TIMESTAMPTZ NOT NULL,
    gone_at    TIMESTAMPTZ,
    PRIMARY KEY (tenant_id, user_id),
    UNIQUE (tenant_id, issuer, subject)
);
CREATE INDEX identities_user ON identities (user_id);
CREATE INDEX identities_checked ON identities (checked_at);

-- Recoveries of accounts that an admin began for a person who has lost their
-- passkeys: after a day in which both sides can stop it the person gets a link.
CREATE TABLE recoveries (
    tenant_id  TEXT COLLATE "C"     NOT NULL REFERENCES tenants (id),
    id         TEXT COLLATE "C"     NOT NULL,
    user_id    TEXT COLLATE "C"     NOT NULL REFERENCES users (id),
    reason     TEXT COLLATE "C"     NOT NULL,
    state      TEXT COLLATE "C"     NOT NULL CHECK (state IN ('waiting', 'sent', 'used', 'stopped')),
    started_by TEXT COLLATE "C"     NOT NULL REFERENCES users (id),
    stopped_by TEXT COLLATE "C"     NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    due_at     TIMESTAMPTZ NOT NULL,
    ended_at   TIMESTAMPTZ,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX recoveries_user ON recoveries (user_id);
CREATE INDEX recoveries_due ON recoveries (due_at) WHERE state = 'waiting';

CREATE TABLE grants (
    tenant_id   TEXT COLLATE "C"     NOT NULL REFERENCES tenants (id),
    id          TEXT COLLATE "C"     NOT NULL,
    user_id     TEXT COLLATE "C"     NOT NULL REFERENCES users (id),
    level       TEXT COLLATE "C"     NOT NULL CHECK (level IN ('view', 'support', 'manage')),
    reason      TEXT COLLATE "C"     NOT NULL,
    ticket      TEXT COLLATE "C"     NOT NULL,
    given_by    TEXT COLLATE "C"     NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    expires_at  TIMESTAMPTZ NOT NULL,
    ended_at    TIMESTAMPTZ,
    ended_by    TEXT COLLATE "C"     NOT NULL,
    seen_at     TIMESTAMPTZ,
    emergency   BOOLEAN NOT NULL,
    standing_id TEXT COLLATE "C"     NOT NULL,
    review      TEXT COLLATE "C"     NOT NULL,
    reviewed_by TEXT COLLATE "C"     NOT NULL,
    reviewed_at TIMESTAMPTZ,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX grants_user ON grants (user_id, expires_at);
CREATE INDEX grants_live ON grants (expires_at) WHERE ended_at IS NULL;
CREATE INDEX grants_unreviewed ON grants (created_at) WHERE emergency AND reviewed_at IS NULL;

-- What staff ask to be allowed in a tenant; a second person answers (R58).
CREATE TABLE grant_requests (
    tenant_id  TEXT COLLATE "C"     NOT NULL REFERENCES tenants (id),
    id         TEXT COLLATE "C"     NOT NULL,
    user_id    TEXT COLLATE "C"     NOT NULL REFERENCES users (id),
    level      TEXT COLLATE "C"     NOT NULL CHECK (level IN ('support', 'manage')),
    reason     TEXT COLLATE "C"     NOT NULL,
    ticket     TEXT COLLATE "C"     NOT NULL,
    minutes    BIGINT  NOT NULL CHECK (minutes BETWEEN 1 AND 480),
    state      TEXT COLLATE "C"     NOT NULL CHECK (state IN ('waiting', 'approved', 'declined', 'withdrawn', 'lapsed')),
    created_at TIMESTAMPTZ NOT NULL,
    answer_by  TIMESTAMPTZ NOT NULL,
    decided_by TEXT COLLATE "C"     NOT NULL,
    decided_at TIMESTAMPTZ,
    note       TEXT COLLATE "C"     NOT NULL,
    grant_id   TEXT COLLATE "C"     NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX grant_requests_one ON grant_requests (tenant_id, user_id) WHERE state = 'waiting';
CREATE INDEX grant_requests_waiting ON grant_requests (answer_by) WHERE state = 'waiting';
CREATE INDEX grant_requests_user ON grant_requests (user_id, id);

-- Who of the staff may look into a tenant whenever they have to.
CREATE TABLE standing_views (
    tenant_id   TEXT COLLATE "C"     NOT NULL REFERENCES tenants (id),
    id          TEXT COLLATE "C"     NOT NULL,
    user_id     TEXT COLLATE "C"     NOT NULL REFERENCES users (id),
    reason      TEXT COLLATE "C"     NOT NULL,
    given_by    TEXT COLLATE "C"     NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    reviewed_at TIMESTAMPTZ NOT NULL,
    reviewed_by TEXT COLLATE "C"     NOT NULL,
    ended_at    TIMESTAMPTZ,
    ended_by    TEXT COLLATE "C"     NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX standing_views_one ON standing_views (tenant_id, user_id) WHERE ended_at IS NULL;
CREATE INDEX standing_views_user ON standing_views (user_id);

-- The tenants that a staff person wants at hand.
CREATE TABLE favourites (
    tenant_id  TEXT COLLATE "C"     NOT NULL REFERENCES tenants (id),
    user_id    TEXT COLLATE "C"     NOT NULL REFERENCES users (id),
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id, user_id)
);
CREATE INDEX favourites_user ON favourites (user_id);

-- A tenant's line in the directory of the staff. Words are what is searched.
CREATE TABLE tenant_health (
    tenant_id TEXT COLLATE "C"     NOT NULL PRIMARY KEY REFERENCES tenants (id),
    name      TEXT COLLATE "C"     NOT NULL,
    slug      TEXT COLLATE "C"     NOT NULL,
    words     TEXT COLLATE "C"     NOT NULL,
    state     TEXT COLLATE "C"     NOT NULL,
    waiting   BIGINT  NOT NULL,
    alerts    BIGINT  NOT NULL,
    active_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX tenant_health_name ON tenant_health (name, tenant_id, words); -- the search reads nothing else of those that do not match
CREATE INDEX tenant_health_waiting ON tenant_health (waiting DESC, name, tenant_id);
CREATE INDEX tenant_health_alerts ON tenant_health (alerts DESC, name, tenant_id);
CREATE INDEX tenant_health_active ON tenant_health (active_at DESC, name, tenant_id);

CREATE TABLE teams (
    tenant_id  TEXT COLLATE "C"     NOT NULL REFERENCES tenants (id),
    id         TEXT COLLATE "C"     NOT NULL,
    name       TEXT COLLATE "C"     NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

ALTER TABLE links ADD FOREIGN KEY (for_tenant, for_team) REFERENCES teams (tenant_id, id);

CREATE TABLE memberships (
    tenant_id  TEXT COLLATE "C"     NOT NULL,
    team_id    TEXT COLLATE "C"     NOT NULL,
    user_id    TEXT COLLATE "C"     NOT NULL REFERENCES users (id),
    role       TEXT COLLATE "C"     NOT NULL CHECK (role IN ('owner', 'member')),
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id, team_id, user_id),
    FOREIGN KEY (tenant_id, team_id) REFERENCES teams (tenant_id, id)
);
CREATE INDEX memberships_user ON memberships (user_id);

-- Whether partners of a tenant may found teams themselves; without a row they may.
CREATE TABLE team_rules (
    tenant_id TEXT COLLATE "C"    NOT NULL PRIMARY KEY REFERENCES tenants (id),
    founding  BOOLEAN NOT NULL
);

-- The host name of its own under which a tenant is reached, once it is proven: then by
-- one tenant alone.
CREATE TABLE tenant_hosts (
    tenant_id  TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES tenants (id),
    host       TEXT COLLATE "C" NOT NULL,
    challenge  TEXT COLLATE "C" NOT NULL,
    asked_by   TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    created_at TIMESTAMPTZ NOT NULL,
    proven_at  TIMESTAMPTZ,
    looked_at  TIMESTAMPTZ,
    lost_at    TIMESTAMPTZ,
    CHECK (lost_at IS NULL OR proven_at IS NOT NULL)
);
CREATE UNIQUE INDEX tenant_hosts_proven ON tenant_hosts (host) WHERE proven_at IS NOT NULL;

-- Domains of e-mail addresses that a team says are its own.
CREATE TABLE team_domains (
    tenant_id   TEXT COLLATE "C"     NOT NULL,
    team_id     TEXT COLLATE "C"     NOT NULL,
    domain      TEXT COLLATE "C"     NOT NULL,
    challenge   TEXT COLLATE "C"     NOT NULL,
    claimed_by  TEXT COLLATE "C"     NOT NULL REFERENCES users (id),
    created_at  TIMESTAMPTZ NOT NULL,
    verified_at TIMESTAMPTZ,
    verified_by TEXT COLLATE "C"     NOT NULL,
    self_join   BOOLEAN  NOT NULL,
    PRIMARY KEY (tenant_id, team_id, domain),
    FOREIGN KEY (tenant_id, team_id) REFERENCES teams (tenant_id, id),
    CHECK (NOT self_join OR verified_at IS NOT NULL)
);
CREATE INDEX team_domains_domain ON team_domains (tenant_id, domain);

-- Who was removed from a team and comes in by a domain no more.
CREATE TABLE team_exclusions (
    tenant_id  TEXT COLLATE "C" NOT NULL,
    team_id    TEXT COLLATE "C" NOT NULL,
    user_id    TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    removed_by TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id, team_id, user_id),
    FOREIGN KEY (tenant_id, team_id) REFERENCES teams (tenant_id, id)
);

-- What acts for a team and is no person.
CREATE TABLE service_accounts (
    tenant_id   TEXT COLLATE "C"     NOT NULL,
    id          TEXT COLLATE "C"     NOT NULL,
    team_id     TEXT COLLATE "C"     NOT NULL,
    name        TEXT COLLATE "C"     NOT NULL,
    purpose     TEXT COLLATE "C"     NOT NULL,
    made_by     TEXT COLLATE "C"     NOT NULL REFERENCES users (id),
    created_at  TIMESTAMPTZ NOT NULL,
    disabled_at TIMESTAMPTZ,
    revision    BIGINT  NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, team_id, id),
    UNIQUE (tenant_id, team_id, name),
    FOREIGN KEY (tenant_id, team_id) REFERENCES teams (tenant_id, id)
);

-- Who answers for a service account: people of its team, as long as they are in it.
CREATE TABLE service_people (
    tenant_id  TEXT COLLATE "C" NOT NULL,
    service_id TEXT COLLATE "C" NOT NULL,
    team_id    TEXT COLLATE "C" NOT NULL,
    user_id    TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, service_id, user_id),
    FOREIGN KEY (tenant_id, team_id, service_id) REFERENCES service_accounts (tenant_id, team_id, id),
    FOREIGN KEY (tenant_id, team_id, user_id) REFERENCES memberships (tenant_id, team_id, user_id) ON DELETE CASCADE
);
CREATE INDEX service_people_member ON service_people (tenant_id, team_id, user_id);

CREATE TABLE apis (
    tenant_id   TEXT COLLATE "C"     NOT NULL REFERENCES tenants (id),
    id          TEXT COLLATE "C"     NOT NULL,
    slug        TEXT COLLATE "C"     NOT NULL,
    name        TEXT COLLATE "C"     NOT NULL,
    summary     TEXT COLLATE "C"     NOT NULL,
    description TEXT COLLATE "C"     NOT NULL,
    visibility  TEXT COLLATE "C"     NOT NULL CHECK (visibility IN ('public', 'signed_in', 'teams', 'hidden')),
    category    TEXT COLLATE "C"     NOT NULL,
    tags        TEXT COLLATE "C"     NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    updated_at  TIMESTAMPTZ NOT NULL,
    revision    BIGINT  NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, slug)
);

-- The teams for which an API of limited visibility is there.
CREATE TABLE api_teams (
    tenant_id TEXT COLLATE "C" NOT NULL,
    api_id    TEXT COLLATE "C" NOT NULL,
    team_id   TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, api_id, team_id),
    FOREIGN KEY (tenant_id, api_id) REFERENCES apis (tenant_id, id),
    FOREIGN KEY (tenant_id, team_id) REFERENCES teams (tenant_id, id)
);
CREATE INDEX api_teams_team ON api_teams (tenant_id, team_id);

CREATE TABLE versions (
    tenant_id    TEXT COLLATE "C"     NOT NULL,
    id           TEXT COLLATE "C"     NOT NULL,
    api_id       TEXT COLLATE "C"     NOT NULL,
    name         TEXT COLLATE "C"     NOT NULL,
    state        TEXT COLLATE "C"     NOT NULL CHECK (state IN ('draft', 'published', 'deprecated', 'retired')),
    upstream     TEXT COLLATE "C"     NOT NULL,
    body_limit   BIGINT  NOT NULL,
    published_id TEXT COLLATE "C",
    published_at TIMESTAMPTZ,
    deprecated_at TIMESTAMPTZ,
    sunset_at    TIMESTAMPTZ,
    retired_at   TIMESTAMPTZ,
    successor_id TEXT COLLATE "C",
    notice       TEXT COLLATE "C"     NOT NULL,
    mock         BOOLEAN NOT NULL,
    created_at   TIMESTAMPTZ NOT NULL,
    updated_at   TIMESTAMPTZ NOT NULL,
    revision     BIGINT  NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, api_id, name),
    UNIQUE (tenant_id, api_id, id),
    FOREIGN KEY (tenant_id, api_id) REFERENCES apis (tenant_id, id),
    FOREIGN KEY (tenant_id, successor_id) REFERENCES versions (tenant_id, id),
    CHECK (sunset_at IS NULL OR deprecated_at IS NOT NULL AND sunset_at >= deprecated_at),
    CHECK (state = 'draft' OR published_id IS NOT NULL)
);

CREATE TABLE revisions (
    tenant_id    TEXT COLLATE "C"     NOT NULL,
    id           TEXT COLLATE "C"     NOT NULL,
    version_id   TEXT COLLATE "C"     NOT NULL,
    number       BIGINT  NOT NULL,
    document     BYTEA     NOT NULL,
    sha256       BYTEA     NOT NULL,
    format       TEXT COLLATE "C"     NOT NULL,
    openapi      TEXT COLLATE "C"     NOT NULL,
    title        TEXT COLLATE "C"     NOT NULL,
    doc_version  TEXT COLLATE "C"     NOT NULL,
    outline      BYTEA     NOT NULL,
    operations   BIGINT  NOT NULL,
    grave        BIGINT  NOT NULL,
    warnings     BIGINT  NOT NULL,
    internal     BIGINT  NOT NULL,
    created_by   TEXT COLLATE "C"     NOT NULL,
    created_at   TIMESTAMPTZ NOT NULL,
    published_at TIMESTAMPTZ,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, version_id, number),
    UNIQUE (tenant_id, version_id, id),
    FOREIGN KEY (tenant_id, version_id) REFERENCES versions (tenant_id, id)
);

-- What is published is a revision of the version itself.
ALTER TABLE versions ADD FOREIGN KEY (tenant_id, id, published_id) REFERENCES revisions (tenant_id, version_id, id);

CREATE TABLE operations (
    tenant_id    TEXT COLLATE "C"    NOT NULL,
    revision_id  TEXT COLLATE "C"    NOT NULL,
    position     BIGINT NOT NULL,
    key          TEXT COLLATE "C"    NOT NULL,
    slug         TEXT COLLATE "C"    NOT NULL,
    method       TEXT COLLATE "C"    NOT NULL,
    path         TEXT COLLATE "C"    NOT NULL,
    operation_id TEXT COLLATE "C"    NOT NULL,
    summary      TEXT COLLATE "C"    NOT NULL,
    tag          TEXT COLLATE "C"    NOT NULL,
    class        TEXT COLLATE "C"    NOT NULL CHECK (class IN ('read', 'write')),
    scopes       TEXT COLLATE "C"    NOT NULL,
    personal     TEXT COLLATE "C"     NOT NULL,
    deprecated   BOOLEAN NOT NULL,
    deprecated_at TIMESTAMPTZ,
    risk         TEXT COLLATE "C" NOT NULL,
    detail       BYTEA    NOT NULL,
    PRIMARY KEY (tenant_id, revision_id, position),
    UNIQUE (tenant_id, revision_id, slug),
    FOREIGN KEY (tenant_id, revision_id) REFERENCES revisions (tenant_id, id)
);

-- Pages that a tenant writes beside its reference. What readers see is a copy of
-- what was written when it was published.
CREATE TABLE guides (
    tenant_id    TEXT COLLATE "C" NOT NULL REFERENCES tenants (id),
    id           TEXT COLLATE "C" NOT NULL,
    api_id       TEXT COLLATE "C",
    slug         TEXT COLLATE "C" NOT NULL,
    title        TEXT COLLATE "C" NOT NULL,
    body         TEXT COLLATE "C" NOT NULL,
    position     BIGINT NOT NULL,
    shown_title  TEXT COLLATE "C" NOT NULL,
    shown_body   TEXT COLLATE "C" NOT NULL,
    published_at TIMESTAMPTZ,
    created_by   TEXT COLLATE "C" NOT NULL,
    created_at   TIMESTAMPTZ NOT NULL,
    updated_at   TIMESTAMPTZ NOT NULL,
    revision     BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, api_id) REFERENCES apis (tenant_id, id)
);
CREATE UNIQUE INDEX guides_slug ON guides (tenant_id, COALESCE(api_id, ''), slug);

-- Pages of a document's reference beside those of its operations.
CREATE TABLE reference_pages (
    tenant_id   TEXT COLLATE "C" NOT NULL,
    revision_id TEXT COLLATE "C" NOT NULL,
    kind        TEXT COLLATE "C" NOT NULL CHECK (kind IN ('schema', 'webhook')),
    position    BIGINT NOT NULL,
    slug        TEXT COLLATE "C" NOT NULL,
    title       TEXT COLLATE "C" NOT NULL,
    method      TEXT COLLATE "C" NOT NULL,
    deprecated  BOOLEAN NOT NULL,
    detail      BYTEA   NOT NULL,
    PRIMARY KEY (tenant_id, revision_id, kind, position),
    UNIQUE (tenant_id, revision_id, kind, slug),
    FOREIGN KEY (tenant_id, revision_id) REFERENCES revisions (tenant_id, id)
);

-- What a search can find. The terms are made of the words that the program cut.
CREATE TABLE search_entries (
    number      BIGINT  NOT NULL GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    tenant_id   TEXT COLLATE "C" NOT NULL,
    revision_id TEXT COLLATE "C",
    guide_id    TEXT COLLATE "C",
    position    BIGINT NOT NULL,
    kind        TEXT COLLATE "C" NOT NULL CHECK (kind IN ('operation', 'schema', 'webhook', 'prose', 'guide')),
    slug        TEXT COLLATE "C" NOT NULL,
    method      TEXT COLLATE "C" NOT NULL,
    title       TEXT COLLATE "C" NOT NULL,
    path        TEXT COLLATE "C" NOT NULL,
    body        TEXT COLLATE "C" NOT NULL,
    titles      TEXT COLLATE "C" NOT NULL,
    paths       TEXT COLLATE "C" NOT NULL,
    words       TEXT COLLATE "C" NOT NULL,
    terms       TSVECTOR GENERATED ALWAYS AS (setweight(to_tsvector('simple', titles), 'A') ||
        setweight(to_tsvector('simple', paths), 'B') || to_tsvector('simple', words)) STORED,
    CHECK ((revision_id IS NULL) <> (guide_id IS NULL)),
    UNIQUE (tenant_id, revision_id, position),
    UNIQUE (tenant_id, guide_id),
    FOREIGN KEY (tenant_id, guide_id) REFERENCES guides (tenant_id, id),
    FOREIGN KEY (tenant_id, revision_id) REFERENCES revisions (tenant_id, id)
);
CREATE INDEX search_entries_terms ON search_entries USING gin (terms);

-- What changed from one document to another: of one version, or of two of an API.
CREATE TABLE comparisons (
    tenant_id   TEXT COLLATE "C" NOT NULL,
    base_id     TEXT COLLATE "C" NOT NULL,
    revision_id TEXT COLLATE "C" NOT NULL,
    added       BIGINT NOT NULL,
    changed     BIGINT NOT NULL,
    deprecated  BIGINT NOT NULL,
    removed     BIGINT NOT NULL,
    breaking    BIGINT NOT NULL,
    changes     BYTEA NOT NULL,
    failure     TEXT COLLATE "C" NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id, base_id, revision_id),
    FOREIGN KEY (tenant_id, base_id) REFERENCES revisions (tenant_id, id),
    FOREIGN KEY (tenant_id, revision_id) REFERENCES revisions (tenant_id, id)
);

-- Documents on their way in, and what became of them. API and version are as they
-- were named: the import may make them.
CREATE TABLE imports (
    tenant_id   TEXT COLLATE "C" NOT NULL,
    id          TEXT COLLATE "C" NOT NULL,
    api         TEXT COLLATE "C" NOT NULL,
    version     TEXT COLLATE "C" NOT NULL,
    origin      TEXT COLLATE "C" NOT NULL CHECK (origin IN ('upload', 'api', 'url', 'check')),
    address     TEXT COLLATE "C" NOT NULL,
    state       TEXT COLLATE "C" NOT NULL CHECK (state IN ('queued', 'reading', 'stored', 'refused', 'failed')),
    stage       TEXT COLLATE "C" NOT NULL,
    attempts    BIGINT NOT NULL,
    size        BIGINT NOT NULL,
    document    BYTEA,
    revision_id TEXT COLLATE "C",
    created     BOOLEAN NOT NULL,
    operations  BIGINT NOT NULL,
    warnings    BIGINT NOT NULL,
    code        TEXT COLLATE "C" NOT NULL,
    message     TEXT COLLATE "C" NOT NULL,
    problems    BYTEA,
    created_by  TEXT COLLATE "C" NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    updated_at  TIMESTAMPTZ NOT NULL,
    finished_at TIMESTAMPTZ,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    FOREIGN KEY (tenant_id, revision_id) REFERENCES revisions (tenant_id, id)
);

CREATE INDEX imports_of ON imports (tenant_id, api, version, id);

-- The URL from which a version's document comes.
CREATE TABLE document_sources (
    tenant_id     TEXT COLLATE "C" NOT NULL,
    version_id    TEXT COLLATE "C" NOT NULL,
    url           TEXT COLLATE "C" NOT NULL,
    schedule      TEXT COLLATE "C" NOT NULL CHECK (schedule IN ('off', 'hourly', 'daily', 'weekly')),
    etag          TEXT COLLATE "C" NOT NULL,
    last_modified TEXT COLLATE "C" NOT NULL,
    set_by        TEXT COLLATE "C" NOT NULL,
    set_at        TIMESTAMPTZ NOT NULL,
    checked_at    TIMESTAMPTZ,
    next_at       TIMESTAMPTZ,
    failures      BIGINT NOT NULL,
    failure       TEXT COLLATE "C" NOT NULL,
    failing_since TIMESTAMPTZ,
    PRIMARY KEY (tenant_id, version_id),
    FOREIGN KEY (tenant_id, version_id) REFERENCES versions (tenant_id, id)
);

-- What an API manager says of a version's operations, by key.
CREATE TABLE groupings (
    tenant_id  TEXT COLLATE "C" NOT NULL,
    version_id TEXT COLLATE "C" NOT NULL,
    rules      TEXT COLLATE "C" NOT NULL,
    scopes     TEXT COLLATE "C" NOT NULL,
    updated_by TEXT COLLATE "C" NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    revision   BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, version_id),
    FOREIGN KEY (tenant_id, version_id) REFERENCES versions (tenant_id, id)
);

CREATE INDEX document_sources_due ON document_sources (next_at) WHERE next_at IS NOT NULL;

CREATE TABLE credentials (
    tenant_id   TEXT COLLATE "C"     NOT NULL,
    id          TEXT COLLATE "C"     NOT NULL,
    version_id  TEXT COLLATE "C"     NOT NULL,
    header      TEXT COLLATE "C"     NOT NULL,
    origin      TEXT COLLATE "C"     NOT NULL,
    sealed      BYTEA     NOT NULL,
    number      BIGINT  NOT NULL,
    fingerprint TEXT COLLATE "C"     NOT NULL,
    set_by      TEXT COLLATE "C"     NOT NULL,
    set_at      TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, version_id),
    FOREIGN KEY (tenant_id, version_id) REFERENCES versions (tenant_id, id)
);

CREATE TABLE plans (
    tenant_id    TEXT COLLATE "C"     NOT NULL,
    id           TEXT COLLATE "C"     NOT NULL,
    api_id       TEXT COLLATE "C"     NOT NULL,
    slug         TEXT COLLATE "C"     NOT NULL,
    name         TEXT COLLATE "C"     NOT NULL,
    summary      TEXT COLLATE "C"     NOT NULL,
    rates        TEXT COLLATE "C"     NOT NULL,
    quota_calls  BIGINT  NOT NULL,
    quota_period TEXT COLLATE "C"     NOT NULL CHECK (quota_period IN ('', 'day', 'month')),
    quota_day    BIGINT  NOT NULL CHECK (quota_day BETWEEN 0 AND 31),
    operations   TEXT COLLATE "C"     NOT NULL,
    auto_approve BOOLEAN  NOT NULL,
    archived_at  TIMESTAMPTZ,
    created_at   TIMESTAMPTZ NOT NULL,
    updated_at   TIMESTAMPTZ NOT NULL,
    revision     BIGINT  NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, api_id, slug),
    UNIQUE (tenant_id, api_id, id),
    FOREIGN KEY (tenant_id, api_id) REFERENCES apis (tenant_id, id)
);

-- Other limits for one team, until a moment.
CREATE TABLE plan_exceptions (
    tenant_id    TEXT COLLATE "C"     NOT NULL,
    id           TEXT COLLATE "C"     NOT NULL,
    plan_id      TEXT COLLATE "C"     NOT NULL,
    team_id      TEXT COLLATE "C"     NOT NULL,
    rates        TEXT COLLATE "C"     NOT NULL,
    quota_calls  BIGINT  NOT NULL,
    quota_period TEXT COLLATE "C"     NOT NULL CHECK (quota_period IN ('', 'day', 'month')),
    quota_day    BIGINT  NOT NULL CHECK (quota_day BETWEEN 0 AND 31),
    reason       TEXT COLLATE "C"     NOT NULL,
    created_by   TEXT COLLATE "C"     NOT NULL REFERENCES users (id),
    created_at   TIMESTAMPTZ NOT NULL,
    ends_at      TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, plan_id) REFERENCES plans (tenant_id, id),
    FOREIGN KEY (tenant_id, team_id) REFERENCES teams (tenant_id, id)
);
CREATE INDEX plan_exceptions_plan ON plan_exceptions (tenant_id, plan_id, id);
CREATE INDEX plan_exceptions_team ON plan_exceptions (tenant_id, team_id, ends_at);

-- What teams were told of their quotas, once for each period and threshold.
CREATE TABLE quota_notices (
    tenant_id    TEXT COLLATE "C"     NOT NULL,
    team_id      TEXT COLLATE "C"     NOT NULL,
    version_id   TEXT COLLATE "C"     NOT NULL,
    starts_at    TIMESTAMPTZ NOT NULL,
    quota_period TEXT COLLATE "C"     NOT NULL,
    quota_calls  BIGINT  NOT NULL,
    threshold    BIGINT  NOT NULL,
    told_at      TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id, team_id, version_id, starts_at, quota_period, quota_calls, threshold),
    FOREIGN KEY (tenant_id, team_id) REFERENCES teams (tenant_id, id),
    FOREIGN KEY (tenant_id, version_id) REFERENCES versions (tenant_id, id)
);

CREATE TABLE subscriptions (
    tenant_id    TEXT COLLATE "C"     NOT NULL,
    id           TEXT COLLATE "C"     NOT NULL,
    team_id      TEXT COLLATE "C"     NOT NULL,
    api_id       TEXT COLLATE "C"     NOT NULL,
    version_id   TEXT COLLATE "C"     NOT NULL,
    plan_id      TEXT COLLATE "C"     NOT NULL,
    state        TEXT COLLATE "C"     NOT NULL CHECK (state IN ('pending', 'approved', 'paused', 'denied', 'withdrawn', 'ended')),
    purpose      TEXT COLLATE "C"     NOT NULL,
    expected_calls BIGINT  NOT NULL,
    wished_end   TIMESTAMPTZ,
    requested_by TEXT COLLATE "C"     NOT NULL REFERENCES users (id),
    requested_at TIMESTAMPTZ NOT NULL,
    decided_by   TEXT COLLATE "C"     NOT NULL,
    decided_at   TIMESTAMPTZ,
    reason       TEXT COLLATE "C"     NOT NULL,
    ends_at      TIMESTAMPTZ,
    end_notice   BIGINT  NOT NULL,
    escalated_at TIMESTAMPTZ,
    handed_at    TIMESTAMPTZ,
    wanted_plan_id TEXT COLLATE "C",
    wanted_why   TEXT COLLATE "C"     NOT NULL,
    wanted_by    TEXT COLLATE "C"     NOT NULL,
    wanted_at    TIMESTAMPTZ,
    updated_at   TIMESTAMPTZ NOT NULL,
    revision     BIGINT  NOT NULL,
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
    tenant_id       TEXT COLLATE "C"     NOT NULL,
    id              TEXT COLLATE "C"     NOT NULL,
    subscription_id TEXT COLLATE "C"     NOT NULL,
    user_id         TEXT COLLATE "C"     NOT NULL REFERENCES users (id),
    from_team       BOOLEAN NOT NULL,
    body            TEXT COLLATE "C"     NOT NULL,
    created_at      TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, subscription_id) REFERENCES subscriptions (tenant_id, id)
);
CREATE INDEX subscription_messages_of ON subscription_messages (tenant_id, subscription_id, id);

CREATE TABLE tokens (
    tenant_id   TEXT COLLATE "C"     NOT NULL REFERENCES tenants (id),
    id          TEXT COLLATE "C"     NOT NULL,
    kind        TEXT COLLATE "C"     NOT NULL CHECK (kind IN ('access', 'management', 'try')),
    user_id     TEXT COLLATE "C"     NOT NULL REFERENCES users (id),
    team_id     TEXT COLLATE "C",
    service_id  TEXT COLLATE "C",
    name        TEXT COLLATE "C"     NOT NULL,
    description TEXT COLLATE "C"     NOT NULL,
    purpose     TEXT COLLATE "C" NOT NULL,
    digest      BYTEA     NOT NULL UNIQUE CHECK (length(digest) = 32),
    key_id      TEXT COLLATE "C"     NOT NULL,
    hint        TEXT COLLATE "C"     NOT NULL,
    state       TEXT COLLATE "C"     NOT NULL CHECK (state IN ('pending', 'active', 'paused', 'revoked')),
    scopes      TEXT COLLATE "C"     NOT NULL,
    allowed_ips TEXT COLLATE "C"     NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    expires_at  TIMESTAMPTZ NOT NULL,
    updated_at  TIMESTAMPTZ NOT NULL,
    revoked_at  TIMESTAMPTZ,
    revoked_by  TEXT COLLATE "C"     NOT NULL,
    held_by     TEXT COLLATE "C"     NOT NULL,
    reason      TEXT COLLATE "C"     NOT NULL,
    cause       TEXT COLLATE "C" NOT NULL,
    change_seq  BIGINT NOT NULL,
    refused_at  TIMESTAMPTZ,
    refused_id  TEXT COLLATE "C" NOT NULL,
    used_at     TIMESTAMPTZ NOT NULL,
    family      TEXT COLLATE "C" NOT NULL,
    replaces    TEXT COLLATE "C",
    retire_at   TIMESTAMPTZ,
    retire_idle BOOLEAN NOT NULL,
    narrowing   TEXT COLLATE "C" NOT NULL,
    wish        TEXT COLLATE "C",
    pause_at    TIMESTAMPTZ,
    revision    BIGINT  NOT NULL,
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
    tenant_id    TEXT COLLATE "C"     NOT NULL,
    id           TEXT COLLATE "C"     NOT NULL,
    hash         BYTEA     NOT NULL UNIQUE,
    team_id      TEXT COLLATE "C"     NOT NULL,
    user_id      TEXT COLLATE "C"     NOT NULL REFERENCES users (id),
    service_id   TEXT COLLATE "C",
    name         TEXT COLLATE "C"     NOT NULL,
    settings     TEXT COLLATE "C"     NOT NULL,
    prepared_by  TEXT COLLATE "C"     NOT NULL REFERENCES users (id),
    created_at   TIMESTAMPTZ NOT NULL,
    expires_at   TIMESTAMPTZ NOT NULL,
    withdrawn_at TIMESTAMPTZ,
    claimed_at   TIMESTAMPTZ,
    token_id     TEXT COLLATE "C",
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
CREATE FUNCTION tokens_revoked_for_good() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'revoked' AND (NEW.state <> 'revoked' OR NEW.revoked_at IS DISTINCT FROM OLD.revoked_at OR NEW.digest <> OLD.digest) THEN
        RAISE EXCEPTION 'a revoked token stays revoked' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER tokens_revoked_for_good BEFORE UPDATE ON tokens FOR EACH ROW EXECUTE FUNCTION tokens_revoked_for_good();

CREATE TABLE token_permissions (
    tenant_id  TEXT COLLATE "C" NOT NULL,
    token_id   TEXT COLLATE "C" NOT NULL,
    version_id TEXT COLLATE "C" NOT NULL,
    access     TEXT COLLATE "C" NOT NULL CHECK (access IN ('none', 'read', 'write', 'custom')),
    scopes     TEXT COLLATE "C" NOT NULL,
    operations TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, token_id, version_id),
    FOREIGN KEY (tenant_id, token_id) REFERENCES tokens (tenant_id, id),
    FOREIGN KEY (tenant_id, version_id) REFERENCES versions (tenant_id, id)
);

-- Who besides its owner gets a token's notices.
CREATE TABLE token_people (
    tenant_id TEXT COLLATE "C" NOT NULL,
    token_id  TEXT COLLATE "C" NOT NULL,
    user_id   TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    PRIMARY KEY (tenant_id, token_id, user_id),
    FOREIGN KEY (tenant_id, token_id) REFERENCES tokens (tenant_id, id)
);

-- What was told of a token, so that it is told once.
CREATE TABLE token_notices (
    tenant_id TEXT COLLATE "C" NOT NULL,
    token_id  TEXT COLLATE "C" NOT NULL,
    kind      TEXT COLLATE "C" NOT NULL,
    at        TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id, token_id, kind),
    FOREIGN KEY (tenant_id, token_id) REFERENCES tokens (tenant_id, id)
);

-- What was seen of a token's use when somebody last looked: what lists and policies
-- go by. It is observed, not decided, so the audit log says nothing of it.
CREATE TABLE token_uses (
    tenant_id TEXT COLLATE "C" NOT NULL,
    token_id  TEXT COLLATE "C" NOT NULL,
    used_at   TIMESTAMPTZ,
    used_from TEXT NOT NULL,
    kept_at   TIMESTAMPTZ,
    may       INTEGER NOT NULL,
    used      INTEGER NOT NULL,
    looked_at TIMESTAMPTZ,
    PRIMARY KEY (tenant_id, token_id),
    FOREIGN KEY (tenant_id, token_id) REFERENCES tokens (tenant_id, id)
);

-- What somebody has to look at. One row for the same thing seen again.
CREATE TABLE alerts (
    tenant_id  TEXT COLLATE "C" NOT NULL REFERENCES tenants (id),
    id         TEXT COLLATE "C" NOT NULL,
    kind       TEXT COLLATE "C" NOT NULL,
    token_id   TEXT COLLATE "C",
    client_ip  TEXT COLLATE "C" NOT NULL,
    user_agent TEXT COLLATE "C" NOT NULL,
    request_id TEXT COLLATE "C" NOT NULL,
    detail     TEXT COLLATE "C" NOT NULL,
    sightings  BIGINT NOT NULL,
    first_at   TIMESTAMPTZ NOT NULL,
    last_at    TIMESTAMPTZ NOT NULL,
    closed_at  TIMESTAMPTZ,
    closed_by  TEXT COLLATE "C" NOT NULL,
    note       TEXT COLLATE "C" NOT NULL,
    revision   BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, token_id) REFERENCES tokens (tenant_id, id)
);
-- An open alert is found again by what was seen.
CREATE UNIQUE INDEX alerts_open ON alerts (tenant_id, kind, token_id, client_ip) WHERE closed_at IS NULL;
CREATE INDEX alerts_token ON alerts (tenant_id, token_id, id);

-- Programs that ask about tokens which others present to them (RFC 7662, RFC 7009).
CREATE TABLE clients (
    tenant_id    TEXT COLLATE "C" NOT NULL REFERENCES tenants (id),
    id           TEXT COLLATE "C" NOT NULL,
    name         TEXT COLLATE "C" NOT NULL,
    may_revoke   BOOLEAN NOT NULL,
    digest       BYTEA NOT NULL UNIQUE CHECK (length(digest) = 32),
    key_id       TEXT COLLATE "C" NOT NULL,
    hint         TEXT COLLATE "C" NOT NULL,
    created_by   TEXT COLLATE "C" NOT NULL,
    created_at   TIMESTAMPTZ NOT NULL,
    updated_at   TIMESTAMPTZ NOT NULL,
    rotated_at   TIMESTAMPTZ NOT NULL,
    last_used_at TIMESTAMPTZ,
    revision     BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX clients_name ON clients (tenant_id, name);

CREATE TABLE client_versions (
    tenant_id  TEXT COLLATE "C" NOT NULL,
    client_id  TEXT COLLATE "C" NOT NULL,
    version_id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, client_id, version_id),
    FOREIGN KEY (tenant_id, client_id) REFERENCES clients (tenant_id, id),
    FOREIGN KEY (tenant_id, version_id) REFERENCES versions (tenant_id, id)
);

-- Many tokens stopped at once: what was asked for, by whom, and how far it came.
CREATE TABLE token_bulks (
    tenant_id   TEXT COLLATE "C" NOT NULL REFERENCES tenants (id),
    id          TEXT COLLATE "C" NOT NULL,
    verb        TEXT COLLATE "C" NOT NULL CHECK (verb IN ('pause', 'resume', 'revoke')),
    query       TEXT COLLATE "C" NOT NULL,
    cause       TEXT COLLATE "C" NOT NULL,
    reason      TEXT COLLATE "C" NOT NULL,
    user_id     TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    expected    BIGINT NOT NULL,
    shown_at    TIMESTAMPTZ NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    finished_at TIMESTAMPTZ,
    PRIMARY KEY (tenant_id, id)
);

CREATE TABLE token_bulk_items (
    tenant_id  TEXT COLLATE "C" NOT NULL,
    bulk_id    TEXT COLLATE "C" NOT NULL,
    token_id   TEXT COLLATE "C" NOT NULL,
    change_seq BIGINT NOT NULL,
    at         TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id, bulk_id, token_id),
    FOREIGN KEY (tenant_id, bulk_id) REFERENCES token_bulks (tenant_id, id),
    FOREIGN KEY (tenant_id, token_id) REFERENCES tokens (tenant_id, id)
);

-- Filters of the inventory that a person wants again.
CREATE TABLE saved_views (
    tenant_id  TEXT COLLATE "C" NOT NULL REFERENCES tenants (id),
    id         TEXT COLLATE "C" NOT NULL,
    user_id    TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    name       TEXT COLLATE "C" NOT NULL,
    query      TEXT COLLATE "C" NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, user_id, name)
);

-- What a retried request made the first time (R5).
CREATE TABLE idempotencies (
    tenant_id  TEXT COLLATE "C"     NOT NULL REFERENCES tenants (id),
    user_id    TEXT COLLATE "C"     NOT NULL REFERENCES users (id),
    key        TEXT COLLATE "C"     NOT NULL,
    object_id  TEXT COLLATE "C"     NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id, user_id, key)
);

-- What happened to a version that its callers are told of, who called it then, and
-- who was told.
CREATE TABLE announcements (
    tenant_id     TEXT COLLATE "C" NOT NULL,
    id            TEXT COLLATE "C" NOT NULL,
    version_id    TEXT COLLATE "C" NOT NULL,
    kind          TEXT COLLATE "C" NOT NULL CHECK (kind IN ('published', 'deprecated', 'dates', 'undeprecated', 'retired', 'revived')),
    base_id       TEXT COLLATE "C",
    revision_id   TEXT COLLATE "C",
    deprecated_at TIMESTAMPTZ,
    sunset_at     TIMESTAMPTZ,
    breaking      BIGINT NOT NULL,
    summary       TEXT COLLATE "C" NOT NULL,
    made_by       TEXT COLLATE "C" NOT NULL,
    created_at    TIMESTAMPTZ NOT NULL,
    told_at       TIMESTAMPTZ,
    reminded      BIGINT NOT NULL,
    reminded_at   TIMESTAMPTZ,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, version_id) REFERENCES versions (tenant_id, id),
    FOREIGN KEY (tenant_id, base_id) REFERENCES revisions (tenant_id, id),
    FOREIGN KEY (tenant_id, revision_id) REFERENCES revisions (tenant_id, id)
);
CREATE INDEX announcements_version ON announcements (tenant_id, version_id, id);

CREATE TABLE announced_callers (
    tenant_id       TEXT COLLATE "C" NOT NULL,
    announcement_id TEXT COLLATE "C" NOT NULL,
    token_id        TEXT COLLATE "C" NOT NULL,
    team_id         TEXT COLLATE "C" NOT NULL,
    last_at         TIMESTAMPTZ NOT NULL,
    operations      TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, announcement_id, token_id),
    FOREIGN KEY (tenant_id, announcement_id) REFERENCES announcements (tenant_id, id),
    FOREIGN KEY (tenant_id, token_id) REFERENCES tokens (tenant_id, id),
    FOREIGN KEY (tenant_id, team_id) REFERENCES teams (tenant_id, id)
);

CREATE TABLE version_notices (
    tenant_id       TEXT COLLATE "C" NOT NULL,
    announcement_id TEXT COLLATE "C" NOT NULL,
    team_id         TEXT COLLATE "C" NOT NULL,
    user_id         TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    version_id      TEXT COLLATE "C" NOT NULL,
    told_at         TIMESTAMPTZ NOT NULL,
    seen_at         TIMESTAMPTZ,
    PRIMARY KEY (tenant_id, announcement_id, team_id, user_id),
    FOREIGN KEY (tenant_id, version_id) REFERENCES versions (tenant_id, id),
    FOREIGN KEY (tenant_id, announcement_id) REFERENCES announcements (tenant_id, id),
    FOREIGN KEY (tenant_id, team_id) REFERENCES teams (tenant_id, id)
);
CREATE INDEX version_notices_unseen ON version_notices (user_id) WHERE seen_at IS NULL;

-- What is wrong with an API, as those who run it tell it, and each time they did.
CREATE TABLE incidents (
    tenant_id  TEXT COLLATE "C" NOT NULL,
    id         TEXT COLLATE "C" NOT NULL,
    api_id     TEXT COLLATE "C" NOT NULL,
    title      TEXT COLLATE "C" NOT NULL,
    state      TEXT COLLATE "C" NOT NULL CHECK (state IN ('investigating', 'identified', 'watching', 'resolved')),
    versions   TEXT COLLATE "C" NOT NULL,
    began_at   TIMESTAMPTZ NOT NULL,
    ended_at   TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, api_id) REFERENCES apis (tenant_id, id)
);
CREATE INDEX incidents_api ON incidents (tenant_id, api_id, began_at);

CREATE TABLE incident_updates (
    tenant_id   TEXT COLLATE "C" NOT NULL,
    id          TEXT COLLATE "C" NOT NULL,
    incident_id TEXT COLLATE "C" NOT NULL,
    state       TEXT COLLATE "C" NOT NULL CHECK (state IN ('investigating', 'identified', 'watching', 'resolved')),
    text        TEXT COLLATE "C" NOT NULL,
    made_by     TEXT COLLATE "C" NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    told_at     TIMESTAMPTZ,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, incident_id) REFERENCES incidents (tenant_id, id)
);
CREATE INDEX incident_updates_incident ON incident_updates (tenant_id, incident_id, id);

-- What is told of an account stands under 'installation', as its audit events do.
CREATE TABLE notifications (
    tenant_id  TEXT COLLATE "C"     NOT NULL,
    id         TEXT COLLATE "C"     NOT NULL,
    user_id    TEXT COLLATE "C"     NOT NULL REFERENCES users (id),
    team_id    TEXT COLLATE "C"     NOT NULL,
    kind       TEXT COLLATE "C"     NOT NULL,
    title      TEXT COLLATE "C"     NOT NULL,
    body       TEXT COLLATE "C"     NOT NULL,
    link       TEXT COLLATE "C"     NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    read_at    TIMESTAMPTZ,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX notifications_user ON notifications (user_id, id);

-- Mails that a person gets together with others, once a day.
CREATE TABLE digest_items (
    tenant_id  TEXT COLLATE "C" NOT NULL REFERENCES tenants (id),
    id         TEXT COLLATE "C" NOT NULL,
    user_id    TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    mail       TEXT COLLATE "C" NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX digest_items_user ON digest_items (user_id, id);

-- One chain a tenant, and one called 'installation' for accounts and staff.
CREATE TABLE audit_heads (
    tenant_id TEXT COLLATE "C"    NOT NULL PRIMARY KEY,
    seq       BIGINT NOT NULL,
    hash      BYTEA    NOT NULL
);

CREATE TABLE audit_events (
    tenant_id     TEXT COLLATE "C"     NOT NULL,
    seq           BIGINT  NOT NULL,
    at            TIMESTAMPTZ NOT NULL,
    actor         TEXT COLLATE "C"     NOT NULL,
    actor_name    TEXT COLLATE "C"     NOT NULL,
    acting_as     TEXT COLLATE "C"     NOT NULL,
    action        TEXT COLLATE "C"     NOT NULL,
    object_kind   TEXT COLLATE "C"     NOT NULL,
    object_id     TEXT COLLATE "C"     NOT NULL,
    details       TEXT COLLATE "C"     NOT NULL,
    before_digest BYTEA,
    after_digest  BYTEA,
    request_id    TEXT COLLATE "C"     NOT NULL,
    client_ip     TEXT COLLATE "C"     NOT NULL,
    prev          BYTEA     NOT NULL,
    hash          BYTEA     NOT NULL,
    key_id        TEXT COLLATE "C"     NOT NULL,
    PRIMARY KEY (tenant_id, seq)
);
CREATE INDEX audit_events_grant ON audit_events (tenant_id, acting_as, seq) WHERE acting_as <> '';
CREATE INDEX audit_events_object ON audit_events (tenant_id, object_kind, object_id, seq);
CREATE INDEX audit_events_actor ON audit_events (actor, tenant_id, seq);

-- The change feed that gateways follow.
CREATE TABLE changes (
    seq       BIGINT   NOT NULL GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    tenant_id TEXT COLLATE "C"     NOT NULL,
    kind      TEXT COLLATE "C"     NOT NULL,
    object_id TEXT COLLATE "C"     NOT NULL,
    at        TIMESTAMPTZ NOT NULL
);

-- Each process with a gateway, and the last change that its gateway has applied.
CREATE TABLE gateways (
    id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    started_at TIMESTAMPTZ NOT NULL,
    applied    BIGINT NOT NULL,
    applied_at TIMESTAMPTZ NOT NULL,
    seen_at    TIMESTAMPTZ NOT NULL,
    host       TEXT COLLATE "C" NOT NULL,
    version    TEXT COLLATE "C" NOT NULL
);

-- Tokens of operators, for programs. They belong to no tenant.
CREATE TABLE operator_tokens (
    id             TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    user_id        TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    name           TEXT COLLATE "C" NOT NULL,
    scopes         TEXT COLLATE "C" NOT NULL,
    digest         BYTEA NOT NULL UNIQUE,
    hint           TEXT COLLATE "C" NOT NULL,
    created_at     TIMESTAMPTZ NOT NULL,
    expires_at     TIMESTAMPTZ NOT NULL,
    revoked_at     TIMESTAMPTZ,
    revoked_by     TEXT COLLATE "C",
    last_used_at   TIMESTAMPTZ,
    last_used_from TEXT COLLATE "C" NOT NULL
);
CREATE INDEX operator_tokens_user ON operator_tokens (user_id);

-- The second wall (R49): a statement sees and writes rows of the tenant that its
-- transaction named, nothing without a name. Platform is the setting for what must
-- cross tenants: publishing, retention, the operator's pages. A person sees their
-- own standing everywhere.
ALTER TABLE looks ENABLE ROW LEVEL SECURITY;
ALTER TABLE looks FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON looks USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
ALTER TABLE tenant_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenant_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON tenant_keys USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
ALTER TABLE members ENABLE ROW LEVEL SECURITY;
ALTER TABLE members FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON members USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
CREATE POLICY mine ON members FOR SELECT USING (user_id = current_setting('gatehouse.person', true));
ALTER TABLE arrivals ENABLE ROW LEVEL SECURITY;
ALTER TABLE arrivals FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON arrivals USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
ALTER TABLE recoveries ENABLE ROW LEVEL SECURITY;
ALTER TABLE recoveries FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON recoveries USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
CREATE POLICY mine ON recoveries FOR SELECT USING (user_id = current_setting('gatehouse.person', true));
ALTER TABLE grants ENABLE ROW LEVEL SECURITY;
ALTER TABLE grants FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON grants USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
CREATE POLICY mine ON grants FOR SELECT USING (user_id = current_setting('gatehouse.person', true));
ALTER TABLE grant_requests ENABLE ROW LEVEL SECURITY;
ALTER TABLE grant_requests FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON grant_requests USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
CREATE POLICY mine ON grant_requests FOR SELECT USING (user_id = current_setting('gatehouse.person', true));
ALTER TABLE standing_views ENABLE ROW LEVEL SECURITY;
ALTER TABLE standing_views FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON standing_views USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
CREATE POLICY mine ON standing_views FOR SELECT USING (user_id = current_setting('gatehouse.person', true));
ALTER TABLE favourites ENABLE ROW LEVEL SECURITY;
ALTER TABLE favourites FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON favourites USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
CREATE POLICY mine ON favourites FOR SELECT USING (user_id = current_setting('gatehouse.person', true));
ALTER TABLE tenant_health ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenant_health FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON tenant_health USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
ALTER TABLE teams ENABLE ROW LEVEL SECURITY;
ALTER TABLE teams FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON teams USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
ALTER TABLE memberships ENABLE ROW LEVEL SECURITY;
ALTER TABLE memberships FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON memberships USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
CREATE POLICY mine ON memberships FOR SELECT USING (user_id = current_setting('gatehouse.person', true));
ALTER TABLE team_rules ENABLE ROW LEVEL SECURITY;
ALTER TABLE team_rules FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON team_rules USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
ALTER TABLE tenant_hosts ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenant_hosts FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON tenant_hosts USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
ALTER TABLE team_domains ENABLE ROW LEVEL SECURITY;
ALTER TABLE team_domains FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON team_domains USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
ALTER TABLE team_exclusions ENABLE ROW LEVEL SECURITY;
ALTER TABLE team_exclusions FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON team_exclusions USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
ALTER TABLE service_accounts ENABLE ROW LEVEL SECURITY;
ALTER TABLE service_accounts FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON service_accounts USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
ALTER TABLE service_people ENABLE ROW LEVEL SECURITY;
ALTER TABLE service_people FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON service_people USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
ALTER TABLE apis ENABLE ROW LEVEL SECURITY;
ALTER TABLE apis FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON apis USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
ALTER TABLE api_teams ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_teams FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON api_teams USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
ALTER TABLE versions ENABLE ROW LEVEL SECURITY;
ALTER TABLE versions FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON versions USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
ALTER TABLE revisions ENABLE ROW LEVEL SECURITY;
ALTER TABLE revisions FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON revisions USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
ALTER TABLE operations ENABLE ROW LEVEL SECURITY;
ALTER TABLE operations FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON operations USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
ALTER TABLE guides ENABLE ROW LEVEL SECURITY;
ALTER TABLE guides FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON guides USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
ALTER TABLE reference_pages ENABLE ROW LEVEL SECURITY;
ALTER TABLE reference_pages FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON reference_pages USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
ALTER TABLE search_entries ENABLE ROW LEVEL SECURITY;
ALTER TABLE search_entries FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON search_entries USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
ALTER TABLE comparisons ENABLE ROW LEVEL SECURITY;
ALTER TABLE comparisons FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON comparisons USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
ALTER TABLE imports ENABLE ROW LEVEL SECURITY;
ALTER TABLE imports FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON imports USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
ALTER TABLE document_sources ENABLE ROW LEVEL SECURITY;
ALTER TABLE document_sources FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON document_sources USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
ALTER TABLE groupings ENABLE ROW LEVEL SECURITY;
ALTER TABLE groupings FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON groupings USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
ALTER TABLE credentials ENABLE ROW LEVEL SECURITY;
ALTER TABLE credentials FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON credentials USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
ALTER TABLE plans ENABLE ROW LEVEL SECURITY;
ALTER TABLE plans FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON plans USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
ALTER TABLE plan_exceptions ENABLE ROW LEVEL SECURITY;
ALTER TABLE plan_exceptions FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON plan_exceptions USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
ALTER TABLE quota_notices ENABLE ROW LEVEL SECURITY;
ALTER TABLE quota_notices FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON quota_notices USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
ALTER TABLE subscriptions ENABLE ROW LEVEL SECURITY;
ALTER TABLE subscriptions FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON subscriptions USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
ALTER TABLE subscription_messages ENABLE ROW LEVEL SECURITY;
ALTER TABLE subscription_messages FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON subscription_messages USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
ALTER TABLE admissions ENABLE ROW LEVEL SECURITY;
ALTER TABLE admissions FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON admissions USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
CREATE POLICY mine ON admissions FOR SELECT USING (user_id = current_setting('gatehouse.person', true));
ALTER TABLE providers ENABLE ROW LEVEL SECURITY;
ALTER TABLE providers FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON providers USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
ALTER TABLE identities ENABLE ROW LEVEL SECURITY;
ALTER TABLE identities FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON identities USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
CREATE POLICY mine ON identities FOR SELECT USING (user_id = current_setting('gatehouse.person', true));
ALTER TABLE stand_ins ENABLE ROW LEVEL SECURITY;
ALTER TABLE stand_ins FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON stand_ins USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
ALTER TABLE tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE tokens FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON tokens USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
ALTER TABLE claims ENABLE ROW LEVEL SECURITY;
ALTER TABLE claims FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON claims USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
ALTER TABLE token_permissions ENABLE ROW LEVEL SECURITY;
ALTER TABLE token_permissions FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON token_permissions USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
ALTER TABLE token_people ENABLE ROW LEVEL SECURITY;
ALTER TABLE token_people FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON token_people USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
ALTER TABLE token_notices ENABLE ROW LEVEL SECURITY;
ALTER TABLE token_notices FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON token_notices USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
ALTER TABLE token_uses ENABLE ROW LEVEL SECURITY;
ALTER TABLE token_uses FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON token_uses USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
ALTER TABLE alerts ENABLE ROW LEVEL SECURITY;
ALTER TABLE alerts FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON alerts USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
ALTER TABLE clients ENABLE ROW LEVEL SECURITY;
ALTER TABLE clients FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON clients USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
ALTER TABLE client_versions ENABLE ROW LEVEL SECURITY;
ALTER TABLE client_versions FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON client_versions USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
ALTER TABLE token_bulks ENABLE ROW LEVEL SECURITY;
ALTER TABLE token_bulks FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON token_bulks USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
ALTER TABLE token_bulk_items ENABLE ROW LEVEL SECURITY;
ALTER TABLE token_bulk_items FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON token_bulk_items USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
ALTER TABLE saved_views ENABLE ROW LEVEL SECURITY;
ALTER TABLE saved_views FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON saved_views USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
ALTER TABLE idempotencies ENABLE ROW LEVEL SECURITY;
ALTER TABLE idempotencies FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON idempotencies USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
ALTER TABLE announcements ENABLE ROW LEVEL SECURITY;
ALTER TABLE announcements FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON announcements USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
ALTER TABLE announced_callers ENABLE ROW LEVEL SECURITY;
ALTER TABLE announced_callers FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON announced_callers USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
ALTER TABLE version_notices ENABLE ROW LEVEL SECURITY;
ALTER TABLE version_notices FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON version_notices USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
CREATE POLICY mine ON version_notices FOR SELECT USING (user_id = current_setting('gatehouse.person', true));
CREATE POLICY mine_seen ON version_notices FOR UPDATE USING (user_id = current_setting('gatehouse.person', true));
ALTER TABLE incidents ENABLE ROW LEVEL SECURITY;
ALTER TABLE incidents FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON incidents USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
ALTER TABLE incident_updates ENABLE ROW LEVEL SECURITY;
ALTER TABLE incident_updates FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON incident_updates USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
ALTER TABLE notifications ENABLE ROW LEVEL SECURITY;
ALTER TABLE notifications FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON notifications USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
CREATE POLICY mine ON notifications FOR SELECT USING (user_id = current_setting('gatehouse.person', true));
CREATE POLICY mine_read ON notifications FOR UPDATE USING (user_id = current_setting('gatehouse.person', true));
ALTER TABLE digest_items ENABLE ROW LEVEL SECURITY;
ALTER TABLE digest_items FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON digest_items USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
ALTER TABLE audit_heads ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_heads FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON audit_heads USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
ALTER TABLE audit_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_events FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON audit_events USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');
ALTER TABLE changes ENABLE ROW LEVEL SECURITY;
ALTER TABLE changes FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON changes USING (tenant_id = current_setting('gatehouse.tenant', true) OR current_setting('gatehouse.platform', true) = 'on');

-- +goose Down

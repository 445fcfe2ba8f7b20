package store

import (
	"slices"
	"time"

	"gorm.io/gorm"

	"gatehouse/models"
)

// Published is everything of one tenant that decides about calls, tokens aside.
type Published struct {
	Tenant        models.Tenant
	APIs          []models.API
	APITeams      []models.APITeam
	Versions      []models.Version // published, deprecated and retired
	Operations    map[string][]models.Operation
	Credentials   []models.Credential
	Plans         []models.Plan
	Exceptions    []models.Exception    // that run, the oldest first
	Subscriptions []models.Subscription // pending, approved and paused
}

// Published reads one tenant for gateways.
func (p Platform) Published(tenant string) (out Published, err error) {
	if err := p.db.Where("id = ?", tenant).Take(&out.Tenant).Error; err != nil {
		return out, missing(err, "tenant")
	}
	mine := p.db.Where("tenant_id = ?", tenant)
	for _, q := range []struct {
		into  any
		where string
	}{
		{&out.APIs, "1 = 1"},
		{&out.APITeams, "1 = 1"},
		{&out.Versions, "state <> 'draft'"},
		{&out.Credentials, "1 = 1"},
		{&out.Plans, "1 = 1"},
		{&out.Subscriptions, "state IN ('pending', 'approved', 'paused')"},
	} {
		if err := p.db.Where(mine).Where(q.where).Find(q.into).Error; err != nil {
			return out, err
		}
	}
	if err := running(p.db.Where(mine), p.now).Find(&out.Exceptions).Error; err != nil {
		return out, err
	}
	out.Operations = make(map[string][]models.Operation, len(out.Versions))
	for _, v := range out.Versions {
		var os []models.Operation
		if v.PublishedID == nil {
			continue // nothing of it can be called
		}
		err := p.db.Omit("detail").Where("tenant_id = ? AND revision_id = ?", tenant, *v.PublishedID).Order("position").Find(&os).Error
		if err != nil {
			return out, err
		}
		var g models.Grouping
		if err := p.db.Where(mine).Where("version_id = ?", v.ID).Limit(1).Find(&g).Error; err != nil {
			return out, err
		}
		g.Apply(os)
		out.Operations[v.ID] = os
	}
	return out, nil
}

// Described is an operation of a revision whole, by its key, for mocks.
func (p Platform) Described(tenant, revision, key string) (models.Operation, error) {
	var o models.Operation
	err := p.db.Where("tenant_id = ? AND revision_id = ? AND key = ?", tenant, revision, key).Take(&o).Error
	return o, missing(err, "operation")
}

// Counted are the subscriptions of a tenant that may have used something of a
// quota since then, ended ones too.
func (p Platform) Counted(tenant string, since time.Time) ([]models.Subscription, error) {
	var all []models.Subscription
	err := p.db.Where("tenant_id = ?", tenant).Where("state IN ('approved', 'paused') OR state = 'ended' AND updated_at >= ?", models.Time(since)).
		Order("id").Find(&all).Error
	return all, err
}

// Bearer is a token with what decides whether and for what it is good.
type Bearer struct {
	models.Token
	Permissions []models.Permission
	Welcome     bool // its owner has an active account and is in its team, or is an enabled service account of it
}

// Bearers lists tokens that call APIs and are not expired, in pages by id. What is
// paused or revoked is among them: its use is noticed. Of try tokens it is not.
func (p Platform) Bearers(after string, limit int) ([]Bearer, error) {
	var ts []models.Token
	err := p.db.Where("id > ? AND (kind = ? OR kind = ? AND state = ?) AND expires_at > ?", after, models.TokenAccess, models.TokenTry, models.TokenActive,
		p.now).Order("id").Limit(limit).Find(&ts).Error
	if err != nil {
		return nil, err
	}
	return bearers(p.db, ts)
}

// BearersByID are the named tokens, whatever their state.
func (p Platform) BearersByID(ids []string) ([]Bearer, error) {
	var ts []models.Token
	if err := p.db.Where("id IN ? AND kind IN ?", ids, []models.TokenKind{models.TokenAccess, models.TokenTry}).Find(&ts).Error; err != nil {
		return nil, err
	}
	return bearers(p.db, ts)
}

// BearersOf are a person's tokens, in one tenant or with "" in all.
func (p Platform) BearersOf(user, tenant string) ([]Bearer, error) {
	q := p.db.Where("user_id = ? AND kind IN ?", user, []models.TokenKind{models.TokenAccess, models.TokenTry})
	if tenant != "" {
		q = q.Where("tenant_id = ?", tenant)
	}
	var ts []models.Token
	if err := q.Find(&ts).Error; err != nil {
		return nil, err
	}
	return bearers(p.db, ts)
}

// BearersOfService are the tokens of a service account.
func (p Platform) BearersOfService(tenant, service string) ([]Bearer, error) {
	var ts []models.Token
	if err := p.db.Where("tenant_id = ? AND service_id = ?", tenant, service).Find(&ts).Error; err != nil {
		return nil, err
	}
	return bearers(p.db, ts)
}

// BearerByDigest is the tenant's token that somebody shows the secret of, whatever
// its kind and its state, with what decides whether and for what it is good: the
// same that gateways are told (R66).
func (t Tenant) BearerByDigest(digest []byte) (Bearer, error) {
	token, err := t.TokenByDigest(digest)
	if err != nil {
		return Bearer{}, err
	}
	one, err := bearers(t.db, []models.Token{token})
	if err != nil {
		return Bearer{}, err
	}
	return one[0], nil
}

// ApprovedFor are the approved subscriptions of a team, whoever asks: what its
// tokens may call.
func (t Tenant) ApprovedFor(team string) ([]models.Subscription, error) {
	var ss []models.Subscription
	err := t.db.Where("team_id = ? AND state = ? AND (ends_at IS NULL OR ends_at > ?)", team, models.SubscriptionApproved, t.now).Order("id").Find(&ss).Error
	return ss, err
}

// bearers adds to tokens what decides about them. On the database of a tenant it
// sees that tenant's rows alone.
func bearers(db *gorm.DB, ts []models.Token) ([]Bearer, error) {
	if len(ts) == 0 {
		return nil, nil
	}
	var tokens, users, services []string
	for _, t := range ts {
		tokens = append(tokens, t.ID)
		if t.ServiceID != nil {
			services = append(services, *t.ServiceID)
		} else {
			users = append(users, t.UserID)
		}
	}
	slices.Sort(users)
	users = slices.Compact(users)
	var active []models.User
	if err := db.Select("id").Where("id IN ? AND state = ?", users, models.UserActive).Find(&active).Error; err != nil {
		return nil, err
	}
	places, err := standingPlaces(db, users)
	if err != nil {
		return nil, err
	}
	var permissions []models.Permission
	if err := db.Where("token_id IN ?", tokens).Find(&permissions).Error; err != nil {
		return nil, err
	}
	enabled, err := enabledServices(db, services)
	return assemble(ts, active, places, enabled, permissions), err
}

// standingPlaces are people's places in teams, but where their tenant's provider says
// that they are gone.
func standingPlaces(db *gorm.DB, users []string) (places []models.Membership, err error) {
	var left []models.Identity
	if err := db.Select("tenant_id", "user_id").Where("user_id IN ? AND gone_at IS NOT NULL", users).Find(&left).Error; err != nil {
		return nil, err
	}
	if err := db.Where("user_id IN ?", users).Find(&places).Error; err != nil {
		return nil, err
	}
	return slices.DeleteFunc(places, func(m models.Membership) bool {
		return slices.ContainsFunc(left, func(i models.Identity) bool { return i.TenantID == m.TenantID && i.UserID == m.UserID })
	}), nil
}

// enabledServices are those of the named service accounts that are not disabled.
func enabledServices(db *gorm.DB, ids []string) (enabled []models.ServiceAccount, err error) {
	if len(ids) == 0 {
		return nil, nil
	}
	slices.Sort(ids)
	err = db.Where("id IN ? AND disabled_at IS NULL", slices.Compact(ids)).Find(&enabled).Error
	return enabled, err
}

func assemble(ts []models.Token, active []models.User, places []models.Membership, services []models.ServiceAccount, permissions []models.Permission) []Bearer {
	enabled := make(map[string]bool, len(active))
	for _, u := range active {
		enabled[u.ID] = true
	}
	type place struct{ tenant, team, user string }
	in := make(map[place]bool, len(places))
	for _, m := range places {
		in[place{m.TenantID, m.TeamID, m.UserID}] = true
	}
	serves := make(map[place]bool, len(services))
	for _, s := range services {
		serves[place{s.TenantID, s.TeamID, s.ID}] = true
	}
	may := make(map[string][]models.Permission, len(ts))
	for _, p := range permissions {
		may[p.TokenID] = append(may[p.TokenID], p)
	}
	out := make([]Bearer, len(ts))
	for i, t := range ts {
		out[i] = Bearer{Token: t, Permissions: may[t.ID]}
		switch {
		case t.TeamID == nil:
		case t.ServiceID != nil:
			out[i].Welcome = serves[place{t.TenantID, *t.TeamID, *t.ServiceID}]
		default:
			out[i].Welcome = enabled[t.UserID] && in[place{t.TenantID, *t.TeamID, t.UserID}]
		}
	}
	return out
}

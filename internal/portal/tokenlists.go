package portal

import (
	"cmp"
	"context"
	"slices"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/internal/usage"
	"gatehouse/models"
)

// TokenRow is a token with what a list shows of it.
type TokenRow struct {
	models.Token
	Permissions []PermissionRow
	Wished      []PermissionRow // of its wish
	Owner       models.User     // the person, or by its name the service account
	Maker       models.User     // of a service account's: who made it
	Team        models.Team
	Last        usage.Use        // zero if it was never used
	Days        []usage.SparkDay // calls on each of the last 30 days; none if it was never used
	People      []models.User    // besides the owner, who get its notices
	Other       *models.Token    // the other one of two that work while one takes the other's place
	Risks       []models.TokenRisk
}

// PermissionRow is a permission with the API that it is for.
type PermissionRow struct {
	models.Permission
	API     models.API
	Version models.Version
	Opened  []models.Operation // what it opens, where that is asked for
}

// TokenPage is part of a list of tokens.
type TokenPage struct {
	Rows []TokenRow
	APIs []models.API // to filter by
	More bool

	Total int64       // on all pages; in the inventory only
	Owner models.User // that the inventory is narrowed to
	Team  models.Team // likewise
	Views []models.SavedView
	Bulks []models.TokenBulk // the last ones
}

// sparkDays is how far back a list's sparkline goes.
const sparkDays = 30

// List shows the access tokens of the actor's teams, the newest first unless the
// query says otherwise.
func (t *Tokens) List(ctx context.Context, actor models.Actor, q TokenQuery) (TokenPage, error) {
	if err := actor.May(models.TokenReadOwn); err != nil {
		return TokenPage{}, err
	}
	return listTokens(ctx, t.store, t.calls, actor, q, store.TokenFilter{Kinds: []models.TokenKind{models.TokenAccess}, Teams: actor.Teams()})
}

func listTokens(ctx context.Context, s *store.Store, calls *usage.Reader, actor models.Actor, q TokenQuery, f store.TokenFilter) (page TokenPage, err error) {
	limit := min(max(q.Limit, 1), store.PageMost)
	err = s.As(ctx, actor, func(r store.Tenant) error {
		if page.APIs, err = r.APIs(""); err != nil {
			return err
		}
		if f, err = q.filter(r, f, s.Now()); err != nil {
			return err
		}
		f.Limit = limit + 1
		tokens, err := r.Tokens(f)
		if err != nil {
			return err
		}
		page.More = len(tokens) > limit
		if page.Rows, err = tokenRows(r, tokens[:min(len(tokens), limit)]); err != nil {
			return err
		}
		return addPairs(r, page.Rows, s.Now())
	})
	if err != nil {
		return page, err
	}
	return page, addUse(ctx, calls, actor, page.Rows)
}

// tokenRows fetches what tokens are about.
func tokenRows(r store.Tenant, tokens []models.Token) ([]TokenRow, error) {
	all := ids(tokens, func(t models.Token) string { return t.ID })
	people, err := r.TokenPeople(all...)
	if err != nil {
		return nil, err
	}
	users := append(ids(tokens, models.Token.OwnerID), ids(tokens, func(t models.Token) string { return t.UserID })...)
	answers, err := r.ServicePeople(ids(tokens, models.Token.OwnerID)...)
	if err != nil {
		return nil, err
	}
	for _, t := range tokens {
		if t.ServiceID != nil {
			people[t.ID] = answers[*t.ServiceID]
		}
	}
	for _, more := range people {
		users = append(users, more...)
	}
	owners, err := tokenOwners(r, users)
	if err != nil {
		return nil, err
	}
	teams, err := r.Teams(ids(tokens, tokenTeam))
	if err != nil {
		return nil, err
	}
	permissions, err := r.PermissionsOf(all)
	if err != nil {
		return nil, err
	}
	rows := make([]TokenRow, len(tokens))
	uses, err := managementUses(r, tokens)
	if err != nil {
		return nil, err
	}
	for i, t := range tokens {
		rows[i] = TokenRow{Token: t, Owner: owners[t.OwnerID()], Maker: owners[t.UserID], Team: teams[tokenTeam(t)], Last: uses[t.ID]}
		for _, id := range people[t.ID] {
			rows[i].People = append(rows[i].People, owners[id])
		}
		if t.Wish != nil {
			if rows[i].Wished, err = permissionRows(r, t.Wish.Permissions); err != nil {
				return nil, err
			}
		}
		if rows[i].Permissions, err = permissionRows(r, permissions[t.ID]); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

func tokenTeam(t models.Token) string {
	if t.TeamID == nil {
		return ""
	}
	return *t.TeamID
}

func permissionRows(r store.Tenant, ps []models.Permission) ([]PermissionRow, error) {
	versions, err := r.VersionsByID(ids(ps, func(p models.Permission) string { return p.VersionID }))
	if err != nil {
		return nil, err
	}
	var rows []PermissionRow
	for _, p := range ps {
		rows = append(rows, PermissionRow{Permission: p, Version: versions[p.VersionID]})
	}
	apis, err := r.APIsByID(ids(rows, func(p PermissionRow) string { return p.Version.APIID }))
	for i := range rows {
		rows[i].API = apis[rows[i].Version.APIID]
	}
	return rows, err
}

// addUse adds when and how much the tokens were used.
func addUse(ctx context.Context, calls *usage.Reader, actor models.Actor, rows []TokenRow) error {
	tokens := ids(rows, func(t TokenRow) string { return t.ID })
	if len(tokens) == 0 {
		return nil
	}
	last, err := calls.LastUsed(ctx, actor.Tenant().ID, tokens)
	if err != nil {
		return err
	}
	days, err := calls.Sparks(ctx, actor.Tenant().ID, tokens, sparkDays)
	for i := range rows {
		if rows[i].Days = days[rows[i].ID]; rows[i].Kind != models.TokenManagement {
			rows[i].Last = last[rows[i].ID]
		}
	}
	return err
}

// TokenDetail is everything that the page of one token shows.
type TokenDetail struct {
	TokenRow
	Kin
	Range   string
	Series  usage.Series
	Today   usage.Series // the last 24 hours
	Top     []usage.OperationCount
	Names   map[string]string // of operations, by key
	Errors  []usage.ErrorCount
	Request []usage.Request // the last ones
	Revoker models.User
	Proof   []models.Gateway  // of a token that has ended: what each gateway decides by
	Quotas  []SubscriptionRow // that its calls count against, the one that is nearest its end first
}

// lastRequests is how many calls the page of a token lists.
const lastRequests = 20

// Show is one token of the actor's teams with its use over a range: 1h, 24h, 7d, 30d or 90d.
func (t *Tokens) Show(ctx context.Context, actor models.Actor, id, span string) (TokenDetail, error) {
	if err := actor.May(models.TokenReadOwn); err != nil {
		return TokenDetail{}, err
	}
	return showToken(ctx, t.store, t.calls, actor, id, span, ofOwnTeam)
}

// ofOwnTeam is nil for access and try tokens of the actor's teams; others are not there.
func ofOwnTeam(actor models.Actor, token models.Token) error {
	if token.TeamID == nil || actor.TeamRole(*token.TeamID) == "" {
		return fault.Missing("token")
	}
	return nil
}

// anyToken lets every token that the actor sees through.
func anyToken(models.Actor, models.Token) error { return nil }

func showToken(ctx context.Context, s *store.Store, calls *usage.Reader, actor models.Actor, id, span string, mine func(models.Actor, models.Token) error) (d TokenDetail, err error) {
	err = s.As(ctx, actor, func(r store.Tenant) error {
		token, _, err := r.Token(id)
		if err != nil {
			return err
		}
		if err := mine(actor, token); err != nil {
			return err
		}
		rows, err := tokenRows(r, []models.Token{token})
		if err != nil {
			return err
		}
		d.TokenRow = rows[0]
		if d.Names, err = openOperations(r, d.Permissions); err != nil {
			return err
		}
		revokers, err := r.Users([]string{token.RevokedBy})
		if err != nil {
			return err
		}
		d.Revoker = revokers[token.RevokedBy]
		if d.Kin, err = kinOf(r, token); err != nil {
			return err
		}
		if token.State == models.TokenRevoked || token.State == models.TokenPaused {
			if d.Proof, err = r.Gateways(); err != nil {
				return err
			}
		}
		d.Quotas, err = quotasOf(r, d.TokenRow)
		return err
	})
	if err != nil {
		return d, err
	}
	if err := countQuotas(ctx, calls, s.Now(), actor.Tenant().ID, d.Quotas); err != nil {
		return d, err
	}
	if err := d.addPair(ctx, calls, s.Now(), actor.Tenant().ID, id); err != nil {
		return d, err
	}
	d.Quotas = slices.DeleteFunc(onlyOpen(d.Quotas), func(row SubscriptionRow) bool { return row.Plan.QuotaCalls == 0 })
	slices.SortStableFunc(d.Quotas, func(a, b SubscriptionRow) int { return cmp.Compare(b.Share(), a.Share()) })
	return d, d.addCalls(ctx, calls, actor.Tenant().ID, span)
}

// quotasOf are the subscriptions of a token's team to what the token may call,
// ended ones too: what was used under them counts (R132).
func quotasOf(r store.Tenant, token TokenRow) ([]SubscriptionRow, error) {
	if token.TeamID == nil {
		return nil, nil
	}
	subs, err := allSubscriptions(r, store.SubscriptionFilter{Teams: []string{*token.TeamID}})
	if err != nil {
		return nil, err
	}
	subs = slices.DeleteFunc(subs, func(s models.Subscription) bool {
		return !slices.ContainsFunc(token.Permissions, func(p PermissionRow) bool { return p.VersionID == s.VersionID })
	})
	return rowsOf(r, subs)
}

// onlyOpen leaves out what has ended.
func onlyOpen(rows []SubscriptionRow) []SubscriptionRow {
	return slices.DeleteFunc(rows, func(row SubscriptionRow) bool { return !row.Open() })
}

// openOperations fetches what the permissions of a token open, and returns the
// titles of all operations of their versions, by key.
func openOperations(r store.Tenant, ps []PermissionRow) (map[string]string, error) {
	names := map[string]string{}
	for i, p := range ps {
		if p.Version.PublishedID == nil {
			continue
		}
		ops, err := r.Operations(*p.Version.PublishedID)
		if err != nil {
			return nil, err
		}
		for _, o := range ops {
			names[o.Key] = o.Summary
			if p.Permission.Opens(o) {
				ps[i].Opened = append(ps[i].Opened, o)
			}
		}
	}
	return names, nil
}

func (d *TokenDetail) addCalls(ctx context.Context, calls *usage.Reader, tenant, span string) error {
	r, _ := usage.ParseRange(span)
	d.Range = r.String()
	f := usage.Filter{Token: d.ID, Since: d.CreatedAt}
	var err error
	if d.Series, err = calls.Series(ctx, tenant, f, r); err != nil {
		return err
	}
	if d.Today, err = calls.Series(ctx, tenant, f, usage.LastDay); err != nil {
		return err
	}
	if d.Top, err = calls.TopOperations(ctx, tenant, f, r, 6); err != nil {
		return err
	}
	if d.Errors, err = calls.ErrorsByKind(ctx, tenant, f, r); err != nil {
		return err
	}
	page, err := calls.LastRequests(ctx, tenant, usage.LogQuery{Token: d.ID, Limit: lastRequests})
	if err != nil {
		return err
	}
	d.Request = page.Requests
	if d.Kind == models.TokenManagement {
		return nil
	}
	last, err := calls.LastUsed(ctx, tenant, []string{d.ID})
	d.Last = last[d.ID]
	return err
}

// Impact is what ends with a token: who used it in the last 24 hours, and for what.
type Impact struct {
	TokenRow
	Callers    []usage.Caller
	Operations []usage.OperationCount
	Names      map[string]string // of operations, by key
}

// Impact is what revoking or pausing the token breaks.
func (t *Tokens) Impact(ctx context.Context, actor models.Actor, id string) (Impact, error) {
	if err := actor.May(models.TokenReadOwn); err != nil {
		return Impact{}, err
	}
	return impactOf(ctx, t.store, t.calls, actor, id, ofOwnTeam)
}

// impactOperations is how many operations an Impact names.
const impactOperations = 5

func impactOf(ctx context.Context, s *store.Store, calls *usage.Reader, actor models.Actor, id string, mine func(models.Actor, models.Token) error) (out Impact, err error) {
	if out.TokenRow, out.Callers, err = callersOf(ctx, s, calls, actor, id, mine); err != nil || len(out.Callers) == 0 {
		return out, err
	}
	if err := s.As(ctx, actor, func(r store.Tenant) (err error) {
		out.Names, err = openOperations(r, slices.Clone(out.Permissions))
		return err
	}); err != nil {
		return out, err
	}
	out.Operations, err = calls.TopOperations(ctx, actor.Tenant().ID, usage.Filter{Token: id, Since: out.CreatedAt}, usage.LastDay, impactOperations)
	return out, err
}

// Callers are the addresses that used the token in the last 24 hours: what
// revoking it breaks.
func (t *Tokens) Callers(ctx context.Context, actor models.Actor, id string) (TokenRow, []usage.Caller, error) {
	if err := actor.May(models.TokenReadOwn); err != nil {
		return TokenRow{}, nil, err
	}
	return callersOf(ctx, t.store, t.calls, actor, id, ofOwnTeam)
}

func callersOf(ctx context.Context, s *store.Store, calls *usage.Reader, actor models.Actor, id string, mine func(models.Actor, models.Token) error) (row TokenRow, callers []usage.Caller, err error) {
	err = s.As(ctx, actor, func(r store.Tenant) error {
		token, _, err := r.Token(id)
		if err != nil {
			return err
		}
		if err := mine(actor, token); err != nil {
			return err
		}
		rows, err := tokenRows(r, []models.Token{token})
		if err != nil {
			return err
		}
		row = rows[0]
		_, err = openOperations(r, row.Permissions)
		return err
	})
	if err != nil {
		return row, nil, err
	}
	callers, err = calls.Callers(ctx, actor.Tenant().ID, id, s.Now().Add(-24*time.Hour))
	return row, callers, err
}

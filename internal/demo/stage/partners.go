package stage

import (
	"context"
	"net/netip"
	"time"

	"gatehouse/internal/demo/world"
	"gatehouse/internal/keys"
	"gatehouse/internal/portal"
	"gatehouse/internal/store"
	"gatehouse/models"
)

func (i *installer) planSubscriptions(t world.Tenant) {
	for _, s := range t.Subscriptions {
		made := models.Subscription{ID: models.NewID(), State: models.SubscriptionPending, Purpose: s.Purpose, ExpectedCalls: s.ExpectedCalls}
		if s.WishedDays > 0 {
			end := i.clock.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, s.WishedDays)
			made.WishedEnd = &end
		}
		i.at(hours(s.AgeHours), "request of "+s.Team, func(ctx context.Context) error { return i.ask(ctx, t, s, &made) })
		if s.State != models.SubscriptionPending {
			// A plan decides at once, in the order of planning.
			i.at(hours(min(s.DecidedHours, s.AgeHours)), "decision for "+s.Team, func(ctx context.Context) error { return i.decide(ctx, t, s, &made) })
		}
	}
}

func (i *installer) ask(ctx context.Context, t world.Tenant, s world.Subscription, made *models.Subscription) error {
	actor, err := i.as(ctx, s.RequestedBy, t.Slug)
	if err != nil {
		return err
	}
	return i.write(ctx, actor, "subscription.request", "subscription", made.ID, map[string]any{"api": s.API, "version": s.Version, "plan": s.Plan}, func(tx *store.Tx) error {
		api, v, err := tx.Version(s.API, s.Version)
		if err != nil {
			return err
		}
		plans, err := tx.Plans(api.ID)
		for _, p := range plans {
			if p.Slug == s.Plan {
				made.PlanID = p.ID
			}
		}
		if err != nil {
			return err
		}
		made.TeamID, made.APIID, made.VersionID, made.RequestedBy = i.teams[key(t.Slug, s.Team)].ID, api.ID, v.ID, actor.User()
		if err := tx.InsertSubscription(made); err != nil || s.State != models.SubscriptionPending {
			return err
		}
		admins, err := tx.Admins()
		if err != nil {
			return err
		}
		return tx.Notify(models.Notification{
			Kind: models.NotifyRequested, Title: i.teams[key(t.Slug, s.Team)].Name + " asks for access to " + api.Name,
			Body: s.Purpose, Link: "/t/" + t.Slug + "/admin/requests",
		}, admins...)
	})
}

func (i *installer) decide(ctx context.Context, t world.Tenant, s world.Subscription, made *models.Subscription) error {
	by := s.Decided
	if by == "" || by == models.DecidedByPlan {
		by = s.RequestedBy
	}
	actor, err := i.as(ctx, by, t.Slug)
	if err != nil {
		return err
	}
	decider, before := i.people[by].ID, made.State
	if s.Decided == models.DecidedByPlan {
		decider = models.DecidedByPlan
	}
	at := models.Time(i.clock.Now())
	switch s.State {
	case models.SubscriptionDenied:
		err = made.Deny(decider, s.Reason, at)
	case models.SubscriptionWithdrawn:
		err = made.Withdraw(decider, at)
	default:
		err = made.Approve(decider, models.Terms{PlanID: made.PlanID}, at)
	}
	if err != nil {
		return err
	}
	switch s.State {
	case models.SubscriptionPaused:
		err = made.Pause(s.Reason)
	case models.SubscriptionEnded:
		err = made.End(s.Reason)
	}
	if err != nil {
		return err
	}
	return i.write(ctx, actor, "subscription."+string(s.State), "subscription", made.ID, map[string]any{"reason": s.Reason}, func(tx *store.Tx) error {
		return tx.MoveSubscription(*made, before)
	})
}

func (i *installer) planTokens(t world.Tenant) {
	for _, token := range t.Tokens {
		made := &models.Token{ID: models.NewID(), Kind: token.Kind, Name: token.Name, Purpose: token.Purpose, Description: token.Description, State: models.TokenActive}
		if token.State == models.TokenPending {
			made.State = models.TokenPending
		}
		i.tokens[t.Ref(token)] = made
		i.at(days(token.AgeDays), "token "+token.Key, func(ctx context.Context) error { return i.makeToken(ctx, t, token, made) })
		if token.Replaces != "" {
			old := i.tokens[key(t.Slug, token.Replaces)]
			made.Replaces, made.Family = &old.ID, old.ID
			i.at(days(token.AgeDays), "the old one of token "+token.Key, func(ctx context.Context) error { return i.leave(ctx, t, token, old) })
		}
		if token.State == models.TokenPaused || token.State == models.TokenRevoked {
			i.at(days(token.EndedDays), "end of token "+token.Key, func(ctx context.Context) error { return i.endToken(ctx, t, token, made) })
		}
	}
}

func (i *installer) makeToken(ctx context.Context, t world.Tenant, token world.Token, made *models.Token) error {
	actor, err := i.as(ctx, token.Person, t.Slug)
	if err != nil {
		return err
	}
	kind := keys.Access
	if token.Kind == models.TokenManagement {
		kind = keys.Management
	}
	secret := i.app.Keys.DemoSecret(kind, t.Code, token.Key)
	if made.Digest, made.KeyID, err = i.app.Keys.Digest(ctx, i.places[t.Slug].ID, secret); err != nil {
		return err
	}
	made.UserID, made.Hint, made.Scopes = actor.User(), secret.Hint(), token.Scopes
	made.ExpiresAt = models.Time(i.now.Add(days(token.ExpiresDays)))
	if token.Team != "" {
		team := i.teams[key(t.Slug, token.Team)].ID
		made.TeamID = &team
	}
	if token.Service != "" {
		service := i.services[key(t.Slug, token.Service)]
		made.ServiceID = &service
	}
	for _, text := range token.AllowedIPs {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			return err
		}
		made.AllowedIPs = append(made.AllowedIPs, prefix)
	}
	return i.write(ctx, actor, "token.create", "token", made.ID, map[string]any{"name": made.Name}, func(tx *store.Tx) error {
		var permissions []models.Permission
		for _, p := range token.Permissions {
			_, v, err := tx.Version(p.API, p.Version)
			if err != nil {
				return err
			}
			permissions = append(permissions, models.Permission{VersionID: v.ID, Access: p.Access, Scopes: p.Scopes})
		}
		return tx.InsertToken(made, permissions)
	})
}

// leave lets a token go on for a while beside the one that takes its place.
func (i *installer) leave(ctx context.Context, t world.Tenant, token world.Token, old *models.Token) error {
	actor, err := i.as(ctx, token.Person, t.Slug)
	if err != nil {
		return err
	}
	end := models.Time(i.clock.Now()).Add(hours(token.OverlapHours))
	old.RetireAt = &end
	return i.write(ctx, actor, "token.rotate", "token", old.ID, map[string]any{"until": end}, func(tx *store.Tx) error { return tx.UpdateToken(*old) })
}

func (i *installer) planAlerts(t world.Tenant) {
	for _, a := range t.Alerts {
		i.at(hours(a.HoursAgo), "alert about "+a.Token, func(ctx context.Context) error {
			return i.app.Portal.Alerts.Sight(ctx, portal.Sighting{Kind: a.Kind, Tenant: i.places[t.Slug].ID, Token: i.tokens[key(t.Slug, a.Token)].ID,
				IP: a.IP, UserAgent: a.Agent, RequestID: "demo", Detail: a.Detail, At: i.clock.Now()})
		})
	}
}

func (i *installer) endToken(ctx context.Context, t world.Tenant, token world.Token, made *models.Token) error {
	actor, err := i.as(ctx, token.Person, t.Slug)
	if err != nil {
		return err
	}
	if token.State == models.TokenRevoked {
		made.Revoke(actor.User(), token.Reason, models.Time(i.clock.Now()))
		made.Cause = models.CauseUnneeded
	} else if err := made.Pause(token.Reason); err != nil {
		return err
	}
	return i.write(ctx, actor, "token."+string(token.State), "token", made.ID, map[string]any{"reason": token.Reason}, func(tx *store.Tx) error {
		return tx.UpdateToken(*made)
	})
}

// planClients registers programs that ask about tokens. Nobody keeps their secrets.
func (i *installer) planClients(t world.Tenant) {
	for _, c := range t.Clients {
		i.at(days(c.AgeDays), "client "+c.Name, func(ctx context.Context) error {
			actor, err := i.as(ctx, c.Person, t.Slug)
			if err != nil {
				return err
			}
			bench, err := i.app.Portal.APIs.Workbench(ctx, actor, c.API, c.Version)
			if err != nil {
				return err
			}
			if actor, err = i.proven(ctx, actor, models.ClientManage, i.places[t.Slug].ID); err != nil {
				return err
			}
			_, _, err = i.app.Portal.Clients.Register(ctx, actor, portal.ClientForm{Name: c.Name, Versions: []string{bench.Version.ID}, MayRevoke: c.MayRevoke})
			return err
		})
	}
}

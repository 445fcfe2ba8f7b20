package stage

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"gatehouse/internal/clock"
	"gatehouse/internal/demo"
	"gatehouse/internal/demo/world"
	"gatehouse/internal/portal"
	"gatehouse/internal/store"
	"gatehouse/models"
)

func (i *installer) planTenant(t world.Tenant) {
	born := days(float64(t.AgeDays))
	i.at(born, "tenant "+t.Slug, func(ctx context.Context) error {
		operator, err := i.as(ctx, "operator", "")
		if err != nil {
			return err
		}
		made, err := i.app.Portal.Tenants.Create(ctx, operator, portal.NewTenant{
			Slug: t.Slug, Code: t.Code, Name: t.Name, Tagline: t.Tagline, Colour: t.Colour, Public: t.Public})
		if err != nil {
			return err
		}
		made.Logo, made.LogoType, made.TokenDays = t.Logo, "image/svg+xml", t.TokenDays
		made.Welcome, made.Help, made.Links, made.Sender = t.Welcome, t.Help, t.Links, t.Sender
		i.places[t.Slug] = made
		return i.write(ctx, i.inside("operator", t.Slug), "tenant.configure", "tenant", made.ID, nil, func(tx *store.Tx) error {
			return tx.UpdateTenant(made)
		})
	})
	for _, m := range t.Members {
		i.at(born-time.Hour, "member "+m.Person, func(ctx context.Context) error {
			user := i.people[m.Person].ID
			return i.write(ctx, i.inside("operator", t.Slug), "member.join", "user", user, map[string]any{"role": m.Role}, func(tx *store.Tx) error {
				return tx.SetMember(user, m.Role)
			})
		})
	}
	for _, team := range t.Teams {
		i.at(days(float64(team.AgeDays)), "team "+team.Key, func(ctx context.Context) error { return i.makeTeam(ctx, t, team) })
		for _, s := range team.Services {
			made := models.ServiceAccount{ID: models.NewID(), Name: s.Name, Purpose: s.Purpose}
			i.services[key(t.Slug, s.Key)] = made.ID
			i.at(days(float64(s.AgeDays)), "service account "+s.Key, func(ctx context.Context) error { return i.makeService(ctx, t, team, s, made) })
		}
	}
	for _, g := range t.Grants {
		i.at(0, "grant of "+g.Person, func(ctx context.Context) error { return i.giveGrant(ctx, t, g) })
	}
	for _, g := range t.Asked {
		i.at(0, "request of "+g.Person, func(ctx context.Context) error { return i.askGrant(ctx, t, g) })
	}
	for _, person := range t.Favourite {
		i.at(0, "favourite of "+person, func(ctx context.Context) error {
			return i.store.SetFavourite(ctx, i.inside(person, t.Slug).Tenant().ID, i.people[person].ID, true)
		})
	}
}

func (i *installer) makeTeam(ctx context.Context, t world.Tenant, team world.Team) error {
	made := models.Team{ID: models.NewID(), Name: team.Name}
	i.teams[key(t.Slug, team.Key)] = made
	return i.write(ctx, i.inside(team.Owners[0], t.Slug), "team.create", "team", made.ID, map[string]any{"name": team.Name}, func(tx *store.Tx) error {
		if err := tx.InsertTeam(&made, i.people[team.Owners[0]].ID); err != nil {
			return err
		}
		for _, owner := range team.Owners[1:] {
			if err := tx.InsertMembership(made.ID, i.people[owner].ID, models.TeamOwner); err != nil {
				return err
			}
		}
		for _, member := range team.Members {
			if err := tx.InsertMembership(made.ID, i.people[member].ID, models.TeamMember); err != nil {
				return err
			}
		}
		if team.Domain == "" {
			return nil
		}
		now := tx.Now()
		return tx.InsertTeamDomain(&models.TeamDomain{TeamID: made.ID, Domain: team.Domain, Challenge: rand.Text(), ClaimedBy: i.people[team.Owners[0]].ID,
			VerifiedAt: &now, VerifiedBy: models.VerifiedByDNS})
	})
}

func (i *installer) makeService(ctx context.Context, t world.Tenant, team world.Team, s world.Service, made models.ServiceAccount) error {
	made.TeamID, made.MadeBy = i.teams[key(t.Slug, team.Key)].ID, i.people[s.People[0]].ID
	var people []string
	for _, p := range s.People {
		people = append(people, i.people[p].ID)
	}
	return i.write(ctx, i.inside(s.People[0], t.Slug), "service.create", "service_account", made.ID, map[string]any{"name": made.Name}, func(tx *store.Tx) error {
		if err := tx.InsertServiceAccount(&made); err != nil {
			return err
		}
		return tx.SetServicePeople(made, people)
	})
}

func (i *installer) giveGrant(ctx context.Context, t world.Tenant, g world.Grant) error {
	grant := models.Grant{ID: models.NewID(), UserID: i.people[g.Person].ID, Level: g.Level, Reason: g.Reason, Ticket: g.Ticket,
		GivenBy: i.people[g.GivenBy].ID, ExpiresAt: models.Time(i.now.Add(hours(g.Hours)))}
	return i.write(ctx, i.inside(g.GivenBy, t.Slug), "grant.give", "grant", grant.ID, map[string]any{"level": g.Level, "reason": g.Reason}, func(tx *store.Tx) error {
		return tx.InsertGrant(&grant)
	})
}

func (i *installer) askGrant(ctx context.Context, t world.Tenant, g world.Grant) error {
	asked := models.GrantRequest{ID: models.NewID(), UserID: i.people[g.Person].ID, Level: g.Level, Reason: g.Reason, Ticket: g.Ticket,
		Minutes: int(g.Hours * 60), State: models.GrantWaiting, AnswerBy: models.Time(i.now.Add(models.GrantAnswer))}
	return i.write(ctx, i.inside(g.Person, t.Slug), "grant.ask", "grant_request", asked.ID, map[string]any{"level": g.Level, "reason": g.Reason}, func(tx *store.Tx) error {
		return tx.InsertGrantRequest(&asked)
	})
}

func (i *installer) planAPIs(t world.Tenant) {
	for _, g := range t.Guides {
		i.at(days(float64(t.AgeDays)-1), "guide "+g.Slug, func(ctx context.Context) error {
			actor, err := i.as(ctx, "api-manager", t.Slug)
			if err != nil {
				return err
			}
			return i.writeGuide(ctx, actor, "", g)
		})
	}
	for _, a := range t.APIs {
		i.at(days(float64(a.AgeDays)), "API "+a.Slug, func(ctx context.Context) error { return i.makeAPI(ctx, t, a) })
		if a.Visibility != "" { // last, since its subscribers found it before
			i.at(0, "who sees API "+a.Slug, func(ctx context.Context) error { return i.showAPI(ctx, t, a) })
		}
		for _, v := range a.Versions {
			i.at(days(float64(v.AgeDays)), "version "+key(a.Slug, v.Name), func(ctx context.Context) error { return i.makeVersion(ctx, t, a, v) })
			if v.End != (world.End{}) {
				i.at(days(v.End.AgeDays), "end of version "+key(a.Slug, v.Name), func(ctx context.Context) error { return i.announceEnd(ctx, t, a, v) })
			}
		}
	}
}

func (i *installer) makeAPI(ctx context.Context, t world.Tenant, a world.API) error {
	actor, err := i.as(ctx, "api-manager", t.Slug)
	if err != nil {
		return err
	}
	if _, err := i.app.Portal.APIs.Create(ctx, actor, models.API{Slug: a.Slug, Name: a.Name, Summary: a.Summary, Description: a.Description, Category: a.Category, Tags: a.Tags}); err != nil {
		return err
	}
	for _, p := range a.Plans {
		plan := models.Plan{Slug: p.Slug, Name: p.Name, Summary: p.Summary, AutoApprove: p.AutoApprove}
		if p.PerMonth > 0 {
			plan.QuotaCalls, plan.QuotaPeriod = p.PerMonth, models.QuotaMonth
		}
		for _, r := range []models.Rate{{Calls: p.PerSecond, Seconds: 1}, {Calls: p.PerMinute, Seconds: 60}} {
			if r.Calls > 0 {
				plan.Rates = append(plan.Rates, r)
			}
		}
		if _, err := i.app.Portal.Plans.Create(ctx, actor, a.Slug, plan); err != nil {
			return fmt.Errorf("plan %s: %w", p.Slug, err)
		}
	}
	for _, g := range a.Guides {
		if err := i.writeGuide(ctx, actor, a.Slug, g); err != nil {
			return err
		}
	}
	return nil
}

// writeGuide writes a guide of an API, or with "" of the tenant.
func (i *installer) writeGuide(ctx context.Context, actor models.Actor, api string, g world.Guide) error {
	if _, err := i.app.Portal.Guides.Create(ctx, actor, api, models.Guide{Slug: g.Slug, Title: g.Title, Body: g.Body}, !g.Draft); err != nil {
		return fmt.Errorf("guide %s: %w", g.Slug, err)
	}
	return nil
}

// announceEnd deprecates a version. Its callers are told when the calls before it are there.
func (i *installer) announceEnd(ctx context.Context, t world.Tenant, a world.API, v world.Version) error {
	actor, err := i.as(ctx, "api-manager", t.Slug)
	if err != nil {
		return err
	}
	in := portal.VersionEnd{Successor: v.End.Successor}
	last := clock.DayStart(i.now).AddDate(0, 0, v.End.LastDays)
	in.SunsetAt, in.Notice = &last, v.End.Notice
	_, err = i.app.Portal.Versions.Deprecate(ctx, actor, a.Slug, v.Name, in)
	return err
}

// showAPI says who sees an API from now on.
func (i *installer) showAPI(ctx context.Context, t world.Tenant, a world.API) error {
	actor, err := i.as(ctx, "api-manager", t.Slug)
	if err != nil {
		return err
	}
	to := models.Audience{Visibility: a.Visibility}
	for _, team := range a.Teams {
		to.Teams = append(to.Teams, i.teams[key(t.Slug, team)].ID)
	}
	one, err := i.app.Portal.APIs.Show(ctx, actor, a.Slug)
	if err != nil {
		return err
	}
	_, err = i.app.Portal.APIs.SetAudience(ctx, actor, a.Slug, one.Revision, to)
	return err
}

// makeVersion does what an API manager does: uploads the document, sets
// upstream and credential, and publishes unless the world leaves it a draft.
func (i *installer) makeVersion(ctx context.Context, t world.Tenant, a world.API, v world.Version) error {
	actor, err := i.as(ctx, "api-manager", t.Slug)
	if err != nil {
		return err
	}
	apis := i.app.Portal.APIs
	_, revision, problems, err := apis.PutDocument(ctx, actor, a.Slug, v.Name, world.Document(v.File))
	if err != nil {
		return fmt.Errorf("%s: %w %v", v.File, err, problems)
	}
	if err := setUpstream(ctx, i.app, i.proven, actor, a.Slug, v, i.base, demo.Path(t.Slug, a.Slug, v.Name)); err != nil {
		return err
	}
	if v.State == models.VersionDraft {
		return nil
	}
	_, err = apis.Publish(ctx, actor, a.Slug, v.Name, revision.ID)
	return err
}

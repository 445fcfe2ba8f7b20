package portal

import (
	"context"
	"slices"

	"gatehouse/internal/store"
	"gatehouse/internal/usage"
	"gatehouse/models"
)

// OwnCalls says which calls of the reader's teams are meant, as it stands in addresses.
type OwnCalls string

// The kinds of calls that the usage page tells apart.
const (
	OwnAll   OwnCalls = ""      // to APIs, tries among them
	OwnTries OwnCalls = "tries" // from documentation pages
	OwnMocks OwnCalls = "mock"
)

// OwnUsage is what the reader's teams called.
type OwnUsage struct {
	Report
	Calls    OwnCalls          // as it was understood
	Version  string            // id of the one version that is looked at, or ""
	Versions []SubscriptionRow // that can be looked at, one row each
	Requests []usage.Request   // the newest first
	Next     string            // of the requests, or ""
	Tokens   map[string]models.Token
	Named    map[string]string // versions as people call them, by id
}

// ownRequests is how many calls the page lists.
const ownRequests = 25

// Own is what the actor's teams called: their subscriptions' calls, their tries or
// their calls to mocks, of all versions or of one.
func (u *Usage) Own(ctx context.Context, actor models.Actor, calls OwnCalls, version, span, before string) (o OwnUsage, err error) {
	if err := actor.May(models.TokenReadOwn); err != nil {
		return o, err
	}
	place, err := usage.ParseCursor(before)
	if err != nil {
		return o, invalid("before", "Begin at the newest calls.")
	}
	if calls == OwnTries || calls == OwnMocks {
		o.Calls = calls
	}
	var subscriptions []string
	err = u.store.As(ctx, actor, func(r store.Tenant) error {
		subs, err := allSubscriptions(r, store.SubscriptionFilter{Teams: actor.Teams()})
		if err != nil {
			return err
		}
		if o.Versions, err = rowsOf(r, subs); err != nil {
			return err
		}
		if slices.ContainsFunc(subs, func(s models.Subscription) bool { return s.VersionID == version }) {
			o.Version = version
		}
		for _, s := range subs[:min(len(subs), store.PageMost)] {
			if o.Version == "" || s.VersionID == o.Version {
				subscriptions = append(subscriptions, s.ID)
			}
		}
		return nil
	})
	if err != nil {
		return o, err
	}
	seen := map[string]bool{}
	o.Versions = slices.DeleteFunc(o.Versions, func(s SubscriptionRow) bool {
		twice := seen[s.VersionID]
		seen[s.VersionID] = true
		return twice
	})
	f, kind := usage.Filter{Subscriptions: append([]string{}, subscriptions...)}, usage.LiveCalls
	switch o.Calls {
	case OwnTries:
		f, kind = usage.Filter{Tries: actor.Teams(), Version: o.Version}, usage.Tries
	case OwnMocks:
		f, kind = usage.Filter{Mocks: actor.Teams(), Version: o.Version}, usage.MockCalls
	}
	if o.Report, err = u.report(ctx, actor, f, span); err != nil {
		return o, err
	}
	page, err := u.calls.LastRequests(ctx, actor.Tenant().ID, usage.LogQuery{Teams: actor.Teams(), Kind: kind, Version: o.Version, Before: place, Limit: ownRequests})
	if err != nil {
		return o, err
	}
	if o.Requests = page.Requests; page.More {
		o.Next = page.Next.String()
	}
	return o, u.store.As(ctx, actor, func(r store.Tenant) error { return o.name(r, actor) })
}

// name finds what stands in the list besides ids.
func (o *OwnUsage) name(r store.Tenant, actor models.Actor) error {
	o.Tokens, o.Named = map[string]models.Token{}, map[string]string{}
	for _, c := range o.Requests {
		if _, known := o.Tokens[c.Token]; !known && c.Token != "" && actor.TeamRole(c.Team) != "" {
			token, _, err := r.Token(c.Token)
			if err != nil {
				return err
			}
			o.Tokens[c.Token] = token
		}
		o.Named[c.Version] = ""
	}
	var ids []string
	for id := range o.Named {
		if id != "" {
			ids = append(ids, id)
		}
	}
	versions, err := r.VersionsByID(ids)
	if err != nil {
		return err
	}
	var apis []string
	for _, v := range versions {
		apis = append(apis, v.APIID)
	}
	named, err := r.APIsByID(apis)
	for _, v := range versions {
		o.Named[v.ID] = named[v.APIID].Name + " " + v.Name
	}
	return err
}

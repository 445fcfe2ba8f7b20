package portal

import (
	"context"
	"crypto/subtle"
	"strings"

	"gatehouse/internal/fault"
	"gatehouse/internal/keys"
	"gatehouse/internal/spec"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// TestAgent is the client of calls that the portal itself makes with a new token.
const TestAgent = "Gatehouse-Test"

// FirstCall is a call that a new token may make: how it is said and where it goes.
type FirstCall struct {
	Operation string // "GET /berths"
	Path      string // on the gateway: /{tenant}/{api}/{version}/berths?limit=2
	Curl      string // with the token in an environment variable
}

// FirstCall is the call that the page of a new token offers: the first GET that
// the token may make, one without parameters rather than one with. It is zero
// where there is none.
func (t *Tokens) FirstCall(ctx context.Context, actor models.Actor, id, gateway string) (call FirstCall, err error) {
	if err := actor.May(models.TokenReadOwn); err != nil {
		return call, err
	}
	err = t.store.As(ctx, actor, func(r store.Tenant) error {
		token, ps, err := r.Token(id)
		if err != nil {
			return err
		}
		if err := ofOwnTeam(actor, token); err != nil {
			return err
		}
		rows, err := permissionRows(r, ps)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if call, err = firstCall(r, actor.Tenant(), row, gateway); err != nil || call.Path != "" {
				return err
			}
		}
		return nil
	})
	return call, err
}

func firstCall(r store.Tenant, tenant models.Tenant, row PermissionRow, gateway string) (call FirstCall, err error) {
	if row.Version.PublishedID == nil || row.Access == models.AccessNone {
		return call, nil
	}
	ops, err := r.Operations(*row.Version.PublishedID)
	if err != nil {
		return call, err
	}
	var chosen *models.Operation
	for i, o := range ops {
		if o.Method != "GET" || o.Deprecated || !row.Permission.Opens(o) {
			continue
		}
		if chosen == nil {
			chosen = &ops[i]
		}
		if !strings.Contains(o.Path, "{") {
			chosen = &ops[i]
			break
		}
	}
	if chosen == nil {
		return call, nil
	}
	whole, err := r.Operation(*row.Version.PublishedID, chosen.Slug)
	if err != nil {
		return call, err
	}
	var o spec.Operation
	if err := unpack(whole.Detail, &o); err != nil {
		return call, err
	}
	d, err := o.Open()
	if err != nil {
		return call, err
	}
	base := "/" + tenant.Slug + "/" + row.API.Slug + "/" + row.Version.Name
	return FirstCall{
		Operation: o.Key, Path: spec.ExampleURL(o, d, base),
		Curl: spec.Samples(o, d, strings.TrimSuffix(gateway, "/")+base, TokenVariable(tenant))[0].Code,
	}, nil
}

// TokenVariable is the environment variable that samples of a tenant take the
// token from.
func TokenVariable(t models.Tenant) string {
	return strings.ToUpper(strings.ReplaceAll(t.Slug, "-", "_")) + "_TOKEN"
}

// CheckSecret is nil where the secret is that of a token of the actor's team,
// for testing it right after it was made.
func (t *Tokens) CheckSecret(ctx context.Context, actor models.Actor, id, secret string) error {
	if err := actor.May(models.TokenReadOwn); err != nil {
		return err
	}
	wrong := fault.New(fault.Invalid, "invalid_token", "This is not the secret of this token.")
	parsed, ok := keys.Parse(secret)
	if !ok {
		return wrong
	}
	peppers, err := t.keys.Peppers(ctx, actor.Tenant().ID)
	if err != nil {
		return err
	}
	return t.store.As(ctx, actor, func(r store.Tenant) error {
		token, _, err := r.Token(id)
		if err != nil {
			return err
		}
		if err := ofOwnTeam(actor, token); err != nil {
			return err
		}
		for _, p := range peppers {
			digest := keys.Digest(p.Key, parsed.SHA256)
			if p.KeyID == token.KeyID && subtle.ConstantTimeCompare(digest[:], token.Digest) == 1 {
				return nil
			}
		}
		return wrong
	})
}

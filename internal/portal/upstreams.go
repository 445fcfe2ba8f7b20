package portal

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"gatehouse/internal/fault"
	"gatehouse/internal/gateway"
	"gatehouse/internal/spec"
	"gatehouse/internal/store"
	"gatehouse/internal/vault"
	"gatehouse/models"
)

// SetUpstream says where a version's calls go and how much a call may send.
// Change.Revision says which state was seen. A credential for another origin
// stays, detached, until it is entered again (R108).
func (a *APIs) SetUpstream(ctx context.Context, actor models.Actor, api, version string, change models.Version) (after models.Version, err error) {
	if err := actor.May(models.APIManage); err != nil {
		return after, err
	}
	url, err := a.upstreams.CheckURL(strings.TrimSpace(change.Upstream))
	if err != nil {
		return after, renamed(err, "upstream")
	}
	return a.route(ctx, actor, api, version, func(v *models.Version) {
		v.Upstream, v.BodyLimit, v.Revision = url.String(), change.BodyLimit, change.Revision
	})
}

// SetBodyLimit says how much a call may send, and leaves the upstream as it is:
// not set yet, or set before it would be refused. Change.Revision says which state was seen.
func (a *APIs) SetBodyLimit(ctx context.Context, actor models.Actor, api, version string, change models.Version) (after models.Version, err error) {
	if err := actor.May(models.APIManage); err != nil {
		return after, err
	}
	return a.route(ctx, actor, api, version, func(v *models.Version) {
		v.BodyLimit, v.Revision = change.BodyLimit, change.Revision
	})
}

// MockPrefix stands before the address of a version's mock.
const MockPrefix = gateway.MockPrefix

// SetMock switches a version's mock on or off: whether calls to it are answered
// from examples and schemas, also for those who may not call the version yet.
func (a *APIs) SetMock(ctx context.Context, actor models.Actor, api, version string, on bool) (after models.Version, err error) {
	if err := actor.May(models.APIManage); err != nil {
		return after, err
	}
	err = a.store.Do(ctx, actor, models.APIManage, func(tx *store.Tx) error {
		_, before, err := tx.Version(api, version)
		if err != nil {
			return err
		}
		if err := a.seen.still(strconv.Itoa(before.Revision)); err != nil {
			return err
		}
		after = before
		after.Mock = on
		if err := tx.UpdateVersion(after); err != nil {
			return err
		}
		if err := tx.Changed(models.ChangeVersion, after.ID); err != nil {
			return err
		}
		return tx.RecordAs("version.mock", "version", after.ID, map[string]any{"api": api, "version": version, "on": on}, before, after)
	})
	return after, err
}

// route changes where a version's calls go, and tells every gateway.
func (a *APIs) route(ctx context.Context, actor models.Actor, api, version string, set func(*models.Version)) (after models.Version, err error) {
	err = a.store.Do(ctx, actor, models.APIManage, func(tx *store.Tx) error {
		_, before, err := tx.Version(api, version)
		if err != nil {
			return err
		}
		after = before
		set(&after)
		if err := after.Check(); err != nil {
			return err
		}
		if err := tx.UpdateVersion(after); err != nil {
			return err
		}
		if err := tx.Changed(models.ChangeVersion, after.ID); err != nil {
			return err
		}
		return tx.RecordAs("version.upstream", "version", after.ID,
			map[string]any{"from": before.Upstream, "to": after.Upstream, "body_limit": after.BodyLimit}, before, after)
	})
	return after, err
}

// serversMost is how many of a document's servers are named where the upstream is typed.
const serversMost = 3

// servers are those of a document that calls could go to.
func (a *APIs) servers(r store.Tenant, revision string) (out []string, err error) {
	packed, err := r.Outline(revision)
	if err != nil {
		return nil, err
	}
	var d spec.Document
	if err := unpack(packed, &d); err != nil {
		return nil, err
	}
	for _, s := range d.Servers {
		address := s.URL
		for _, v := range s.Variables {
			address = strings.ReplaceAll(address, "{"+v.Name+"}", v.Default)
		}
		if url, err := a.upstreams.CheckURL(address); err == nil && len(out) < serversMost && !slices.Contains(out, url.String()) {
			out = append(out, url.String())
		}
	}
	return out, nil
}

// renamed gives the fields of a fault the name that the form has for them.
func renamed(err error, field string) error {
	e := fault.From(err)
	if len(e.Fields) == 0 {
		return err
	}
	c := *e
	c.Fields = nil
	for _, f := range e.Fields {
		c.Fields = append(c.Fields, fault.Field{Name: field, Message: f.Message})
	}
	return &c
}

// SetCredential stores what the upstream demands of us, sealed and bound to the
// upstream's origin (R106, R108). It demands a step-up on the version (R24);
// the value is never given out again (R107).
func (a *APIs) SetCredential(ctx context.Context, actor models.Actor, api, version, header, value string) error {
	if err := actor.May(models.CredentialWrite); err != nil {
		return err
	}
	if err := models.CheckCredential(header, value); err != nil {
		return err
	}
	return a.store.Do(ctx, actor, models.CredentialWrite, func(tx *store.Tx) error {
		_, v, err := tx.Version(api, version)
		if err != nil {
			return err
		}
		if v.Upstream == "" {
			return fault.New(fault.Conflict, "upstream_missing", "Set the upstream first: a credential belongs to the one it was entered for.")
		}
		if err := tx.UseProof(v.ID); err != nil {
			return err
		}
		before, _, err := tx.Credential(v.ID)
		if err != nil {
			return err
		}
		c := models.Credential{TenantID: actor.Tenant().ID, ID: models.NewID(), VersionID: v.ID, Header: header, Origin: v.Origin(),
			Number: before.Number + 1, SetBy: actor.User(), Fingerprint: vault.Fingerprint(vault.NewSecret([]byte(value)))}
		if c.Sealed, err = a.keys.SealCredential(c, value); err != nil {
			return err
		}
		if err := tx.SetCredential(&c); err != nil {
			return err
		}
		if err := tx.Changed(models.ChangeVersion, v.ID); err != nil {
			return err
		}
		return tx.Record("version", v.ID, map[string]any{"header": header, "origin": c.Origin, "fingerprint": c.Fingerprint, "number": c.Number}, nil, nil)
	})
}

// DeleteCredential removes what the upstream demanded; calls then go there
// without. It demands a step-up on the version, as setting one does.
func (a *APIs) DeleteCredential(ctx context.Context, actor models.Actor, api, version string) error {
	if err := actor.May(models.CredentialWrite); err != nil {
		return err
	}
	return a.store.Do(ctx, actor, models.CredentialWrite, func(tx *store.Tx) error {
		_, v, err := tx.Version(api, version)
		if err != nil {
			return err
		}
		if err := tx.UseProof(v.ID); err != nil {
			return err
		}
		before, ok, err := tx.Credential(v.ID)
		if err != nil {
			return err
		}
		if !ok {
			return fault.New(fault.Conflict, "credential_missing", "There is no credential to remove.")
		}
		if err := tx.DeleteCredential(v.ID); err != nil {
			return err
		}
		if err := tx.Changed(models.ChangeVersion, v.ID); err != nil {
			return err
		}
		return tx.RecordAs("credential.delete", "version", v.ID, map[string]any{"header": before.Header, "fingerprint": before.Fingerprint}, nil, nil)
	})
}

package web

import (
	"encoding/json"
	"errors"
	"io"
	"iter"
	"log/slog"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/audit"
	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/models"
	"gatehouse/views/account"
)

// ExportAccount asks for a passkey before a person's data become a file.
func (w *Web) ExportAccount(c echo.Context) error { return w.showExportAccount(c, http.StatusOK, nil) }

func (w *Web) showExportAccount(c echo.Context, status int, problems []fault.Field) error {
	return render(c, status, account.Export(w.page(c, "Export your data"), problems))
}

// AccountFile is the file. It is written while it is read; where reading fails, the
// connection is cut, so that nobody takes a part for the whole.
func (w *Web) AccountFile(c echo.Context) error {
	d, err := w.Accounts.Export(c.Request().Context(), guard.Actor(c), guard.Session(c).Hash())
	if problems, status, ok := proofFields(err); ok {
		return w.showExportAccount(c, status, problems)
	}
	if err != nil {
		return err
	}
	now, h := w.Clock.Now().UTC(), c.Response().Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Disposition", `attachment; filename="gatehouse-account-`+now.Format("20060102")+`.json"`)
	h.Set("Cache-Control", "no-store")
	c.Response().WriteHeader(http.StatusOK)
	if err := writeOwn(c.Response(), d, now); err != nil {
		slog.ErrorContext(c.Request().Context(), "an export broke off", "request_id", guard.Request(c).ID, "error", err)
		panic(http.ErrAbortHandler)
	}
	return nil
}

// ownRow is one row of a person's data: no shape of its own, since nobody builds on
// it; docs/partner.md names what is in it.
type ownRow map[string]any

// writeOwn writes a JSON object with a member for each kind of thing.
func writeOwn(w io.Writer, d portal.OwnData, now time.Time) error {
	tenant := func(id string) string { return d.Tenants[id].Slug }
	out := ownWriter{w: w}
	out.member("exported_at", now)
	out.member("profile", ownRow{"id": d.User.ID, "email": d.User.Email, "name": d.User.Name, "staff": d.User.Staff, "state": d.User.State, "created_at": d.User.CreatedAt, "updated_at": d.User.UpdatedAt})
	list(&out, "passkeys", each(d.Passkeys), func(k models.Passkey) ownRow {
		return ownRow{"id": k.ID, "name": k.Name, "synced": k.BackupEligible, "transports": k.Transports, "created_at": k.CreatedAt, "last_used_at": k.LastUsedAt}
	})
	list(&out, "linked_identities", each(d.Linked), func(i models.Identity) ownRow {
		return ownRow{"tenant": tenant(i.TenantID), "issuer": i.Issuer, "subject": i.Subject, "email": i.Email, "groups": i.Groups, "role_by_groups": i.Given,
			"created_at": i.CreatedAt, "seen_at": i.SeenAt, "checked_at": i.CheckedAt, "gone_at": i.GoneAt}
	})
	list(&out, "sessions", each(d.Sessions), func(s portal.SessionRow) ownRow {
		return ownRow{"device": s.Device, "client_ip": s.ClientIP, "passkey": s.Passkey, "created_at": s.CreatedAt, "seen_at": s.SeenAt, "this_one": s.Current}
	})
	list(&out, "seen_places", each(d.Seen), func(p portal.SeenPlace) ownRow {
		return ownRow{"kind": p.Kind, "value": p.Value, "seen_at": p.SeenAt}
	})
	list(&out, "notice_choices", each(d.Choices), func(n models.NoticeChoice) ownRow {
		return ownRow{"category": n.Category, "in_app": n.InApp, "mail": n.Mail}
	})
	list(&out, "links", each(d.Links), func(l models.Link) ownRow {
		return ownRow{"kind": l.Kind, "email": l.Email, "role": l.Role, "created_at": l.CreatedAt, "expires_at": l.ExpiresAt, "used_at": l.UsedAt}
	})
	list(&out, "roles_and_teams", each(d.Places), func(p portal.Place) ownRow {
		return ownRow{"tenant": p.Tenant.Slug, "role": p.Role, "team": p.Team.Name, "team_role": p.TeamRole}
	})
	list(&out, "tokens", d.Tokens, func(t models.Token) ownRow {
		return ownRow{"tenant": tenant(t.TenantID), "id": t.ID, "kind": t.Kind, "name": t.Name, "description": t.Description, "purpose": t.Purpose, "hint": t.Hint, "state": t.State,
			"created_at": t.CreatedAt, "expires_at": t.ExpiresAt, "revoked_at": t.RevokedAt, "allowed_ips": t.AllowedIPs, "scopes": t.Scopes}
	})
	list(&out, "subscriptions_asked_for", d.Subscriptions, func(s models.Subscription) ownRow {
		return ownRow{"tenant": tenant(s.TenantID), "id": s.ID, "state": s.State, "purpose": s.Purpose, "requested_at": s.RequestedAt, "ends_at": s.EndsAt}
	})
	list(&out, "messages", d.Messages, func(m models.SubscriptionMessage) ownRow {
		return ownRow{"tenant": tenant(m.TenantID), "subscription": m.SubscriptionID, "text": m.Body, "created_at": m.CreatedAt}
	})
	list(&out, "notifications", d.Notifications, func(n models.Notification) ownRow {
		return ownRow{"tenant": tenant(n.TenantID), "kind": n.Kind, "title": n.Title, "text": n.Body, "created_at": n.CreatedAt, "read_at": n.ReadAt}
	})
	list(&out, "audit_events", d.Events, func(e audit.Event) ownRow {
		return ownRow{"tenant": tenant(e.ChainID), "seq": e.Seq, "at": e.At, "action": e.Action, "acting_as": e.ActingAs, "object_kind": e.ObjectKind, "object_id": e.ObjectID,
			"details": orNull(e.Details), "client_ip": e.ClientIP, "request_id": e.RequestID}
	})
	return out.end()
}

// orNull is what an event says of itself, which may be nothing.
func orNull(raw json.RawMessage) any {
	if len(raw) == 0 {
		return nil
	}
	return raw
}

// ownWriter writes the members of one JSON object as they come.
type ownWriter struct {
	w     io.Writer
	begun bool
	err   error
}

func (o *ownWriter) text(s string) {
	if o.err == nil {
		_, o.err = io.WriteString(o.w, s)
	}
}

func (o *ownWriter) name(name string) {
	before := "{\n"
	if o.begun {
		before = ",\n"
	}
	o.begun = true
	o.text(before + `"` + name + `": `)
}

func (o *ownWriter) value(v any) {
	text, err := json.Marshal(v)
	o.err = errors.Join(o.err, err)
	o.text(string(text))
}

func (o *ownWriter) member(name string, v any) {
	o.name(name)
	o.value(v)
}

func (o *ownWriter) end() error {
	o.text("\n}\n")
	return o.err
}

// list writes a member that is an array, a row a line.
func list[T any](o *ownWriter, name string, rows iter.Seq2[T, error], shape func(T) ownRow) {
	o.name(name)
	before := "["
	for row, err := range rows {
		if o.err = errors.Join(o.err, err); o.err != nil {
			return
		}
		o.text(before + "\n")
		o.value(shape(row))
		before = ","
	}
	if before == "[" {
		o.text("[")
	}
	o.text("]")
}

// each are rows that are there already.
func each[T any](rows []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, row := range rows {
			if !yield(row, nil) {
				return
			}
		}
	}
}

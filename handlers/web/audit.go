package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/models"
	"gatehouse/views/audit"
	"gatehouse/views/ui"
)

const auditPage = 26 // one more than is shown tells whether there are older ones

// AuditLog shows the changes of a tenant, or those of the installation.
func (w *Web) AuditLog(c echo.Context) error { return w.showAudit(c, nil) }

// VerifyAudit checks the whole chain and says what it found.
func (w *Web) VerifyAudit(c echo.Context) error {
	report, err := w.Audit.Verify(c.Request().Context(), guard.Actor(c))
	if err != nil {
		return err
	}
	return w.showAudit(c, verified(report))
}

func verified(r portal.AuditReport) *audit.Verified {
	switch {
	case r.Broken != nil:
		return &audit.Verified{Tone: ui.Bad, Title: fmt.Sprintf("The chain is broken at event %d", r.Broken.Seq),
			Message: "What stands there is not what was written: " + r.Broken.Reason + ". Tell whoever runs the database."}
	case r.Contradicted != nil:
		return &audit.Verified{Tone: ui.Bad, Title: fmt.Sprintf("A checkpoint contradicts the chain at event %d", r.Contradicted.Seq),
			Message: r.Contradicted.Reason + ". Tell whoever runs the database."}
	}
	return &audit.Verified{Tone: ui.OK, Title: "The chain is intact",
		Message: fmt.Sprintf("%s hold, each linked to the one before it; %s agree.", ui.Plural(int(r.Head.Seq), "event"), ui.Plural(r.Confirmed, "signed checkpoint"))}
}

func (w *Web) showAudit(c echo.Context, found *audit.Verified) error {
	actor := guard.Actor(c)
	f, err := auditFilter(c)
	if err != nil {
		return err
	}
	events, err := w.Audit.List(c.Request().Context(), actor, f)
	if err != nil {
		return err
	}
	d := audit.Data{Tenant: actor.Tenant().Slug, Base: "/support/audit", Action: f.Action, Object: f.ObjectKind, ObjectID: f.ObjectID,
		Actions: auditActions(events, f.Action), Verified: found, Now: w.Clock.Now()}
	page := w.console
	if d.Tenant != "" {
		d.Base, page = "/t/"+d.Tenant+"/admin/audit", w.page
	}
	more := len(events) == auditPage
	if more {
		events = events[:auditPage-1]
		d.Next = auditURL(d.Base, f, events[len(events)-1].Seq)
	}
	if f.Before > 0 {
		d.First = auditURL(d.Base, f, 0)
	}
	for _, e := range events {
		d.Events = append(d.Events, auditEvent(e, d.Base))
	}
	return render(c, http.StatusOK, audit.Log(page(c, "Audit"), d))
}

func auditFilter(c echo.Context) (portal.AuditFilter, error) {
	f := portal.AuditFilter{Action: c.QueryParam("action"), ObjectKind: c.QueryParam("object"), ObjectID: c.QueryParam("id"), Limit: auditPage}
	if before := c.QueryParam("before"); before != "" {
		n, err := strconv.ParseInt(before, 10, 64)
		if err != nil || n < 1 {
			return f, fault.New(fault.BadRequest, "bad_request", "This page of the log does not exist; start from the newest events.")
		}
		f.Before = uint64(n)
	}
	return f, nil
}

func auditURL(base string, f portal.AuditFilter, before uint64) string {
	q := url.Values{}
	for name, value := range map[string]string{"action": f.Action, "object": f.ObjectKind, "id": f.ObjectID} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if before > 0 {
		q.Set("before", strconv.FormatUint(before, 10))
	}
	if len(q) == 0 {
		return base
	}
	return base + "?" + q.Encode()
}

func auditEvent(e portal.AuditEvent, base string) audit.Event {
	out := audit.Event{Seq: strconv.FormatUint(e.Seq, 10), At: e.At, Who: e.ActorName, Action: e.Action, Object: e.ObjectKind, ObjectID: e.ObjectID,
		ClientIP: e.ClientIP, RequestID: e.RequestID, Details: auditDetails(e.Details)}
	out.ObjectURL = auditURL(base, portal.AuditFilter{ObjectKind: e.ObjectKind, ObjectID: e.ObjectID}, 0)
	if reporter, ok := strings.CutPrefix(e.Actor, "reporter:"); ok {
		out.Who, out.As = "Gatehouse", "on a report by "+reporter
	}
	if strings.HasPrefix(e.Actor, "program:") {
		out.Who = "Gatehouse"
	}
	if out.Who == "" {
		out.Who = "Nobody signed in"
	}
	if strings.HasPrefix(e.Actor, "token:") {
		out.As = "by management token"
	}
	if strings.HasPrefix(e.ActingAs, "grant:") {
		out.As = "staff, by a grant"
	}
	return out
}

// auditDetails are what an event says, by name.
func auditDetails(raw json.RawMessage) []audit.Detail {
	var fields map[string]json.RawMessage // numbers as they were written
	if len(raw) == 0 || json.Unmarshal(raw, &fields) != nil {
		return nil
	}
	var out []audit.Detail
	for name, value := range fields {
		text := string(value)
		if json.Unmarshal(value, &text) != nil {
			text = string(value)
		}
		if text != "" && text != "null" {
			out = append(out, audit.Detail{Name: strings.ReplaceAll(name, "_", " "), Value: text})
		}
	}
	slices.SortFunc(out, func(a, b audit.Detail) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// auditActions are the choices of the filter: every action of the permission
// table, those on this page, and the one that is chosen.
func auditActions(events []portal.AuditEvent, chosen string) []ui.Option {
	names := append(models.ActionNames(), chosen)
	for _, e := range events {
		names = append(names, e.Action)
	}
	slices.Sort(names)
	out := []ui.Option{{Label: "Everything"}}
	for _, name := range slices.Compact(names) {
		if name != "" {
			out = append(out, ui.Option{Value: name, Label: name})
		}
	}
	return out
}

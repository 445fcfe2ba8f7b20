package web

import (
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/csvfile"
	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/models"
	"gatehouse/views/tokens"
)

// ExportTokens asks for a passkey before the tokens of a filter become a file.
func (w *Web) ExportTokens(c echo.Context) error {
	return w.showExport(c, http.StatusOK, tokenQuery(c), "csv", nil)
}

func (w *Web) showExport(c echo.Context, status int, q portal.TokenQuery, format string, problems []fault.Field) error {
	q.After, q.Limit = "", 1
	page, err := w.AllTokens.List(c.Request().Context(), guard.Actor(c), q)
	if err != nil {
		return err
	}
	spoken := q
	spoken.Owner, spoken.Team = cmp.Or(page.Owner.Name, q.Owner), cmp.Or(page.Team.Name, q.Team)
	base, tenant := allTokensURL(c), guard.Actor(c).Tenant()
	e := tokens.Export{Tenant: tenant.Slug, TenantName: tenant.Name, URL: base + "/export", Back: base + "?" + q.Filter(), Filter: q.Filter(),
		Words: filterWords(spoken), Total: page.Total, Format: format, Object: portal.ExportObject, Problems: problems}
	return render(c, status, e.Page(w.page(c, "Export tokens")))
}

// ExportFile is the file. It is written while it is read; where reading fails, the
// connection is cut, so that nobody takes a part for the whole.
func (w *Web) ExportFile(c echo.Context) error {
	q, format := filterQuery(c.FormValue("filter")), c.FormValue("format")
	rows, err := w.AllTokens.Export(c.Request().Context(), guard.Actor(c), q, format)
	if problems, status, ok := proofFields(err); ok {
		return w.showExport(c, status, q, format, problems)
	}
	if err != nil {
		return err
	}
	now, h := w.Clock.Now(), c.Response().Header()
	write, media := writeCSV, "text/csv; charset=utf-8"
	if format == "json" {
		write, media = writeJSON, "application/json"
	}
	h.Set("Content-Type", media)
	h.Set("Content-Disposition", `attachment; filename="tokens-`+guard.Actor(c).Tenant().Slug+"-"+now.UTC().Format("20060102")+"."+format+`"`)
	h.Set("Cache-Control", "no-store")
	c.Response().WriteHeader(http.StatusOK)
	if err := write(c.Response(), exported(rows, guard.Actor(c).Tenant().Code, now)); err != nil {
		slog.ErrorContext(c.Request().Context(), "an export broke off", "request_id", guard.Request(c).ID, "error", err)
		panic(http.ErrAbortHandler)
	}
	return nil
}

// exportedToken is a token in a file: what it is and may do, and nothing that a
// secret could be computed from.
type exportedToken struct {
	ID          string     `json:"id"`
	Kind        string     `json:"kind"`
	Name        string     `json:"name"`
	Description string     `json:"description"`
	Purpose     string     `json:"purpose"`
	Looks       string     `json:"looks"`
	State       string     `json:"state"`
	Owner       string     `json:"owner"`
	OwnerEmail  string     `json:"owner_email"`
	Team        string     `json:"team"`
	May         []string   `json:"may"`
	AllowedIPs  []string   `json:"allowed_ips"`
	CreatedAt   time.Time  `json:"created_at"`
	ExpiresAt   time.Time  `json:"expires_at"`
	LastUsedAt  *time.Time `json:"last_used_at"`
	LastUsedBy  string     `json:"last_used_from"`
	RevokedAt   *time.Time `json:"revoked_at"`
	Cause       string     `json:"cause"`
	Reason      string     `json:"reason"`
	Risks       []string   `json:"risks"`
}

// exportColumns name the cells of a row, as in JSON.
var exportColumns = []string{"id", "kind", "name", "description", "purpose", "looks", "state", "owner", "owner_email", "team", "may", "allowed_ips",
	"created_at", "expires_at", "last_used_at", "last_used_from", "revoked_at", "cause", "reason", "risks"}

func (t exportedToken) cells() []string {
	when := func(at *time.Time) string {
		if at == nil {
			return ""
		}
		return csvTime(*at)
	}
	list := func(words []string) string { return strings.Join(words, "; ") }
	return []string{t.ID, t.Kind, t.Name, t.Description, t.Purpose, t.Looks, t.State, t.Owner, t.OwnerEmail, t.Team, list(t.May), list(t.AllowedIPs),
		csvTime(t.CreatedAt), csvTime(t.ExpiresAt), when(t.LastUsedAt), t.LastUsedBy, when(t.RevokedAt), t.Cause, t.Reason, list(t.Risks)}
}

func exported(rows iter.Seq2[portal.TokenRow, error], code string, now time.Time) iter.Seq2[exportedToken, error] {
	return func(yield func(exportedToken, error) bool) {
		for row, err := range rows {
			if !yield(exportOf(row, code, now), err) || err != nil {
				return
			}
		}
	}
}

func exportOf(t portal.TokenRow, code string, now time.Time) exportedToken {
	out := exportedToken{
		ID: t.ID, Kind: string(t.Kind), Name: t.Name, Description: t.Description, Purpose: t.Purpose, Looks: tokens.Row{Token: t.Token, Code: code}.Mask(),
		State: t.Shown(now), Owner: t.Owner.Name, OwnerEmail: t.Owner.Email, Team: t.Team.Name, May: append([]string{}, t.Scopes...), AllowedIPs: []string{},
		CreatedAt: t.CreatedAt, ExpiresAt: t.ExpiresAt, RevokedAt: t.RevokedAt, Cause: string(t.Cause), Reason: t.Reason, Risks: []string{},
	}
	for _, p := range t.Permissions {
		if p.Access != models.AccessNone {
			what := append(append([]string{}, p.Scopes...), p.Operations...)
			out.May = append(out.May, strings.TrimSpace(p.API.Slug+" "+p.Version.Name+" "+string(p.Access)+" "+strings.Join(what, " ")))
		}
	}
	for _, p := range t.AllowedIPs {
		out.AllowedIPs = append(out.AllowedIPs, p.String())
	}
	if !t.Last.At.IsZero() {
		out.LastUsedAt = &t.Last.At
	}
	if t.Last.IP.IsValid() {
		out.LastUsedBy = t.Last.IP.Unmap().String()
	}
	for _, r := range t.Risks {
		out.Risks = append(out.Risks, string(r))
	}
	return out
}

func writeCSV(w io.Writer, rows iter.Seq2[exportedToken, error]) error {
	out := csvfile.NewWriter(w)
	err := out.Write(exportColumns...)
	for t, failed := range rows {
		if err = errors.Join(err, failed); err != nil {
			return err
		}
		err = out.Write(t.cells()...)
	}
	return errors.Join(err, out.Flush())
}

func writeJSON(w io.Writer, rows iter.Seq2[exportedToken, error]) error {
	before := "["
	for t, err := range rows {
		if err != nil {
			return err
		}
		text, err := json.Marshal(t)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(w, before+"\n"+string(text)); err != nil {
			return err
		}
		before = ","
	}
	end := "\n]\n"
	if before == "[" {
		end = "[]\n"
	}
	_, err := io.WriteString(w, end)
	return err
}

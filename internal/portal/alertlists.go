package portal

import (
	"context"
	"strconv"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// AlertQuery narrows a list of alerts, as it stands in the page's address.
type AlertQuery struct {
	All   bool // closed ones too
	Kind  string
	After string // id: only older ones
	Limit int
}

// AlertRow is an alert with what it is about.
type AlertRow struct {
	models.Alert
	Title  string
	Token  models.Token // zero where it is about none
	Team   models.Team  // of the token
	Closer models.User
}

// AlertPage is part of a list of alerts.
type AlertPage struct {
	Rows []AlertRow
	More bool
}

// List shows what was seen in the tenant, the newest first.
func (a *Alerts) List(ctx context.Context, actor models.Actor, q AlertQuery) (page AlertPage, err error) {
	if err := actor.May(models.AlertRead); err != nil {
		return page, err
	}
	limit := min(max(q.Limit, 1), store.PageMost)
	f := store.AlertFilter{Kind: models.AlertKind(q.Kind), Open: !q.All, After: q.After, Limit: min(limit+1, store.PageMost)}
	err = a.store.As(ctx, actor, func(r store.Tenant) error {
		alerts, err := r.Alerts(f)
		if err != nil {
			return err
		}
		page.More = len(alerts) > limit
		page.Rows, err = alertRows(r, alerts[:min(len(alerts), limit)])
		return err
	})
	return page, err
}

// Show is one alert.
func (a *Alerts) Show(ctx context.Context, actor models.Actor, id string) (row AlertRow, err error) {
	if err := actor.May(models.AlertRead); err != nil {
		return row, err
	}
	err = a.store.As(ctx, actor, func(r store.Tenant) error {
		alert, err := r.Alert(id)
		if err != nil {
			return err
		}
		rows, err := alertRows(r, []models.Alert{alert})
		if err == nil {
			row = rows[0]
		}
		return err
	})
	return row, err
}

// Open counts what somebody has to look at; 0 for whom that is nothing to see.
func (a *Alerts) Open(ctx context.Context, actor models.Actor) (n int64, err error) {
	if actor.May(models.AlertRead) != nil {
		return 0, nil
	}
	err = a.store.As(ctx, actor, func(r store.Tenant) error {
		n, err = r.CountAlerts(store.AlertFilter{Open: true})
		return err
	})
	return n, err
}

func alertRows(r store.Tenant, alerts []models.Alert) ([]AlertRow, error) {
	named, err := r.TokensByID(ids(alerts, func(a models.Alert) string {
		if a.TokenID == nil {
			return ""
		}
		return *a.TokenID
	}))
	if err != nil {
		return nil, err
	}
	var tokens []models.Token
	for _, t := range named {
		tokens = append(tokens, t)
	}
	teams, err := r.Teams(ids(tokens, tokenTeam))
	if err != nil {
		return nil, err
	}
	closers, err := r.Users(ids(alerts, func(a models.Alert) string { return a.ClosedBy }))
	if err != nil {
		return nil, err
	}
	rows := make([]AlertRow, len(alerts))
	for i, a := range alerts {
		rows[i] = AlertRow{Alert: a, Title: alertTitles[a.Kind], Closer: closers[a.ClosedBy]}
		if a.TokenID != nil {
			rows[i].Token = named[*a.TokenID]
			rows[i].Team = teams[tokenTeam(rows[i].Token)]
		}
	}
	return rows, nil
}

// Close says that somebody has looked at an alert, with what they found.
func (a *Alerts) Close(ctx context.Context, actor models.Actor, id, note string) error {
	if err := actor.May(models.AlertClose); err != nil {
		return err
	}
	return a.close(ctx, actor, models.AlertClose, id, note, func(models.Alert) error { return nil })
}

// CloseOwn is Close for an alert about a token of one's own team: they know best
// what they did. It stays in the tenant's list, with who closed it.
func (a *Alerts) CloseOwn(ctx context.Context, actor models.Actor, token, id string) error {
	if err := actor.May(models.AlertCloseOwn); err != nil {
		return err
	}
	return a.close(ctx, actor, models.AlertCloseOwn, id, "", func(alert models.Alert) error {
		if alert.TokenID == nil || *alert.TokenID != token {
			return fault.Missing("alert")
		}
		return a.store.As(ctx, actor, func(r store.Tenant) error {
			t, _, err := r.Token(token)
			if err != nil {
				return err
			}
			return ofOwnTeam(actor, t)
		})
	})
}

func (a *Alerts) close(ctx context.Context, actor models.Actor, right models.Action, id, note string, mine func(models.Alert) error) error {
	return a.store.Do(ctx, actor, right, func(tx *store.Tx) error {
		alert, err := tx.LockAlert(id)
		if err != nil {
			return err
		}
		if err := mine(alert); err != nil {
			return err
		}
		if err := a.seen.still(strconv.Itoa(alert.Revision)); err != nil {
			return err
		}
		if err := alert.Close(actor.User(), note, tx.Now()); err != nil {
			return err
		}
		if err := tx.UpdateAlert(alert); err != nil {
			return err
		}
		return tx.RecordAs("alert.close", "alert", id, map[string]any{"kind": alert.Kind, "note": note}, nil, nil)
	})
}

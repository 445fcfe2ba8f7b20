package portal

import (
	"context"
	"strings"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// NewException is what an exception is made of.
type NewException struct {
	Team   string      // id
	Limits models.Plan // its rates and its quota
	Reason string
	EndsAt time.Time
}

// ExceptionRow is an exception with the people that it is about.
type ExceptionRow struct {
	models.Exception
	Team models.Team
	By   models.User
	Runs bool
}

// Exceptions shows those to a plan, the newest first, and the teams that have it.
func (p *Plans) Exceptions(ctx context.Context, actor models.Actor, api, id string) (rows []ExceptionRow, teams []models.Team, err error) {
	if err := actor.May(models.APIReadAll); err != nil {
		return nil, nil, err
	}
	err = p.store.As(ctx, actor, func(r store.Tenant) error {
		_, plan, err := planOf(r, api, id)
		if err != nil {
			return err
		}
		all, err := r.Exceptions(plan.ID)
		if err != nil {
			return err
		}
		if rows, err = exceptionRows(r, all, p.store.Now()); err != nil {
			return err
		}
		teams, err = r.TeamsWith(plan.ID)
		return err
	})
	return rows, teams, err
}

func exceptionRows(r store.Tenant, all []models.Exception, now time.Time) (rows []ExceptionRow, err error) {
	teams, err := r.Teams(ids(all, func(e models.Exception) string { return e.TeamID }))
	if err != nil {
		return nil, err
	}
	people, err := r.Users(ids(all, func(e models.Exception) string { return e.CreatedBy }))
	for _, e := range all {
		rows = append(rows, ExceptionRow{e, teams[e.TeamID], people[e.CreatedBy], e.Runs(now)})
	}
	return rows, err
}

// Except gives one team other limits than the plan has, from the next call on until
// a moment. One that runs already ends with it.
func (p *Plans) Except(ctx context.Context, actor models.Actor, api, id string, in NewException) (row ExceptionRow, err error) {
	if err := actor.May(models.APIManage); err != nil {
		return row, err
	}
	limits := in.Limits.Tidy()
	e := models.Exception{ID: models.NewID(), TeamID: in.Team, Rates: limits.Rates, QuotaCalls: limits.QuotaCalls, QuotaPeriod: limits.QuotaPeriod,
		QuotaDay: limits.QuotaDay, Reason: strings.TrimSpace(in.Reason), EndsAt: models.Time(in.EndsAt)}
	err = p.store.Do(ctx, actor, models.APIManage, func(tx *store.Tx) error {
		found, plan, err := planOf(tx.Tenant, api, id)
		if err != nil {
			return err
		}
		if err := e.Check(plan, tx.Now()); err != nil {
			return err
		}
		e.PlanID = plan.ID
		have, err := tx.TeamsWith(plan.ID)
		if err != nil {
			return err
		}
		for _, t := range have {
			if t.ID == e.TeamID {
				row.Team = t
			}
		}
		if row.Team.ID == "" {
			return invalid("team", "Choose a team that has this plan.")
		}
		if err := endOthers(tx, e); err != nil {
			return err
		}
		if err := tx.InsertException(&e); err != nil {
			return err
		}
		row.Exception, row.By, row.Runs = e, actor.Account(), true
		if err := tellExcepted(tx, actor, found, plan, row); err != nil {
			return err
		}
		return recordException(tx, "plan.except", models.Exception{}, e)
	})
	return row, err
}

// endOthers ends what runs for the team already.
func endOthers(tx *store.Tx, e models.Exception) error {
	running, err := tx.RunningExceptions([]string{e.TeamID})
	for _, old := range running {
		if err == nil && old.PlanID == e.PlanID {
			err = tx.EndException(old.ID)
		}
	}
	return err
}

// EndException ends one before its time.
func (p *Plans) EndException(ctx context.Context, actor models.Actor, api, id, exception string) (row ExceptionRow, err error) {
	if err := actor.May(models.APIManage); err != nil {
		return row, err
	}
	err = p.store.Do(ctx, actor, models.APIManage, func(tx *store.Tx) error {
		found, plan, err := planOf(tx.Tenant, api, id)
		if err != nil {
			return err
		}
		e, err := tx.Exception(exception)
		if err == nil && e.PlanID != plan.ID {
			err = fault.Missing("exception")
		}
		if err != nil {
			return err
		}
		if !e.Runs(tx.Now()) {
			return fault.New(fault.Conflict, "exception_over", "This exception has ended already.")
		}
		after := e
		after.EndsAt = tx.Now()
		rows, err := exceptionRows(tx.Tenant, []models.Exception{after}, tx.Now())
		if err != nil {
			return err
		}
		row = rows[0]
		if err := tx.EndException(e.ID); err != nil {
			return err
		}
		if err := tellExcepted(tx, actor, found, plan, row); err != nil {
			return err
		}
		return recordException(tx, "plan.except_end", e, after)
	})
	return row, err
}

func recordException(tx *store.Tx, action string, before, after models.Exception) error {
	if err := tx.Changed(models.ChangePlan, after.PlanID); err != nil {
		return err
	}
	return tx.RecordAs(action, "plan", after.PlanID, map[string]any{"team": after.TeamID, "rates": after.Rates, "quota_calls": after.QuotaCalls,
		"quota_period": after.QuotaPeriod, "ends_at": after.EndsAt, "reason": after.Reason}, before, after)
}

// tellExcepted tells a team's owners that other limits hold for it now, or no
// longer.
func tellExcepted(tx *store.Tx, actor models.Actor, api models.API, plan models.Plan, row ExceptionRow) error {
	people, err := owners(tx, SubscriptionRow{Subscription: models.Subscription{TeamID: row.TeamID}})
	if err != nil {
		return err
	}
	object, link := api.Name+", plan "+plan.Name, "/t/"+actor.Tenant().Slug+"/subscriptions"
	outcome := "end now, and those of the plan hold again"
	if row.Runs {
		outcome = "hold until " + row.EndsAt.UTC().Format("2 January 2006 15:04 MST")
	}
	err = tx.Notify(models.Notification{TeamID: row.TeamID, Kind: models.NotifyLimits, Title: object + ": other limits " + outcome, Body: row.Reason, Link: link}, people...)
	if err != nil {
		return err
	}
	return mailTo(tx, actor, people, Mail{Mail: MailLimits, Team: row.TeamID, Path: link, Facts: MailFacts{
		Object: object, Team: row.Team.Name, Outcome: outcome, Note: row.Reason, By: actor.Account().Name,
	}})
}

// except puts the exceptions that run into the plans of subscriptions.
func except(r store.Tenant, rows []SubscriptionRow) error {
	running, err := r.RunningExceptions(ids(rows, func(row SubscriptionRow) string { return row.TeamID }))
	excepted(rows, running)
	return err
}

// excepted is except with those that run, the oldest first.
func excepted(rows []SubscriptionRow, running []models.Exception) {
	for _, e := range running {
		for i := range rows {
			if row := &rows[i]; row.TeamID == e.TeamID && row.PlanID == e.PlanID && row.Open() {
				row.Plan, row.Until = e.Over(row.Plan), &e.EndsAt
			}
		}
	}
}

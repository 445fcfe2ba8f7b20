package portal

import (
	"context"
	"slices"
	"strings"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// Incidents are the use cases around what those who run an API tell of its faults.
type Incidents struct{ store *store.Store }

// IncidentRow is an incident with all that was told of it, the newest first.
type IncidentRow struct {
	models.Incident
	API     models.API
	Updates []models.IncidentUpdate
}

// incidentsMost is how many incidents a list has.
const incidentsMost = 50

// List shows the incidents of an API, or with "" of all that the reader sees: open ones
// first, then the newest (R53).
func (s *Incidents) List(ctx context.Context, actor models.Actor, slug string) (api models.API, rows []IncidentRow, err error) {
	if err := actor.May(models.CatalogRead); err != nil {
		return api, nil, err
	}
	err = s.store.As(ctx, actor, func(r store.Tenant) error {
		if slug != "" {
			if api, _, err = r.API(slug); err != nil {
				return err
			}
		}
		list, err := r.Incidents(api.ID, incidentsMost)
		if err != nil {
			return err
		}
		rows, err = incidentRows(r, list)
		return err
	})
	return api, rows, err
}

// Show is one incident of an API.
func (s *Incidents) Show(ctx context.Context, actor models.Actor, slug, id string) (row IncidentRow, err error) {
	if err := actor.May(models.CatalogRead); err != nil {
		return row, err
	}
	err = s.store.As(ctx, actor, func(r store.Tenant) error {
		row, err = incidentOf(r, slug, id)
		return err
	})
	return row, err
}

func incidentOf(r store.Tenant, slug, id string) (row IncidentRow, err error) {
	api, _, err := r.API(slug)
	if err != nil {
		return row, err
	}
	one, err := r.Incident(id)
	if err != nil || one.APIID != api.ID {
		return row, fault.Missing("incident")
	}
	rows, err := incidentRows(r, []models.Incident{one})
	if err != nil {
		return row, err
	}
	return rows[0], nil
}

func incidentRows(r store.Tenant, list []models.Incident) ([]IncidentRow, error) {
	apis, err := r.APIsByID(ids(list, func(i models.Incident) string { return i.APIID }))
	if err != nil {
		return nil, err
	}
	updates, err := r.IncidentUpdates(ids(list, func(i models.Incident) string { return i.ID }))
	if err != nil {
		return nil, err
	}
	rows := make([]IncidentRow, len(list))
	for i, one := range list {
		rows[i] = IncidentRow{Incident: one, API: apis[one.APIID]}
		for _, u := range updates {
			if u.IncidentID == one.ID {
				rows[i].Updates = append(rows[i].Updates, u)
			}
		}
	}
	return rows, nil
}

// Open tells that something is wrong with an API: with Versions of it, or with all.
// Without BeganAt it begins now.
func (s *Incidents) Open(ctx context.Context, actor models.Actor, slug string, in models.Incident, state models.IncidentState, text string) (row IncidentRow, err error) {
	if err := actor.May(models.APIManage); err != nil {
		return row, err
	}
	err = s.store.Do(ctx, actor, models.APIManage, func(tx *store.Tx) error {
		api, versions, err := tx.API(slug)
		if err != nil {
			return err
		}
		var live []string
		for _, v := range versions {
			if v.Live() {
				live = append(live, v.Name)
			}
		}
		one := models.Incident{ID: models.NewID(), APIID: api.ID, Title: strings.TrimSpace(in.Title), State: state, Versions: in.Versions, BeganAt: in.BeganAt}
		if one.BeganAt.IsZero() {
			one.BeganAt = tx.Now()
		}
		update := models.IncidentUpdate{ID: models.NewID(), IncidentID: one.ID, State: state, Text: strings.TrimSpace(text)}
		if err := one.Check(update, live, tx.Now()); err != nil {
			return err
		}
		if err := tx.InsertIncident(&one); err != nil {
			return err
		}
		if err := tellIncident(tx, &update); err != nil {
			return err
		}
		if err := tx.RecordAs("incident.open", "incident", one.ID, map[string]any{"api": slug, "title": one.Title, "state": state, "versions": one.Versions}, nil, nil); err != nil {
			return err
		}
		row, err = incidentOf(tx.Tenant, slug, one.ID)
		return err
	})
	return row, err
}

// Update tells how an incident goes on. Resolved ends it; another state opens it again.
func (s *Incidents) Update(ctx context.Context, actor models.Actor, slug, id string, state models.IncidentState, text string) (row IncidentRow, err error) {
	if err := actor.May(models.APIManage); err != nil {
		return row, err
	}
	err = s.store.Do(ctx, actor, models.APIManage, func(tx *store.Tx) error {
		before, err := incidentOf(tx.Tenant, slug, id)
		if err != nil {
			return err
		}
		update := models.IncidentUpdate{ID: models.NewID(), IncidentID: before.ID, State: state, Text: strings.TrimSpace(text)}
		if err := update.Check(); err != nil {
			return err
		}
		if err := tellIncident(tx, &update); err != nil {
			return err
		}
		if row, err = incidentOf(tx.Tenant, slug, id); err != nil {
			return err
		}
		return tx.RecordAs("incident.update", "incident", id, map[string]any{"api": slug, "title": before.Title, "state": state}, nil, nil)
	})
	return row, err
}

// tellIncident stores an update, and has subscribers told after the commit.
func tellIncident(tx *store.Tx, u *models.IncidentUpdate) error {
	if err := tx.TellIncident(u); err != nil {
		return err
	}
	return tx.Enqueue(TellIncident{u.TenantID, u.IncidentID, u.ID})
}

// TellIncident is a job: tell subscribers what was told of an incident.
type TellIncident struct {
	Tenant   string `json:"tenant"`
	Incident string `json:"incident"`
	Update   string `json:"update"`
}

// Kind of the job.
func (TellIncident) Kind() string { return "incident_tell" }

// Tell tells the owners of the teams that may call what is affected, once however often
// it runs: in the portal each time, by mail when it begins and when it is over.
func (s *Incidents) Tell(ctx context.Context, job TellIncident) error {
	tenant, err := s.store.TenantByID(ctx, job.Tenant)
	if err != nil {
		return err
	}
	program := models.NewProgram("versions", tenant)
	if err := program.May(models.VersionWatch); err != nil {
		return err
	}
	err = s.store.Do(ctx, program, models.VersionWatch, func(tx *store.Tx) error {
		if err := tx.NoteIncidentTold(job.Update); err != nil {
			return err
		}
		one, err := tx.Incident(job.Incident)
		if err != nil {
			return err
		}
		rows, err := incidentRows(tx.Tenant, []models.Incident{one})
		if err != nil {
			return err
		}
		teams, err := tellIncidentTeams(tx, program, rows[0], job.Update)
		if err != nil {
			return err
		}
		return tx.RecordAs("incident.tell", "incident", one.ID, map[string]any{"update": job.Update, "teams": teams}, nil, nil)
	})
	if fault.Is(err, fault.NotFound) {
		return nil // they were told
	}
	return err
}

func tellIncidentTeams(tx *store.Tx, actor models.Actor, row IncidentRow, update string) (int, error) {
	i := slices.IndexFunc(row.Updates, func(u models.IncidentUpdate) bool { return u.ID == update })
	if i < 0 {
		return 0, fault.Missing("update")
	}
	u, first := row.Updates[i], i == len(row.Updates)-1
	_, versions, err := tx.API(row.API.Slug)
	if err != nil {
		return 0, err
	}
	told := map[string]bool{}
	link := "/t/" + actor.Tenant().Slug + "/apis/" + row.API.Slug + "/status"
	about := row.API.Name + ": " + row.Title
	for _, v := range versions {
		if len(row.Versions) > 0 && !slices.Contains(row.Versions, v.Name) {
			continue
		}
		subs, err := allSubscriptions(tx.Tenant, store.SubscriptionFilter{Version: v.ID, States: []models.SubscriptionState{models.SubscriptionApproved}})
		if err != nil {
			return 0, err
		}
		for _, sub := range subs {
			if told[sub.TeamID] {
				continue
			}
			told[sub.TeamID] = true
			people, err := callerPeople(tx, sub.TeamID, nil)
			if err != nil {
				return 0, err
			}
			n := models.Notification{TeamID: sub.TeamID, Kind: models.NotifyIncident, Title: about + " · " + string(u.State), Body: u.Text, Link: link}
			if err := tx.Notify(n, people...); err != nil {
				return 0, err
			}
			if !first && u.State != models.IncidentResolved {
				continue
			}
			if err := mailTo(tx, actor, people, Mail{Mail: MailIncident, Team: sub.TeamID, Path: link, Facts: MailFacts{Object: about, Outcome: string(u.State), Note: u.Text}}); err != nil {
				return 0, err
			}
		}
	}
	return len(told), nil
}

package portal

import (
	"context"
	"strings"

	"gatehouse/internal/store"
	"gatehouse/models"
)

// Installation are the use cases around what holds for all tenants.
type Installation struct {
	store      *store.Store
	configured []models.Configured
	conditions func(context.Context) []models.Condition
}

// Wire gives the use cases what the program was started with and how it is, which the
// program itself knows. It must be called before the first of them.
func (i *Installation) Wire(configured []models.Configured, conditions func(context.Context) []models.Condition) {
	i.configured, i.conditions = configured, conditions
}

// Said is what operators say to everybody on every page.
func (i *Installation) Said(ctx context.Context, actor models.Actor) (in models.Installation, err error) {
	if err := actor.May(models.CatalogRead); err != nil {
		return in, err
	}
	err = i.store.Survey(ctx, func(p store.Platform) error {
		all, err := p.Settings("banner", "contact")
		in = models.Installation{Banner: all["banner"], Contact: all["contact"]}
		return err
	})
	return in, err
}

// Configured are the settings that this server was started with. Secrets are masked, and
// none can be changed here: they stand in its environment.
func (i *Installation) Configured(_ context.Context, actor models.Actor) ([]models.Configured, error) {
	if err := actor.May(models.InstallationConfigure); err != nil {
		return nil, err
	}
	return i.configured, nil
}

// Health is how this server is.
func (i *Installation) Health(ctx context.Context, actor models.Actor) ([]models.Condition, error) {
	if err := actor.May(models.JobsRead); err != nil || i.conditions == nil {
		return nil, err
	}
	return i.conditions(ctx), nil
}

// Configure changes what is said to everybody, which demands a step-up (R24).
func (i *Installation) Configure(ctx context.Context, actor models.Actor, in models.Installation) error {
	if err := actor.May(models.InstallationConfigure); err != nil {
		return err
	}
	in.Banner, in.Contact = strings.TrimSpace(in.Banner), strings.TrimSpace(in.Contact)
	if err := in.Check(); err != nil {
		return err
	}
	return i.store.Do(ctx, self(actor, actor.Account()), models.InstallationConfigure, func(tx *store.Tx) error {
		if err := tx.UseProof(""); err != nil {
			return err
		}
		if err := tx.SetSetting("banner", in.Banner); err != nil {
			return err
		}
		if err := tx.SetSetting("contact", in.Contact); err != nil {
			return err
		}
		return tx.Record("installation", "settings", map[string]any{"banner": in.Banner, "contact": in.Contact}, nil, nil)
	})
}

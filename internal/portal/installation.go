package portal

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// Installation are the use cases around what holds for all tenants.
type Installation struct {
	store      *store.Store
	configured []models.Configured
	conditions func(context.Context, []models.Gateway) []models.Condition
}

// Wire gives the use cases what the program was started with and how it is, which the
// program itself knows. It must be called before the first of them.
func (i *Installation) Wire(configured []models.Configured, conditions func(context.Context, []models.Gateway) []models.Condition) {
	i.configured, i.conditions = configured, conditions
}

// Said is what operators say to everybody on every page.
func (i *Installation) Said(ctx context.Context, actor models.Actor) (in models.Installation, err error) {
	if err := actor.May(models.CatalogRead); err != nil {
		return in, err
	}
	err = i.store.Survey(ctx, func(p store.Platform) error {
		all, err := p.Settings(models.SettingBanner, models.SettingContact)
		in = models.ReadSettings(all).Said
		return err
	})
	return in, err
}

// Settings are what operators set while the program runs, and who set it.
func (i *Installation) Settings(ctx context.Context, actor models.Actor) (models.Settings, error) {
	if err := actor.May(models.InstallationRead); err != nil {
		return models.Settings{}, err
	}
	return settings(ctx, i.store)
}

// settings are read anew each time, so that a change holds in every process at once.
func settings(ctx context.Context, s *store.Store) (out models.Settings, err error) {
	err = s.Survey(ctx, func(p store.Platform) error {
		all, err := p.Settings(models.SettingBanner, models.SettingContact, models.SettingSessions, models.SettingTenantDefaults)
		if err != nil {
			return err
		}
		out = models.ReadSettings(all)
		var who []string
		for _, c := range out.Changed {
			who = append(who, c.ID)
		}
		people, err := p.UsersByID(who)
		for name, c := range out.Changed {
			c.By = people[c.ID].Name
			out.Changed[name] = c
		}
		return err
	})
	return out, err
}

// Configured are the settings that this server was started with. Secrets are masked, and
// none can be changed here: they stand in its environment.
func (i *Installation) Configured(_ context.Context, actor models.Actor) ([]models.Configured, error) {
	if err := actor.May(models.InstallationRead); err != nil {
		return nil, err
	}
	return i.configured, nil
}

// Health is how this server is, and what the others said last. Where the database does
// not answer, it says that.
func (i *Installation) Health(ctx context.Context, actor models.Actor) (h models.Health, err error) {
	if err := actor.May(models.InstallationRead); err != nil {
		return h, err
	}
	h.At = i.store.Now()
	err = i.store.Survey(ctx, func(p store.Platform) error {
		if h.Servers, err = p.Servers(); err != nil {
			return err
		}
		h.Applied, err = p.LastChange()
		return err
	})
	if err != nil && !store.Down(err) {
		return h, err
	}
	if i.conditions != nil {
		h.Conditions = i.conditions(ctx, h.Servers)
	}
	return h, nil
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
	return i.change(ctx, actor, "", map[string]any{"banner": in.Banner, "contact": in.Contact}, func(tx *store.Tx) error { return keepSaid(tx, in) })
}

// LimitSessions changes how long sessions last, which demands a step-up (R24). Those that
// lasted longer end at once, in every process (R37).
func (i *Installation) LimitSessions(ctx context.Context, actor models.Actor, in models.SessionLimits) error {
	if err := actor.May(models.InstallationConfigure); err != nil {
		return err
	}
	if err := in.Check(); err != nil {
		return err
	}
	return i.change(ctx, actor, models.SettingSessions, map[string]any{"sessions": in}, func(tx *store.Tx) error { return keepSessions(tx, in) })
}

// SetDefaults changes what new tenants begin with, which demands a step-up (R24). Those
// that are there stay as they are.
func (i *Installation) SetDefaults(ctx context.Context, actor models.Actor, in models.TenantDefaults) error {
	if err := actor.May(models.InstallationConfigure); err != nil {
		return err
	}
	if err := in.Check(); err != nil {
		return err
	}
	return i.change(ctx, actor, models.SettingTenantDefaults, map[string]any{"tenant_defaults": in}, func(tx *store.Tx) error {
		return keepSetting(tx, models.SettingTenantDefaults, in)
	})
}

// Replace changes all settings at once, which demands a step-up of a person (R24).
func (i *Installation) Replace(ctx context.Context, actor models.Actor, in models.Settings) error {
	if err := actor.May(models.InstallationConfigure); err != nil {
		return err
	}
	in.Said.Banner, in.Said.Contact = strings.TrimSpace(in.Said.Banner), strings.TrimSpace(in.Said.Contact)
	var p fault.Problems
	for _, err := range []error{in.Said.Check(), in.Sessions.Check(), in.Defaults.Check()} {
		if err != nil {
			p = append(p, fault.From(err).Fields...)
		}
	}
	if err := p.Err(); err != nil {
		return err
	}
	details := map[string]any{"banner": in.Said.Banner, "contact": in.Said.Contact, "sessions": in.Sessions, "tenant_defaults": in.Defaults}
	return i.change(ctx, actor, "", details, func(tx *store.Tx) error {
		if err := keepSaid(tx, in.Said); err != nil {
			return err
		}
		if err := keepSessions(tx, in.Sessions); err != nil {
			return err
		}
		return keepSetting(tx, models.SettingTenantDefaults, in.Defaults)
	})
}

func keepSaid(tx *store.Tx, in models.Installation) error {
	if err := tx.SetSetting(models.SettingBanner, in.Banner); err != nil {
		return err
	}
	return tx.SetSetting(models.SettingContact, in.Contact)
}

// keepSessions ends what lasted longer than the limits allow, too.
func keepSessions(tx *store.Tx, in models.SessionLimits) error {
	if err := keepSetting(tx, models.SettingSessions, in); err != nil {
		return err
	}
	for class, l := range map[string]models.SessionLimit{"member": in.Member, "staff": in.Staff} {
		if err := tx.EndSessionsBeyond(class, time.Duration(l.Idle)*time.Minute, time.Duration(l.Absolute)*time.Minute); err != nil {
			return err
		}
	}
	return nil
}

// change writes settings with a proof of the operator and an event of the installation.
func (i *Installation) change(ctx context.Context, actor models.Actor, object string, details map[string]any, write func(*store.Tx) error) error {
	return i.store.Do(ctx, outside(actor), models.InstallationConfigure, func(tx *store.Tx) error {
		if err := useProof(tx, actor, object); err != nil {
			return err
		}
		if err := write(tx); err != nil {
			return err
		}
		return tx.Record("installation", "settings", details, nil, nil)
	})
}

func keepSetting(tx *store.Tx, name string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return tx.SetSetting(name, string(text))
}

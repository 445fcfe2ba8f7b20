package portal

import (
	"context"
	"errors"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// Recoveries are the use cases around admins who help people that have lost their
// passkeys and their codes (R33).
type Recoveries struct {
	store *store.Store
	links links
}

// RecoveryRow is a recovery with its people.
type RecoveryRow struct {
	models.Recovery
	User, By models.User
	Tenant   models.Tenant
}

// IsOpen reports whether the recovery can still lead to a passkey.
func (r RecoveryRow) IsOpen(now time.Time) bool { return r.Open(now, LinkLifetime) }

// List shows the tenant's recoveries, the newest first.
func (r *Recoveries) List(ctx context.Context, actor models.Actor) (rows []RecoveryRow, err error) {
	if err := actor.May(models.RecoveryStart); err != nil {
		return nil, err
	}
	err = r.store.As(ctx, actor, func(t store.Tenant) error {
		list, err := t.Recoveries()
		if err != nil {
			return err
		}
		var people []string
		for _, row := range list {
			people = append(people, row.UserID, row.StartedBy)
		}
		users, err := t.Users(people)
		for _, row := range list {
			rows = append(rows, RecoveryRow{row, users[row.UserID], users[row.StartedBy], actor.Tenant()})
		}
		return err
	})
	return rows, err
}

// Start begins the recovery of the account with an address, with a reason that its
// owner reads. Nothing happens for models.RecoveryDelay; then the owner gets a link.
// It is for people whose roles and teams are all in the tenant, and who are neither
// its admins nor staff (R33, R57). It demands a step-up for the tenant's slug (R24).
func (r *Recoveries) Start(ctx context.Context, actor models.Actor, address, reason string) error {
	if err := actor.May(models.RecoveryStart); err != nil {
		return err
	}
	email, err := models.CanonicalEmail(address)
	row := models.Recovery{ID: models.NewID(), Reason: reason, State: models.RecoveryWaiting, StartedBy: actor.User()}
	if err := bothFaults(err, row.Check()); err != nil {
		return err
	}
	var user models.User
	err = r.store.As(ctx, actor, func(t store.Tenant) (err error) {
		user, err = t.UserByEmail(email)
		return err
	})
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	if err := mayRecover(ctx, r.store, actor.Tenant().ID, user); err != nil {
		return err
	}
	row.UserID = user.ID
	return r.store.Do(ctx, actor, models.RecoveryStart, func(tx *store.Tx) error {
		if _, err := tx.LockUser(user.ID); err != nil {
			return err
		}
		row.DueAt = models.Time(tx.Now().Add(models.RecoveryDelay))
		earlier, err := tx.RecoveriesOf(user.ID)
		if err != nil {
			return err
		}
		for _, e := range earlier {
			if e.Open(tx.Now(), LinkLifetime) {
				const message = "A recovery of this account is under way already."
				return fault.New(fault.Conflict, "recovery_under_way", message).WithFields(fault.Field{Name: "email", Message: message})
			}
		}
		if err := tx.UseProof(actor.Tenant().Slug); err != nil {
			return err
		}
		if err := tx.InsertRecovery(&row); err != nil {
			return err
		}
		if err := tx.Record("recovery", row.ID, map[string]any{"user": user.ID, "reason": reason, "due": row.DueAt}, nil, nil); err != nil {
			return err
		}
		return r.tellStart(tx, actor, row, user)
	})
}

// bothFaults are the fields in error of two checks.
func bothFaults(errs ...error) error {
	var fields []fault.Field
	for _, err := range errs {
		if err != nil && !fault.Is(err, fault.Invalid) {
			return err
		}
		if err != nil {
			fields = append(fields, fault.From(err).Fields...)
		}
	}
	if len(fields) == 0 {
		return nil
	}
	return fault.New(fault.Invalid, "invalid_input", "Please check the marked fields.").WithFields(fields...)
}

// mayRecover refuses accounts that reach beyond a tenant, or high in it. It says the
// same for all: what somebody is elsewhere is not the tenant's business.
func mayRecover(ctx context.Context, s *store.Store, tenant string, user models.User) error {
	const message = "This account can’t be recovered from here. You can help people all of whose teams and roles are in this portal, and who are not its admins; others need one of their recovery codes."
	refused := fault.New(fault.Conflict, "not_recoverable", message).WithFields(fault.Field{Name: "email", Message: message})
	if user.ID == "" || user.Staff != models.NotStaff || user.State != models.UserActive {
		return refused
	}
	here := false
	err := s.Person(ctx, user.ID, func(p store.Person) error {
		roles, err := p.Members()
		if err != nil {
			return err
		}
		teams, err := p.Memberships()
		if err != nil {
			return err
		}
		admitted, err := p.Admissions()
		for _, m := range admitted {
			if m.TenantID != tenant {
				return refused
			}
		}
		for _, m := range roles {
			if m.TenantID != tenant || m.Role == models.RoleAdmin {
				return refused
			}
			here = true
		}
		for _, m := range teams {
			if m.TenantID != tenant {
				return refused
			}
			here = true
		}
		return err
	})
	if err == nil && !here {
		return refused
	}
	return err
}

// Stop ends a recovery, as an admin of its tenant. Doing it again changes nothing.
func (r *Recoveries) Stop(ctx context.Context, actor models.Actor, id string) error {
	if err := actor.May(models.RecoveryStart); err != nil {
		return err
	}
	return r.stop(ctx, actor, id, actor.User())
}

func (r *Recoveries) stop(ctx context.Context, inside models.Actor, id, by string) error {
	err := r.store.Do(ctx, inside, models.RecoveryStart, func(tx *store.Tx) error {
		row, err := tx.Recovery(id)
		if err != nil {
			return err
		}
		if _, err := tx.LockUser(row.UserID); err != nil { // first, as where the new passkey is stored
			return err
		}
		if row, err = tx.Recovery(id); err != nil {
			return err
		}
		if !row.Open(tx.Now(), LinkLifetime) {
			return errSettled
		}
		if err := moveRecovery(tx, row, models.RecoveryStopped, by); err != nil {
			return err
		}
		if err := tx.RecordAs("recovery.stop", "recovery", row.ID, map[string]any{"user": row.UserID}, nil, nil); err != nil {
			return err
		}
		return tellStop(tx, inside, row)
	})
	return unlessSettled(err)
}

// moveRecovery ends a recovery, and with it what could still be done by its links.
func moveRecovery(tx *store.Tx, row models.Recovery, to models.RecoveryState, by string) error {
	from, now := row.State, tx.Now()
	row.State, row.StoppedBy, row.EndedAt = to, by, &now
	if err := tx.MoveRecovery(row, from); err != nil {
		return err
	}
	if err := tx.WithdrawLinks(row.UserID, models.LinkRecover); err != nil {
		return err
	}
	if err := tx.WithdrawLinks(row.UserID, models.LinkRecoverStop); err != nil {
		return err
	}
	return tx.DeleteSessionsOf(row.UserID, recoveryClass)
}

// recoveryClass is session.Recovery, whose sessions a stopped recovery ends.
const recoveryClass = "recovery"

// Due sends the links of the recoveries whose time has come. It is a job; each step
// is done once however often it runs.
func (r *Recoveries) Due(ctx context.Context) error {
	var due []models.Recovery
	var tenants map[string]models.Tenant
	err := r.store.Survey(ctx, func(p store.Platform) (err error) {
		if due, err = p.RecoveriesDue(r.store.Now()); err != nil || len(due) == 0 {
			return err
		}
		tenants, err = tenantsByID(p)
		return err
	})
	var errs []error
	for _, row := range due {
		errs = append(errs, unlessSettled(r.send(ctx, tenants[row.TenantID], row)))
	}
	return errors.Join(append(errs, err)...)
}

// send gives a person the link, or ends a recovery that is not theirs to have any more.
func (r *Recoveries) send(ctx context.Context, tenant models.Tenant, row models.Recovery) error {
	program := models.NewProgram("recoveries", tenant)
	var user models.User
	err := r.store.As(ctx, program, func(t store.Tenant) (err error) {
		user, err = t.User(row.UserID)
		return err
	})
	if err != nil {
		return err
	}
	unfit := mayRecover(ctx, r.store, tenant.ID, user)
	if unfit != nil && fault.Code(unfit) != "not_recoverable" {
		return unfit
	}
	return r.store.Do(ctx, program, models.RecoveryStart, func(tx *store.Tx) error {
		now, err := tx.Recovery(row.ID)
		if err != nil {
			return err
		}
		if now.State != models.RecoveryWaiting {
			return errSettled
		}
		if unfit != nil {
			if err := moveRecovery(tx, now, models.RecoveryStopped, ""); err != nil {
				return err
			}
			if err := tx.RecordAs("recovery.stop", "recovery", row.ID, map[string]any{"user": row.UserID, "cause": "not_recoverable"}, nil, nil); err != nil {
				return err
			}
			return tellStop(tx, program, row)
		}
		now.State = models.RecoverySent
		if err := tx.MoveRecovery(now, models.RecoveryWaiting); err != nil {
			return err
		}
		if err := tx.RecordAs("recovery.send", "recovery", row.ID, map[string]any{"user": row.UserID}, nil, nil); err != nil {
			return err
		}
		return r.mailLink(tx, program, models.LinkRecover, MailRecoveryLink, now, user)
	})
}

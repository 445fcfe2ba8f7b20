package portal

import (
	"context"
	"crypto/rand"
	"errors"
	"net"
	"strings"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// TXTRecords reads what a name's TXT records say; a net.Resolver does.
type TXTRecords interface {
	LookupTXT(ctx context.Context, name string) ([]string, error)
}

// Domains are the use cases around the domains of e-mail addresses that teams say
// are their own.
type Domains struct {
	store   *store.Store
	records TXTRecords
}

// domainWait is how long one look into the DNS may take.
const domainWait = 5 * time.Second

func (d *Domains) manage(ctx context.Context, actor models.Actor, team string, fn func(*store.Tx) error) error {
	if err := actor.May(models.DomainManage); err != nil {
		return err
	}
	return manageTeam(ctx, d.store, actor, models.DomainManage, team, fn)
}

// Claim says that a domain is a team's own. It counts for nothing until it is proven.
func (d *Domains) Claim(ctx context.Context, actor models.Actor, team, domain string) error {
	return d.manage(ctx, actor, team, func(tx *store.Tx) error {
		name, err := canonicalDomain(domain)
		if err != nil {
			return err
		}
		if _, err := tx.LockTeam(team); err != nil { // so that counting and adding are one step
			return err
		}
		has, err := tx.TeamDomains([]string{team})
		if err != nil {
			return err
		}
		if len(has[team]) >= models.DomainsMost {
			return invalid("domain", "A team can have 10 domains. Remove one first.")
		}
		claimed := models.TeamDomain{TeamID: team, Domain: name, Challenge: rand.Text(), ClaimedBy: actor.User()}
		if err := tx.InsertTeamDomain(&claimed); err != nil {
			return err
		}
		return tx.RecordAs("domain.claim", "team", team, map[string]any{"domain": name}, nil, nil)
	})
}

// Check looks whether the domain's DNS has the record that proves it.
func (d *Domains) Check(ctx context.Context, actor models.Actor, team, domain string) error {
	if err := actor.May(models.DomainManage); err != nil {
		return err
	}
	if err := owns(actor, team); err != nil {
		return err
	}
	var claimed models.TeamDomain
	err := d.store.As(ctx, actor, func(r store.Tenant) (err error) {
		claimed, err = r.TeamDomain(team, domain)
		return err
	})
	if err != nil || claimed.Verified() {
		return err
	}
	found, err := lookTXT(ctx, d.records, claimed.RecordName(), claimed.Domain)
	if err != nil {
		return err
	}
	if !claimed.Proven(found) {
		return notProven(claimed, found)
	}
	return d.manage(ctx, actor, team, func(tx *store.Tx) error {
		return verify(tx, team, domain, models.VerifiedByDNS)
	})
}

// lookTXT reads the TXT records of a name that belongs to a domain. That there are none
// is no error.
func lookTXT(ctx context.Context, records TXTRecords, name, domain string) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, domainWait)
	defer cancel()
	found, err := records.LookupTXT(ctx, name+".") // whole: nothing is to be added to it
	var missing *net.DNSError
	if errors.As(err, &missing) && missing.IsNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, fault.New(fault.Conflict, "dns_unavailable", "The DNS of %s gave no answer. Try again in a few minutes.", domain).Because(err)
	}
	return found, nil
}

func notProven(claimed models.TeamDomain, found []string) error {
	seen := "There is no TXT record of that name yet"
	if len(found) > 0 {
		seen = "The TXT record there says something else"
	}
	return fault.New(fault.Conflict, "domain_not_proven", "%s is not proven: %s. A new record can take an hour to be seen everywhere; then look again.",
		claimed.Domain, strings.ToLower(seen[:1])+seen[1:])
}

// verify notes that a domain is proven.
func verify(tx *store.Tx, team, domain, by string) error {
	claimed, err := tx.TeamDomain(team, domain)
	if err != nil || claimed.Verified() {
		return errors.Join(err, tx.RecordAs("domain.verify", "team", team, map[string]any{"domain": domain, "again": true}, nil, nil))
	}
	now := tx.Now()
	claimed.VerifiedAt, claimed.VerifiedBy = &now, by
	if err := tx.UpdateTeamDomain(claimed); err != nil {
		return err
	}
	return tx.RecordAs("domain.verify", "team", team, map[string]any{"domain": domain, "by": by}, nil, nil)
}

// Confirm takes a domain as proven because an admin of the tenant knows that it is
// the team's. It demands a step-up for the team (R24).
func (d *Domains) Confirm(ctx context.Context, actor models.Actor, team, domain string) error {
	if err := actor.May(models.TeamAdminister); err != nil {
		return err
	}
	return d.store.Do(ctx, actor, models.TeamAdminister, func(tx *store.Tx) error {
		if _, err := tx.TeamDomain(team, domain); err != nil {
			return err
		}
		if err := tx.UseProof(team); err != nil {
			return err
		}
		if err := verify(tx, team, domain, actor.User()); err != nil {
			return err
		}
		of, err := tx.Team(team)
		if err != nil {
			return err
		}
		owners, err := teamOwners(tx.Tenant, team)
		if err != nil {
			return err
		}
		return tellTeamChange(tx, actor, of, owners, domain+" is confirmed", "")
	})
}

// LetIn says whether people with an address in a proven domain may join by themselves.
func (d *Domains) LetIn(ctx context.Context, actor models.Actor, team, domain string, on bool) error {
	return d.manage(ctx, actor, team, func(tx *store.Tx) error {
		claimed, err := tx.TeamDomain(team, domain)
		if err != nil {
			return err
		}
		if on && !claimed.Verified() {
			return fault.New(fault.Conflict, "domain_not_proven", "%s has to be proven first.", domain)
		}
		before := claimed.SelfJoin
		claimed.SelfJoin = on
		if err := tx.UpdateTeamDomain(claimed); err != nil {
			return err
		}
		return tx.RecordAs("domain.let_in", "team", team, map[string]any{"domain": domain, "from": before, "to": on}, nil, nil)
	})
}

// Remove takes a domain from a team of the actor's. Who joined by it stays.
func (d *Domains) Remove(ctx context.Context, actor models.Actor, team, domain string) error {
	return d.manage(ctx, actor, team, func(tx *store.Tx) error { return removeDomain(tx, team, domain) })
}

// Revoke takes a domain from a team of the tenant.
func (d *Domains) Revoke(ctx context.Context, actor models.Actor, team, domain string) error {
	if err := actor.May(models.TeamAdminister); err != nil {
		return err
	}
	return d.store.Do(ctx, actor, models.TeamAdminister, func(tx *store.Tx) error { return removeDomain(tx, team, domain) })
}

func removeDomain(tx *store.Tx, team, domain string) error {
	if err := tx.DeleteTeamDomain(team, domain); err != nil {
		return err
	}
	return tx.RecordAs("domain.remove", "team", team, map[string]any{"domain": domain}, nil, nil)
}

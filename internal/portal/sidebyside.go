package portal

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// Side is one of two documents beside each other.
type Side struct {
	Version  models.Version
	Revision models.Revision
	Slugs    map[string]string // operation → its name in addresses, where pages of this document are shown
}

// Name of the side in addresses: v1 for what is shown of a version, v1:3 for its
// third document.
func (s Side) Name() string { return EditionName(s.Version, s.Revision) }

// EditionName is the name of a version's document in addresses.
func EditionName(v models.Version, r models.Revision) string {
	if inForce(v) == r.ID {
		return v.Name
	}
	return v.Name + ":" + strconv.Itoa(r.Number)
}

// SideBySide is two documents of an API and what changed between them.
type SideBySide struct {
	API      models.API
	Versions map[string]models.Version // by id
	Editions []models.Revision         // that the reader may choose from, the newest first
	From, To *Side                     // nil where there are not two
	Changes  []models.DocumentChange
	Late     bool   // still being compared
	Failure  string // why it can't be, in words
}

// SideBySide compares two documents of an API by their names in addresses, see
// Side.Name. Without to it is what is shown first; without from the one before it.
func (a *APIs) SideBySide(ctx context.Context, actor models.Actor, api, from, to string) (s SideBySide, err error) {
	if err := actor.May(models.DocumentCompare); err != nil {
		return s, err
	}
	err = a.store.As(ctx, actor, func(r store.Tenant) error {
		if err := s.choices(r, api); err != nil {
			return err
		}
		if s.To, err = s.side(to); err != nil {
			return err
		}
		if s.To == nil {
			return nil
		}
		if s.From, err = s.before(from); err != nil || s.From == nil {
			return err
		}
		return s.link(r)
	})
	if err != nil || s.From == nil || s.To == nil {
		return s, err
	}
	s.Changes, err = a.Comparison(ctx, actor, s.From.Revision, s.To.Revision)
	switch {
	case fault.Code(err) == "comparison_failed":
		s.Failure = fault.From(err).Message
	case fault.Is(err, fault.Unavailable) && !store.Down(err):
		s.Late = true
	default:
		return s, err
	}
	return s, nil
}

func (s *SideBySide) choices(r store.Tenant, api string) (err error) {
	var versions []models.Version
	if s.API, versions, err = r.API(api); err != nil {
		return err
	}
	s.Versions = map[string]models.Version{}
	for _, v := range versions {
		s.Versions[v.ID] = v
	}
	if s.Editions, err = r.Editions(ids(versions, func(v models.Version) string { return v.ID })); err != nil {
		return err
	}
	order := map[string]int{}
	for i, v := range versions {
		order[v.ID] = i
	}
	slices.SortStableFunc(s.Editions, func(a, b models.Revision) int {
		return cmp.Or(cmp.Compare(order[a.VersionID], order[b.VersionID]), cmp.Compare(b.Number, a.Number))
	})
	return nil
}

// side finds a document by its name: the first that is in force without one.
func (s *SideBySide) side(name string) (*Side, error) {
	version, number, numbered := strings.Cut(name, ":")
	var newest *Side
	for _, e := range s.Editions {
		v := s.Versions[e.VersionID]
		switch one := (&Side{Version: v, Revision: e}); {
		case name == "" && inForce(v) == e.ID, v.Name == version && numbered && strconv.Itoa(e.Number) == number,
			v.Name == version && !numbered && inForce(v) == e.ID:
			return one, nil
		case newest == nil && (name == "" || v.Name == version && !numbered && inForce(v) == ""):
			newest = one
		}
	}
	if newest == nil && name != "" {
		return nil, fault.Missing("version")
	}
	return newest, nil
}

// before finds the document to compare with: without a name the one that was in
// force before in the same version, or what is in force in another version.
func (s *SideBySide) before(name string) (*Side, error) {
	if name != "" {
		return s.side(name)
	}
	var other *Side
	for _, e := range s.Editions {
		v := s.Versions[e.VersionID]
		switch {
		case e.PublishedAt == nil || e.ID == s.To.Revision.ID:
		case v.ID == s.To.Version.ID && e.Number < s.To.Revision.Number:
			return &Side{Version: v, Revision: e}, nil
		case other == nil && v.ID != s.To.Version.ID && inForce(v) == e.ID:
			other = &Side{Version: v, Revision: e}
		}
	}
	return other, nil
}

// link finds the pages of operations on either side.
func (s *SideBySide) link(r store.Tenant) error {
	for _, side := range []*Side{s.From, s.To} {
		id, err := shown(r, side.Version)
		if err != nil {
			return err
		}
		if id != side.Revision.ID {
			continue
		}
		operations, err := r.Operations(id)
		if err != nil {
			return err
		}
		side.Slugs = make(map[string]string, len(operations))
		for _, o := range operations {
			side.Slugs[o.Key] = o.Slug
		}
	}
	return nil
}

// Release is a document that was put in force.
type Release struct {
	Version  models.Version
	Revision models.Revision
	Before   *models.Revision // in the same version, nil for its first
	Tally    *models.Tally    // what changed since Before, nil where that was not compared yet
}

// releasesMost is how many publications a changelog shows.
const releasesMost = 20

// Changelog is what was published of an API, the newest first.
func (a *APIs) Changelog(ctx context.Context, actor models.Actor, api string) (releases []Release, err error) {
	if err := actor.May(models.CatalogRead); err != nil {
		return nil, err
	}
	err = a.store.As(ctx, actor, func(r store.Tenant) error {
		var s SideBySide
		if err := s.choices(r, api); err != nil {
			return err
		}
		published := slices.DeleteFunc(s.Editions, func(e models.Revision) bool { return e.PublishedAt == nil })
		slices.SortStableFunc(published, func(a, b models.Revision) int { return b.PublishedAt.Compare(*a.PublishedAt) })
		made, err := r.ComparisonsOf(ids(published, func(e models.Revision) string { return e.ID }))
		if err != nil {
			return err
		}
		for i, e := range published[:min(len(published), releasesMost)] {
			one := Release{Version: s.Versions[e.VersionID], Revision: e}
			for _, older := range published[i+1:] {
				if older.VersionID == e.VersionID {
					one.Before = &older
					break
				}
			}
			for _, c := range made {
				if one.Before != nil && c.RevisionID == e.ID && c.BaseID == one.Before.ID && c.Failure == "" {
					one.Tally = &c.Tally
				}
			}
			releases = append(releases, one)
		}
		return nil
	})
	return releases, err
}

package store_test

import (
	"testing"
	"time"

	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/models"
)

// R38, R68: somebody who renames themselves while their staff role is taken away
// does not write it back.
func TestAccountsAreChangedOneAfterTheOther(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		s := storetest.Open(t, o)
		id := storetest.User(t, s, "operator").ID
		change := func(fn func(*store.Tx, *models.User)) error {
			return s.Do(t.Context(), models.Actor{}, models.AccountUse, func(tx *store.Tx) error {
				u, err := tx.LockUser(id)
				if err != nil {
					return err
				}
				fn(tx, &u)
				if err := tx.UpdateUser(u); err != nil {
					return err
				}
				return tx.Record("user", id, nil, nil, nil)
			})
		}
		if err := change(func(_ *store.Tx, u *models.User) { u.Staff = models.StaffOperator }); err != nil {
			t.Fatal(err)
		}
		read, renamed := make(chan struct{}), make(chan error, 1)
		err := change(func(_ *store.Tx, u *models.User) {
			u.Staff = models.NotStaff
			go func() {
				renamed <- change(func(_ *store.Tx, u *models.User) { u.Name = "Renamed"; close(read) })
			}()
			select { // who does not wait has read by then
			case <-read:
				t.Error("an account was read for a change while another change was under way")
			case <-time.After(300 * time.Millisecond):
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := <-renamed; err != nil {
			t.Fatal(err)
		}
		err = s.As(t.Context(), models.Actor{}, func(r store.Tenant) error {
			u, err := r.User(id)
			if u.Staff != models.NotStaff || u.Name != "Renamed" {
				t.Errorf("%q is %q", u.Name, u.Staff)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// LOWER of both databases knows ASCII only; what is searched for must not be
// lowered further.
func TestSearchBeyondASCII(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		s := storetest.Open(t, o)
		a := storetest.Tenant(t, s, "port")
		err := s.Do(t.Context(), a, models.APIManage, func(tx *store.Tx) error {
			if err := tx.InsertAPI(&models.API{ID: models.NewID(), Slug: "times", Name: "Öffnungszeiten HEUTE"}); err != nil {
				return err
			}
			return tx.Record("api", "times", nil, nil, nil)
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{"Öffnung", "ÖFF heute", "times"} {
			err := s.As(t.Context(), a, func(r store.Tenant) error {
				found, err := r.APIs(text)
				if len(found) != 1 {
					t.Errorf("%q finds %d", text, len(found))
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}

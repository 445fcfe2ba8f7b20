package mail_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"gatehouse/internal/mail"
	"gatehouse/internal/portal"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/models"
)

type secrets struct{}

func (secrets) LinkSecret(nonce string) string { return nonce + ".secret" }

// R34, R117: a mail goes to who may know when it is sent, once, with the link
// that its nonce stands for.
func TestDeliver(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		s, ctx := storetest.Open(t, o), context.Background()
		admin, other := storetest.Tenant(t, s, "aa"), storetest.Tenant(t, s, "bb")
		box := mail.NewMailbox(10)
		deliver := mail.Deliver(s, secrets{}, composer(t), box)
		asked := portal.Mail{Mail: portal.MailAsked, User: admin.User(), Tenant: admin.Tenant().ID, Path: "/t/aa/admin/requests/1",
			Facts: portal.MailFacts{Tenant: "AA", Object: "Orders v1", By: "Partner", At: at}}
		foreign := asked
		foreign.User = other.User()
		gone := asked
		gone.User = models.NewID()
		link := portal.Mail{Mail: portal.MailVerify, To: "new@partner.example", Nonce: "nonce", Facts: portal.MailFacts{At: at}}
		for _, m := range []portal.Mail{asked, asked, foreign, gone, link} {
			if err := deliver(ctx, m); err != nil {
				t.Fatal(err)
			}
		}
		sent := box.Messages()
		if len(sent) != 2 || sent[0].To != link.To || sent[1].To != "aa-admin@test.example" {
			t.Fatalf("sent: %+v", sent)
		}
		if !strings.HasSuffix(sent[0].Link, "/link/nonce.secret") || !strings.Contains(sent[0].Text, "2 March 2026, 09:30 UTC") {
			t.Errorf("the link: %s\n%s", sent[0].Link, sent[0].Text)
		}
		look := admin.Tenant()
		look.Sender, look.Colour = "Port of AA", "#0f766e"
		err := s.Do(ctx, admin, models.TenantConfigure, func(tx *store.Tx) error {
			if err := tx.UpdateTenant(look); err != nil {
				return err
			}
			return tx.Record("tenant", look.ID, nil, nil, nil)
		})
		if err != nil {
			t.Fatal(err)
		}
		asked.Facts.Object = "Orders v3"
		if err := deliver(ctx, asked); err != nil || box.Messages()[0].FromName != "Port of AA" {
			t.Errorf("a tenant's mail comes from %q, %v", box.Messages()[0].FromName, err)
		}
		second := storetest.User(t, s, "second-admin")
		err = s.Do(ctx, admin, models.MemberManage, func(tx *store.Tx) error {
			if err := tx.SetMember(second.ID, models.RoleAdmin); err != nil {
				return err
			}
			if err := tx.SetMember(admin.User(), models.NoRole); err != nil {
				return err
			}
			return tx.Record("user", second.ID, nil, nil, nil)
		})
		if err != nil {
			t.Fatal(err)
		}
		asked.Facts.Object = "Orders v2"
		if err := deliver(ctx, asked); err != nil || box.Taken() != 3 {
			t.Errorf("told after the role was taken away: %d mails, %v", box.Taken(), err)
		}
		if err := deliver(ctx, portal.Mail{Mail: portal.MailVerify, To: "no address", Nonce: "n"}); !errors.Is(err, mail.ErrRefused) {
			t.Errorf("a mail that nobody can get: %v", err)
		}
	})
}

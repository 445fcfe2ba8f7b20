package portal

import (
	"context"
	"fmt"
	"strings"
	"time"

	"gatehouse/internal/store"
	"gatehouse/models"
)

// BulkReceipt is what a change of many tokens has done.
type BulkReceipt struct {
	models.TokenBulk
	Asked    TokenQuery // with names in place of ids
	By       models.User
	Sum      store.BulkSum
	Left     int64 // that fit now and would be changed
	Items    []BulkItem
	More     bool
	Gateways []models.Gateway
}

// BulkItem is one token of a receipt.
type BulkItem struct {
	TokenRow
	Seq int64
	Did time.Time
}

// Receipt shows what a change of many tokens has done, in pages behind a token's id.
func (t *AllTokens) Receipt(ctx context.Context, actor models.Actor, id, after string) (out BulkReceipt, err error) {
	if err := actor.May(models.TokenReadAll); err != nil {
		return out, err
	}
	return out, t.store.As(ctx, actor, func(r store.Tenant) error {
		if out.TokenBulk, err = r.Bulk(id); err != nil {
			return err
		}
		people, err := r.Users([]string{out.UserID})
		if err != nil {
			return err
		}
		out.By = people[out.UserID]
		if out.Sum, err = r.BulkSum(out.TokenBulk); err != nil {
			return err
		}
		if out.Gateways, err = r.Gateways(); err != nil {
			return err
		}
		q, err := parseFilter(out.Query)
		if err != nil {
			return err
		}
		if out.Asked, err = q.spoken(r); err != nil {
			return err
		}
		if out.FinishedAt == nil {
			f, err := bulkFilter(r, out.Verb, q, t.store.Now())
			if err != nil {
				return err
			}
			if out.Left, err = r.CountTokens(f); err != nil {
				return err
			}
		}
		return out.page(r, after)
	})
}

// receiptRows is how many tokens a page of a receipt names.
const receiptRows = 50

func (b *BulkReceipt) page(r store.Tenant, after string) error {
	items, err := r.BulkItems(b.ID, after, receiptRows+1)
	if err != nil {
		return err
	}
	b.More = len(items) > receiptRows
	items = items[:min(len(items), receiptRows)]
	tokens, err := r.TokensByID(ids(items, func(i models.TokenBulkItem) string { return i.TokenID }))
	if err != nil {
		return err
	}
	listed := make([]models.Token, len(items))
	for i, item := range items {
		listed[i] = tokens[item.TokenID]
	}
	rows, err := tokenRows(r, listed)
	for i, row := range rows {
		b.Items = append(b.Items, BulkItem{row, items[i].ChangeSeq, items[i].At})
	}
	return err
}

// tellOwners tells each owner once of all their tokens of a team in a part.
func tellOwners(tx *store.Tx, actor models.Actor, bulk models.TokenBulk, tokens []models.Token) error {
	place := func(t models.Token) string { return t.OwnerID() + " " + tokenTeam(t) }
	by := map[string][]models.Token{}
	for _, token := range tokens {
		by[place(token)] = append(by[place(token)], token)
	}
	c := tokenChange{verb: string(bulk.Verb)}
	for _, at := range ids(tokens, place) {
		tell := tellOwnerOfMany
		if len(by[at]) == 1 {
			tell = func(tx *store.Tx, actor models.Actor, c tokenChange, one []models.Token) error {
				return tellOwner(tx, actor, c, one[0])
			}
		}
		if err := tell(tx, actor, c, by[at]); err != nil {
			return err
		}
	}
	return nil
}

func tellOwnerOfMany(tx *store.Tx, actor models.Actor, c tokenChange, tokens []models.Token) error {
	if c.verb != "revoke" && tokens[0].ServiceID == nil && tokens[0].UserID == actor.User() {
		return nil
	}
	people, err := tokenOwner(tx, tokens[0])
	if err != nil {
		return err
	}
	team := tokenTeam(tokens[0])
	object := fmt.Sprintf("%d tokens", len(tokens))
	words := map[string]string{"pause": "were paused", "resume": "work again", "revoke": "were revoked"}[c.verb]
	note := strings.TrimSpace(why(tokens[0]) + " These are: " + strings.Join(ids(tokens, func(t models.Token) string { return t.Name }), ", ") + ".")
	link := "/t/" + actor.Tenant().Slug + "/tokens"
	if err := tx.Notify(models.Notification{TeamID: team, Kind: models.NotifyToken, Title: object + " of yours " + words, Body: note, Link: link}, people...); err != nil {
		return err
	}
	return mailTo(tx, actor, people, Mail{Mail: MailTokensChanged, Team: team, Path: link, Facts: MailFacts{Object: object, Outcome: words, Note: note, By: actor.Account().Name}})
}

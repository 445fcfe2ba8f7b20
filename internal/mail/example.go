package mail

import (
	"cmp"
	netmail "net/mail"

	"gatehouse/internal/clock"
	"gatehouse/models"
)

// Examples writes mails for admins who want to see how theirs look. None is sent.
type Examples struct {
	composer *Composer
	address  string // that mails come from
	clock    clock.Clock
}

// NewExamples writes as c does, from an address; empty, it is one at the portal's host.
func NewExamples(c *Composer, address string, clk clock.Clock) *Examples {
	return &Examples{c, cmp.Or(address, "portal@"+c.base.Hostname()), clk}
}

// From is the sender as a reader of mail sees it.
func (e *Examples) From(sender string) string {
	return (&netmail.Address{Name: cmp.Or(oneLine(sender, nameMaxLen), e.composer.portal), Address: e.address}).String()
}

// Example is the HTML of a mail about a tenant.
func (e *Examples) Example(t models.Tenant) (string, error) {
	m, err := e.composer.Compose(SubscriptionDecided, "partner@example.com", Facts{
		Tenant: t.Name, Object: "Orders v1, plan Standard", By: "Ada Example", Team: "Example Ltd", Outcome: "approved",
		At: e.clock.Now(), Path: "/t/" + t.Slug, Sender: t.Sender, Colour: t.Colour})
	return m.HTML, err
}

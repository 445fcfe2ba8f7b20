package models

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode"

	"gatehouse/internal/fault"
)

// Look is how a tenant's portal looks and what its home page says: one that was published,
// or an admin's draft of the next one.
type Look struct {
	TenantID    string `gorm:"primaryKey"`
	ID          string `gorm:"primaryKey"`
	Name        string
	Tagline     string
	Colour      string
	Welcome     string
	Help        string
	Links       []FooterLink `gorm:"serializer:json"`
	Sender      string
	Logo        []byte
	LogoType    string
	LogoDark    []byte
	BaseID      string     // the look that was published when the draft was begun, "" for the first
	CreatedBy   string     // user, "" for the look before the first change
	PublishedAt *time.Time // nil: a draft
	CreatedAt   time.Time
	UpdatedAt   time.Time
	Revision    int // counts changes of a draft
}

// FooterLink stands at the foot of every page of a tenant: imprint, terms, status.
type FooterLink struct{ Text, URL string }

// Limits of a look.
const (
	FooterLinksMost = 6
	WelcomeMaxLen   = 4000
	HelpMaxLen      = 1000
	LooksKept       = 10 // published ones, that can be taken up again
)

var colourShape = regexp.MustCompile(`^#[0-9a-f]{6}$`)

// Look is how the tenant looks now.
func (t Tenant) Look() Look {
	return Look{TenantID: t.ID, Name: t.Name, Tagline: t.Tagline, Colour: t.Colour, Welcome: t.Welcome, Help: t.Help,
		Links: t.Links, Sender: t.Sender, Logo: t.Logo, LogoType: t.LogoType, LogoDark: t.LogoDark}
}

// Wearing is the tenant with another look.
func (t Tenant) Wearing(l Look) Tenant {
	t.Name, t.Tagline, t.Colour, t.Welcome, t.Help = l.Name, l.Tagline, l.Colour, l.Welcome, l.Help
	t.Links, t.Sender, t.Logo, t.LogoType, t.LogoDark = l.Links, l.Sender, l.Logo, l.LogoType, l.LogoDark
	return t
}

// Check returns a fault that names every field in error.
func (l Look) Check() error {
	var p fault.Problems
	l.check(&p)
	return p.Err()
}

func (l Look) check(p *fault.Problems) {
	checkText(p, "name", l.Name, 1, 60, "Give the tenant a name.")
	checkText(p, "tagline", l.Tagline, 0, 140, "")
	p.Add(!colourShape.MatchString(l.Colour), "colour", "Write the colour as # and six hexadecimal digits, like #0f766e.")
	checkText(p, "welcome", l.Welcome, 0, WelcomeMaxLen, "")
	checkText(p, "help", l.Help, 0, HelpMaxLen, "")
	checkText(p, "sender", l.Sender, 0, 60, "")
	p.Add(!senderFit(l.Sender), "sender", "Write a name: without line breaks and without @ < > \" \\ , ; : characters.")
	p.Add(len(l.Links) > FooterLinksMost, "link_1_text", "At most %d links.", FooterLinksMost)
	for i, link := range l.Links {
		text, address := fmt.Sprintf("link_%d_text", i+1), fmt.Sprintf("link_%d_url", i+1)
		checkText(p, text, link.Text, 1, 40, "Say what the link is called.")
		p.Add(strings.IndexFunc(link.Text, unicode.IsControl) >= 0, text, "Write the name in one line.")
		p.Add(!linkFit(link.URL), address, "Write the whole address, beginning with https:// or mailto:.")
	}
}

// senderFit reports whether a name can stand before the address of a mail, where
// it must not look like an address of its own (R118).
func senderFit(name string) bool {
	return strings.IndexFunc(name, func(r rune) bool { return !unicode.IsPrint(r) || strings.ContainsRune("@<>\"\\,;:", r) }) < 0
}

const linkMaxLen = 500

// linkFit reports whether an address may stand in the foot of a page: it leads to another
// site or to somebody's mail, and runs nothing.
func linkFit(address string) bool {
	u, err := url.Parse(address)
	if err != nil || len(address) > linkMaxLen || strings.IndexFunc(address, func(r rune) bool { return !unicode.IsPrint(r) || unicode.IsSpace(r) }) >= 0 {
		return false
	}
	switch u.Scheme {
	case "https", "http":
		return u.Hostname() != "" && u.User == nil
	case "mailto":
		_, err := CanonicalEmail(u.Opaque)
		return err == nil && u.RawQuery == ""
	}
	return false
}

// LookChange is one thing in which two looks differ. Of pictures and long texts it is said
// that they differ, and how long they are.
type LookChange struct{ Field, From, To string }

// Differs lists in what another look differs from this one, as fields of the form.
func (l Look) Differs(other Look) (changes []LookChange) {
	add := func(field, from, to string) {
		if from != to {
			changes = append(changes, LookChange{field, from, to})
		}
	}
	add("name", l.Name, other.Name)
	add("tagline", l.Tagline, other.Tagline)
	add("colour", l.Colour, other.Colour)
	add("sender", l.Sender, other.Sender)
	add("welcome", l.Welcome, other.Welcome)
	add("help", l.Help, other.Help)
	add("links", linksText(l.Links), linksText(other.Links))
	if string(l.Logo) != string(other.Logo) {
		changes = append(changes, LookChange{"logo", pictureText(l.Logo), pictureText(other.Logo)})
	}
	if string(l.LogoDark) != string(other.LogoDark) {
		changes = append(changes, LookChange{"logo_dark", pictureText(l.LogoDark), pictureText(other.LogoDark)})
	}
	return changes
}

func linksText(links []FooterLink) string {
	var lines []string
	for _, l := range links {
		lines = append(lines, l.Text+" "+l.URL)
	}
	return strings.Join(lines, "\n")
}

func pictureText(picture []byte) string {
	if len(picture) == 0 {
		return ""
	}
	return fmt.Sprintf("a picture of %d bytes", len(picture))
}

package e2e

import (
	"net/http"
	"testing"
	"time"

	"gatehouse/e2e/drive"
)

// member is a person of the demo, signed in.
func member(t *testing.T, b *drive.Browser, server *drive.Server, role string) *drive.Person {
	t.Helper()
	for _, r := range server.People {
		if r.Role == role {
			p := b.Person(t, role, server.Portal)
			p.Enrols(r.EnrolURL, r.Email, r.Name)
			return p
		}
	}
	t.Fatalf("the demo has no %s", role)
	return nil
}

// "This team's laptop was stolen": an admin finds all tokens of a team and stops
// them in under a minute, and sees that it is so (R13, R14).
func TestAStolenLaptop(t *testing.T) {
	b := chromium(t)
	server := drive.Demo(t, t.TempDir())
	admin := member(t, b, server, "admin")
	if got := callWith(t, server.ExampleCall, server.AccessToken); got != http.StatusOK {
		t.Fatalf("before: %d", got)
	}
	begun := time.Now()
	admin.Open("/t/northquay/admin/tokens")
	admin.Press("More filters")
	admin.Fills("Team", "Halden")
	admin.Leaves(func() { admin.Press("Apply") })
	admin.Press("Revoke all")
	admin.Sees("Teams: Halden Freight (", "Their calls will be refused at once")
	admin.Ticks("Lost")
	admin.Fills("Note", "A laptop of the team was stolen.")
	admin.Fills("Type Northquay Ports to confirm", "Northquay Ports")
	admin.Leaves(func() { admin.Press("Revoke all") })
	admin.Sees("tokens revoked", "Receipt")
	took := time.Since(begun)
	if got := callWith(t, server.ExampleCall, server.AccessToken); got != http.StatusUnauthorized {
		t.Errorf("after the receipt: %d", got)
	}
	t.Logf("from the list to the receipt: %v", took)
	if took > time.Minute {
		t.Errorf("it took %v", took)
	}
	admin.Press("Tokens of this filter")
	admin.Sees("Revoked")
	admin.SeesNot("Brackwater")
	for _, state := range []string{"active", "expiring", "paused"} {
		admin.Open("/t/northquay/admin/tokens?team=Halden&state=" + state)
		admin.Sees("No token fits")
	}
}

// A partner who has lost a token ends it by themselves, and the page proves it.
func TestALostToken(t *testing.T) {
	b := chromium(t)
	server := drive.Demo(t, t.TempDir())
	partner := member(t, b, server, "partner")
	partner.Open("/t/northquay/tokens?q=" + server.AccessToken[len(server.AccessToken)-4:])
	partner.Press("Command line")
	partner.Press("Revoke")
	partner.Ticks("Lost")
	partner.Press("Revoke it")
	partner.Sees("Revoked by", "Change number")
	if got := callWith(t, server.ExampleCall, server.AccessToken); got != http.StatusUnauthorized {
		t.Errorf("after the receipt: %d", got)
	}
	if !partner.Waits(`document.querySelector("#receipt").innerText.includes("First refused call") && !document.querySelector("#receipt").innerText.includes("No call since")`) {
		t.Errorf("the receipt does not learn of the refused call:\n%s", partner.Text())
	}
	partner.Press("Copy settings")
	partner.Sees("Generate token")
}

package e2e

import (
	"regexp"
	"testing"

	"gatehouse/e2e/drive"
)

// R33: somebody makes recovery codes, loses every device with a passkey, gets back in
// with one code on a new one, and finds the account as it has to be then.
func TestRecoveringAnAccount(t *testing.T) {
	b := chromium(t)
	server := drive.Demo(t, t.TempDir())
	before := member(t, b, server, "partner")
	before.Open("/account")
	before.Sees("Recovery codes", "You have none")
	before.Leaves(func() { before.Press("Make recovery codes") })
	before.Leaves(func() { before.Press("Make ten codes") })
	before.Sees("They are shown this once", "Save as a file", "Print")
	codes := regexp.MustCompile(`(?:[0-9A-Z]{4}-){5}[0-9A-Z]{4}`).FindAllString(before.Text(), -1)
	if len(codes) != 10 {
		t.Fatalf("%d codes:\n%s", len(codes), before.Text())
	}
	before.Leaves(func() { before.Press("I have them") })
	before.Sees("10 of 10 left")
	before.Back()
	before.SeesNot(codes[0])

	after := b.Person(t, "on a new device", server.Portal)
	after.Open("/login")
	after.Leaves(func() { after.Press("Recover your account") })
	after.Fills("Recovery code", codes[3])
	after.Leaves(func() { after.Press("Go on") })
	after.Sees("Make a new passkey", "You have 15 minutes")
	after.Open("/account")
	after.Arrives("/recover/passkey")
	after.Fills("Name of the passkey", "New laptop")
	after.Press("Create the passkey")
	after.Arrives(`/(login|account).*`) // where the browser may offer the new passkey at once
	after.SignsIn()
	after.Open("/account")
	after.Sees("New laptop", "Your account was recovered", "You have none")
	after.Open("/t/northquay/tokens/new")
	after.Sees("Tokens can be made with it again from")

	before.Open("/account")
	before.Arrives(`/login.*`)
	again := b.Person(t, "with an old code", server.Portal)
	again.Expect("400")
	again.Open("/recover")
	again.Fills("Recovery code", codes[4])
	again.Leaves(func() { again.Press("Go on") })
	again.Sees("This code was not accepted")
}

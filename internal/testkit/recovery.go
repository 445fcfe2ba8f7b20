package testkit

import (
	"net/http"
	"net/url"
	"regexp"

	"github.com/descope/virtualwebauthn"

	"gatehouse/models"
)

var recoveryCode = regexp.MustCompile(`<code>((?:[0-9A-Z]{4}-){5}[0-9A-Z]{4})</code>`)

// MakeRecoveryCodes makes new recovery codes of the signed-in person, as the page shows them.
func (b *Browser) MakeRecoveryCodes() (codes []string) {
	t := b.kit.t
	t.Helper()
	page := b.Post("/account/recovery-codes", url.Values{"step_up": {b.StepUp(models.AccountUse, "recovery.codes")}})
	wantStatus(t, page, http.StatusCreated)
	for _, m := range recoveryCode.FindAllStringSubmatch(page.Body, -1) {
		codes = append(codes, m[1])
	}
	return codes
}

// Recover sends a recovery code: where it is good, the browser is in a recovery session.
func (b *Browser) Recover(code string) Answer {
	b.kit.t.Helper()
	return b.Post("/recover", url.Values{"recovery_code": {code}})
}

// MakeRecoveryPasskey makes the new passkey in a recovery session; the browser holds
// it from then on.
func (b *Browser) MakeRecoveryPasskey(name string) Answer {
	t := b.kit.t
	t.Helper()
	return b.take("/recover/passkey/begin", "/recover/passkey/finish", name)
}

// EnrolDevice makes a passkey by the link for another device; the browser holds it
// from then on.
func (b *Browser) EnrolDevice(path, name string) Answer {
	b.kit.t.Helper()
	return b.take(path+"/begin", path+"/finish", name)
}

func (b *Browser) take(begin, finish, name string) Answer {
	t := b.kit.t
	t.Helper()
	begun := b.Post(begin, url.Values{"name": {name}})
	if begun.StatusCode != http.StatusOK {
		return begun
	}
	options, err := virtualwebauthn.ParseAttestationOptions(begun.Body)
	if err != nil {
		t.Fatalf("options %s: %v", begun.Body, err)
	}
	b.key = newKey(t)
	b.device.Options.UserHandle = []byte(options.UserID)
	b.device.Credentials = []virtualwebauthn.Credential{b.key}
	return b.postJSON(finish, virtualwebauthn.CreateAttestationResponse(b.rp, b.device, b.key, *options))
}

// Sync makes the browser's device one whose passkeys a provider copies (BE and BS).
func (b *Browser) Sync() { b.device.Options.BackupEligible, b.device.Options.BackupState = true, true }

package passkey_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	virtual "github.com/descope/virtualwebauthn"
	"github.com/fxamacker/cbor/v2"

	"gatehouse/internal/clock"
	"gatehouse/internal/fault"
	"gatehouse/internal/passkey"
)

// refusal checks that err is the one answer to everything (R29).
func refusal(t *testing.T, what string, err error) {
	t.Helper()
	if !fault.Is(err, fault.BadRequest) || fault.Code(err) != "passkey_refused" || !strings.HasPrefix(fault.From(err).Message, "This passkey was not accepted.") {
		t.Errorf("%s: %v", what, err)
	}
}

func TestRegisterSignInAndConfirm(t *testing.T) {
	for name, keyType := range map[string]virtual.KeyType{"ES256": virtual.KeyTypeEC2, "RS256": virtual.KeyTypeRSA} {
		t.Run(name, func(t *testing.T) {
			b := emptyBench(t)
			if keyType != virtual.KeyTypeEC2 {
				b.key = virtual.NewCredential(keyType)
			}
			c := b.beginRegistration()
			made, err := b.portal.FinishRegistration(c.State, b.user, b.session, b.attest(c))
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(made.ID, b.key.ID) || len(made.AAGUID) != 16 {
				t.Errorf("got %+v", made)
			}
			b.user.Credentials = []passkey.Credential{made}

			login := b.beginLogin()
			proof, err := b.login(login, b.assert(login))
			if err != nil || !bytes.Equal(proof.User.Handle, b.user.Handle) || proof.Clone != nil {
				t.Fatalf("login: %+v, %v", proof, err)
			}
			act := passkey.Act{Action: "token.create", Object: "team 1"}
			up := b.beginStepUp(act)
			if _, err := b.portal.FinishStepUp(up.State, b.user, b.session, act, b.assert(up)); err != nil {
				t.Errorf("step-up: %v", err)
			}
		})
	}
}

func TestEdDSAIsAccepted(t *testing.T) { // R31
	b := emptyBench(t)
	public, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	cose, err := cbor.Marshal(map[int]any{1: 1, 3: -8, -1: 6, -2: []byte(public)})
	if err != nil {
		t.Fatal(err)
	}
	c := b.beginRegistration()
	text := open(t, b.attest(c)).attestation("none", nil, withID(b.key.ID, cose))
	if _, err := b.portal.FinishRegistration(c.State, b.user, b.session, text); err != nil {
		t.Error(err)
	}
}

func TestWhatTheBrowserIsAsked(t *testing.T) {
	b := newBench(t)
	type options struct {
		Challenge        string
		Timeout          int
		Attestation      string
		UserVerification string
		AllowCredentials []struct{ ID string }
		Exclude          []struct{ ID string } `json:"excludeCredentials"`
		User             struct{ ID string }
		Params           []struct{ Alg int } `json:"pubKeyCredParams"`
		Selection        struct {
			UserVerification, ResidentKey string
		} `json:"authenticatorSelection"`
	}
	read := func(c passkey.Ceremony) (o options) {
		if err := json.Unmarshal(c.Options, &o); err != nil {
			t.Fatal(err)
		}
		if len(o.Challenge) < 43 || o.Timeout != 300_000 { // R21: 32 bytes
			t.Errorf("challenge %q, timeout %d", o.Challenge, o.Timeout)
		}
		return o
	}
	reg := read(b.beginRegistration())
	if len(reg.Params) != 3 || reg.Params[0].Alg != -7 || reg.Params[1].Alg != -8 || reg.Params[2].Alg != -257 { // R31
		t.Errorf("algorithms %v", reg.Params)
	}
	if reg.Attestation != "none" || reg.Selection.UserVerification != "required" || reg.Selection.ResidentKey != "required" || len(reg.Exclude) != 1 || len(reg.User.ID) != 86 {
		t.Errorf("registration %+v", reg)
	}
	if o := read(b.beginLogin()); o.UserVerification != "required" || len(o.AllowCredentials) != 0 { // R22, R29
		t.Errorf("login %+v", o)
	}
	if o := read(b.beginStepUp(passkey.Act{Action: "x"})); o.UserVerification != "required" || len(o.AllowCredentials) != 1 {
		t.Errorf("step-up %+v", o)
	}
}

// R21: five minutes and not a second more.
func TestCeremoniesEndAfterFiveMinutes(t *testing.T) {
	for _, tt := range []struct {
		wait time.Duration
		ok   bool
	}{{5 * time.Minute, true}, {5*time.Minute + time.Second, false}} {
		b := newBench(t)
		c := b.beginLogin()
		b.clock.Advance(tt.wait)
		if _, err := b.login(c, b.assert(c)); (err == nil) != tt.ok {
			t.Errorf("after %s: %v", tt.wait, err)
		}
	}
	b := newBench(t)
	c := b.beginRegistration()
	b.clock.Advance(5*time.Minute + time.Second)
	_, err := b.portal.FinishRegistration(c.State, b.user, b.session, b.attest(c))
	refusal(t, "late registration", err)
}

// R21, R24, R40: an answer counts only for what it was asked for.
func TestAnAnswerCountsOnlyForItsOwnCeremony(t *testing.T) {
	b := newBench(t)
	act := passkey.Act{Action: "token.create", Object: "team 1"}
	login, reg, up := b.beginLogin(), b.beginRegistration(), b.beginStepUp(act)

	_, err := b.login(reg, b.assert(login))
	refusal(t, "registration's state in a login", err)
	_, err = b.login(up, b.assert(up))
	refusal(t, "step-up's state in a login", err)
	_, err = b.portal.FinishStepUp(login.State, b.user, b.session, act, b.assert(login))
	refusal(t, "a login as a step-up", err)
	_, err = b.portal.FinishRegistration(login.State, b.user, b.session, b.attest(reg))
	refusal(t, "login's state in a registration", err)
	_, err = b.login(b.beginLogin(), b.assert(login))
	refusal(t, "the answer to another challenge", err)
	_, err = b.login(login, b.attest(reg))
	refusal(t, "an attestation in a login", err)

	_, err = b.portal.FinishLogin(login.State, []byte("session-2"), b.assert(login), b.find)
	refusal(t, "another cookie jar", err)
	_, err = b.portal.FinishStepUp(up.State, b.user, []byte("session-2"), act, b.assert(up))
	refusal(t, "a step-up in another session", err)
	for what, other := range map[string]passkey.Act{
		"another action":       {Action: "token.revoke", Object: "team 1"},
		"another object":       {Action: "token.create", Object: "team 2"},
		"the same run of text": {Action: "token.createteam", Object: " 1"}, // R111
		"no act":               {},
	} {
		_, err = b.portal.FinishStepUp(up.State, b.user, b.session, other, b.assert(up))
		refusal(t, what, err)
	}
	_, err = b.portal.FinishLogin([]byte("{"), b.session, b.assert(login), b.find)
	refusal(t, "a damaged state", err)
}

// R22: user verification in all three ceremonies.
func TestWithoutUserVerificationNothingIsAccepted(t *testing.T) {
	b := newBench(t)
	b.device.Options.UserNotVerified = true
	act := passkey.Act{Action: "x"}
	reg, login, up := b.beginRegistration(), b.beginLogin(), b.beginStepUp(act)
	_, err := b.portal.FinishRegistration(reg.State, b.user, b.session, b.attest(reg))
	refusal(t, "registration", err)
	_, err = b.login(login, b.assert(login))
	refusal(t, "login", err)
	_, err = b.portal.FinishStepUp(up.State, b.user, b.session, act, b.assert(up))
	refusal(t, "step-up", err)
}

// R25: the handle must own the credential.
func TestAPasskeyOfSomebodyElseIsRefused(t *testing.T) {
	b, other := newBench(t), newBench(t)
	if len(b.user.Handle) != 64 || bytes.Equal(b.user.Handle, other.user.Handle) {
		t.Error("handles are not 64 random bytes")
	}
	login := b.beginLogin()
	b.key = other.key // A's account, B's passkey
	_, err := b.login(login, b.assert(login))
	refusal(t, "another's passkey under my handle", err)

	b = newBench(t)
	login = b.beginLogin()
	a := open(t, b.assert(login))
	delete(a.resp, "userHandle")
	_, err = b.login(login, a.json())
	refusal(t, "no handle", err)

	act := passkey.Act{Action: "x"}
	up := b.beginStepUp(act)
	b.device.Options.UserHandle = other.user.Handle
	_, err = b.portal.FinishStepUp(up.State, b.user, b.session, act, b.assert(up))
	refusal(t, "step-up with another's handle", err)

	for _, n := range []int{0, 16, 63, 65} {
		if _, err := b.portal.BeginRegistration(passkey.User{Handle: make([]byte, n), Name: "x"}, b.session); err == nil {
			t.Errorf("a handle of %d bytes was taken", n)
		}
	}
}

// R28, R29: unknown, disabled and wrong are one answer; our own trouble is another.
func TestEveryFailureReadsTheSame(t *testing.T) {
	b := newBench(t)
	answers := map[string]error{}
	try := func(name string, find passkey.Find, spoil func(answer)) {
		login := b.beginLogin()
		a := open(t, b.assert(login))
		spoil(a)
		_, answers[name] = b.portal.FinishLogin(login.State, b.session, a.json(), find)
	}
	none := func(answer) {}
	try("unknown", func(_, _ []byte) (passkey.User, error) { return passkey.User{}, passkey.ErrUnknown }, none)
	try("no such account", func(_, _ []byte) (passkey.User, error) { return passkey.User{}, fault.Missing("account") }, none)
	try("account without passkeys", func(_, h []byte) (passkey.User, error) { return passkey.User{Handle: h}, nil }, none)
	try("bad signature", b.find, func(a answer) { a.set("signature", []byte("x")) })
	try("no JSON inside", b.find, func(a answer) { a.set("clientDataJSON", []byte("x")) })
	for name, err := range answers {
		refusal(t, name, err)
		if fault.From(err).Message != fault.From(answers["unknown"]).Message {
			t.Errorf("%s reads otherwise", name)
		}
	}
	if !errors.Is(answers["unknown"], passkey.ErrUnknown) {
		t.Error("the log does not learn that it was unknown")
	}
	for name, text := range map[string][]byte{"nothing": nil, "an endless answer": bytes.Repeat([]byte(" "), passkey.AnswerMaxLen+1), "a number": []byte("1"), "null": []byte("null")} {
		_, err := b.login(b.beginLogin(), text)
		refusal(t, name, err)
		reg := b.beginRegistration()
		_, err = b.portal.FinishRegistration(reg.State, b.user, b.session, text)
		refusal(t, name, err)
	}
	try("database", func(_, _ []byte) (passkey.User, error) { return passkey.User{}, io.ErrUnexpectedEOF }, none)
	if err := answers["database"]; !errors.Is(err, io.ErrUnexpectedEOF) || fault.Is(err, fault.BadRequest) {
		t.Errorf("trouble of our own: %v", err)
	}
}

func TestAStepUpNeedsAPasskeyAndAnAction(t *testing.T) {
	b := emptyBench(t)
	if _, err := b.portal.BeginStepUp(b.user, b.session, passkey.Act{Action: "x"}); !fault.Is(err, fault.Forbidden) {
		t.Errorf("without a passkey: %v", err)
	}
	b = newBench(t)
	if _, err := b.portal.BeginStepUp(b.user, b.session, passkey.Act{}); err == nil {
		t.Error("for nothing")
	}
	if _, err := b.portal.BeginLogin(nil); err == nil {
		t.Error("without a session")
	}
}

func TestConfigurationsThatCannotWork(t *testing.T) {
	for name, c := range map[string]passkey.Config{
		"an address as host": {RPID: "127.0.0.1", RPName: "x", Origins: []string{"http://127.0.0.1"}},
		"no host":            {RPName: "x", Origins: []string{origin}},
		"no name":            {RPID: "portal.test", Origins: []string{origin}},
		"no origin":          {RPID: "portal.test", RPName: "x"},
	} {
		if _, err := passkey.New(c, clock.System); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	if _, err := passkey.New(passkey.Config{RPID: "localhost", RPName: "x", Origins: []string{"http://localhost:8080"}}, clock.System); err != nil {
		t.Errorf("the demo: %v", err)
	}
}

func FuzzFinishLogin(f *testing.F) {
	f.Add([]byte(`{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"e30","authenticatorData":"AA","signature":"AA","userHandle":"AA"}}`))
	portal, err := passkey.New(passkey.Config{RPID: party.ID, RPName: party.Name, Origins: []string{origin}}, clock.System)
	if err != nil {
		f.Fatal(err)
	}
	c, err := portal.BeginLogin([]byte("s"))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		_, err := portal.FinishLogin(c.State, []byte("s"), text, func(_, _ []byte) (passkey.User, error) { return passkey.User{}, passkey.ErrUnknown })
		refusal(t, "anything", err)
	})
}

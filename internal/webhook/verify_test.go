package webhook_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/webhook"
)

// The known answer of R112.
const (
	secretText = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	id         = "msg_p5jXN8AQM9LWM0D4loKWxJek"
	body       = `{"test": 2432232314}`
	signature  = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
)

var at = time.Unix(1614265330, 0)

func secret(t testing.TB) webhook.Secret {
	s, err := webhook.ParseSecret(secretText + "\n")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func header(id, stamp, signature string) http.Header {
	h := http.Header{}
	for name, value := range map[string]string{webhook.IDHeader: id, webhook.TimestampHeader: stamp, webhook.SignatureHeader: signature} {
		if value != "" {
			h.Set(name, value)
		}
	}
	return h
}

// R112, SECURITY 3.6: the known answer, and what a receiver must refuse.
func TestVerify(t *testing.T) {
	s, stamp := secret(t), strconv.FormatInt(at.Unix(), 10)
	if got := s.Sign(id, at, []byte(body)); got != signature {
		t.Fatalf("signed %s", got)
	}
	for name, tt := range map[string]struct {
		h    http.Header
		body string
		now  time.Time
		ok   bool
	}{
		"the known answer":           {header(id, stamp, signature), body, at, true},
		"no id":                      {header("", stamp, signature), body, at, false},
		"no timestamp":               {header(id, "", signature), body, at, false},
		"no signature":               {header(id, stamp, ""), body, at, false},
		"an empty signature":         {header(id, stamp, "v1,"), body, at, false},
		"no comma":                   {header(id, stamp, strings.TrimPrefix(signature, "v1,")), body, at, false},
		"another version":            {header(id, stamp, "v2"+signature[2:]), body, at, false},
		"other versions beside it":   {header(id, stamp, "v1a,xyz v2,abc "+signature), body, at, true},
		"an old secret's beside it":  {header(id, stamp, "v1,AAAA "+signature), body, at, true},
		"only an old secret's":       {header(id, stamp, "v1,AAAA"), body, at, false},
		"another body":               {header(id, stamp, signature), body + " ", at, false},
		"another id":                 {header(id+"x", stamp, signature), body, at, false},
		"an id with a dot":           {header("msg.1", stamp, s.Sign("msg.1", at, []byte(body))), body, at, false},
		"another timestamp":          {header(id, strconv.FormatInt(at.Unix()+1, 10), signature), body, at, false},
		"a timestamp that is no one": {header(id, "now", signature), body, at, false},
		"a timestamp with a zero":    {header(id, "0"+stamp, signature), body, at, false},
		"five minutes old":           {header(id, stamp, signature), body, at.Add(5 * time.Minute), true},
		"older":                      {header(id, stamp, signature), body, at.Add(5*time.Minute + time.Second), false},
		"five minutes ahead":         {header(id, stamp, signature), body, at.Add(-5 * time.Minute), true},
		"further ahead":              {header(id, stamp, signature), body, at.Add(-5*time.Minute - time.Second), false},
	} {
		if err := s.Verify(tt.h, []byte(tt.body), tt.now); (err == nil) != tt.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := (webhook.Secret{}).Verify(header(id, stamp, signature), []byte(body), at); err == nil {
		t.Error("no secret verifies everything")
	}
	if text := fmt.Sprintf("%v %+v %#v", s, s, s); strings.Contains(text, "MfKQ") || strings.Contains(text, "[") {
		t.Errorf("the secret prints as %s", text)
	}
}

func TestParseSecret(t *testing.T) {
	of := func(n int) string { return "whsec_" + base64.StdEncoding.EncodeToString(make([]byte, n)) }
	for text, ok := range map[string]bool{of(24): true, of(64): true, of(23): false, of(65): false, "": false, secretText[6:]: false, "whsec_***": false} {
		if _, err := webhook.ParseSecret(text); (err == nil) != ok {
			t.Errorf("%q: %v", text, err)
		}
	}
}

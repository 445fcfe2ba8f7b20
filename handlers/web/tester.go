package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"gatehouse/internal/clock"
	"gatehouse/internal/portal"
	"gatehouse/views/tokens"
)

// Tester makes a call through the gateway as any caller would, to show that a
// token works.
type Tester interface {
	Test(ctx context.Context, path, secret string) tokens.Test
}

// GatewayTester is a Tester that goes to the gateway over the network.
type GatewayTester struct {
	Gateway *url.URL // under which it is reached from here
	Client  *http.Client
	Clock   clock.Clock
}

const (
	testTimeout = 15 * time.Second // for all of it, the answer's body too
	previewMost = 4 << 10          // bytes of the answer that are shown
	previewRead = 64 << 10         // bytes that are read, to indent them
)

// NewGatewayTester calls the gateway at an address, with the time of a clock. It
// asks no proxy, whatever the environment says, and follows no redirect: a secret
// goes to the gateway and nowhere else.
func NewGatewayTester(gateway *url.URL, c clock.Clock) GatewayTester {
	return GatewayTester{Gateway: gateway, Clock: c, Client: &http.Client{
		Transport:     &http.Transport{Proxy: nil, DisableKeepAlives: true, MaxResponseHeaderBytes: 32 << 10},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       testTimeout,
	}}
}

// Test sends the call. What the gateway answers is data to show, whatever it is.
func (g GatewayTester) Test(ctx context.Context, path, secret string) (t tokens.Test) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(g.Gateway.String(), "/")+path, nil)
	if err != nil {
		return tokens.Test{Problem: "The address of the call can’t be read."}
	}
	r.Header.Set("Authorization", "Bearer "+secret)
	r.Header.Set("Accept", "application/json, */*;q=0.5")
	r.Header.Set("User-Agent", portal.TestAgent)
	begun := g.Clock.Now()
	answer, err := g.Client.Do(r)
	if err != nil {
		if timeout, ok := errors.AsType[*url.Error](err); ok && timeout.Timeout() {
			return tokens.Test{Problem: "The gateway took longer than 15 seconds."}
		}
		return tokens.Test{Problem: "The gateway could not be reached from the portal. Calls from elsewhere may still work."}
	}
	defer answer.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(answer.Body, previewRead))
	t = tokens.Test{Status: answer.StatusCode, Text: http.StatusText(answer.StatusCode), Took: g.Clock.Now().Sub(begun),
		Left: remaining(answer.Header.Get("RateLimit")), RequestID: answer.Header.Get("Gatehouse-Request-Id"), Body: preview(body)}
	return t
}

// remaining reads how many calls are left from a RateLimit field (SECURITY 3.7):
// "name";r=599;t=1.
func remaining(field string) string {
	for part := range strings.SplitSeq(field, ";") {
		if left, ok := strings.CutPrefix(strings.TrimSpace(part), "r="); ok {
			left, _, _ = strings.Cut(left, ",")
			return left + " calls"
		}
	}
	return ""
}

// preview is the beginning of an answer as text, JSON that is whole indented.
func preview(body []byte) string {
	var indented bytes.Buffer
	if json.Indent(&indented, body, "", "  ") == nil {
		body = indented.Bytes()
	}
	cut := len(body) > previewMost
	if cut {
		body = body[:previewMost]
		for len(body) > 0 && !utf8.Valid(body) && len(body) > previewMost-utf8.UTFMax {
			body = body[:len(body)-1]
		}
	}
	if !utf8.Valid(body) {
		return "(binary content)"
	}
	if cut {
		return string(body) + "\n…"
	}
	return string(body)
}

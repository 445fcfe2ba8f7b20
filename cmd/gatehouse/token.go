package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"time"

	"gatehouse/internal/clock"
)

// tokenCommands work with a token in hand, from wherever it is used.
type tokenCommands struct {
	Check  tokenCheckCommand  `cmd:"" help:"Ask the portal what a token is and how long it lasts: for CI. Exit code 0: fine, 1: refused, 2: it ends soon, 3: it could not be checked."`
	Rotate tokenRotateCommand `cmd:"" help:"Give a token a new secret, and hand that to a command: for CI and secret managers. Exit code 0: done, 1: nothing was changed, 3: rotated, but the command failed."`
}

// Exit codes of `gatehouse token check`.
const (
	tokenFine = iota
	tokenRefused
	tokenEndsSoon
	tokenUnchecked
)

type tokenCheckCommand struct {
	PortalURL string `help:"Origin of the portal, like https://portal.example." env:"GATEHOUSE_PORTAL_URL" required:"" placeholder:"URL"`
	Days      int    `help:"A token that ends within so many days gets exit code 2." default:"14"`
	JSON      bool   `help:"Print JSON." name:"json"`
	Env       string `help:"Environment variable that holds the token. Where it is empty, the token is read from standard input; an argument would stand in the list of processes." default:"GATEHOUSE_TOKEN" placeholder:"NAME"`
}

// tokenView is what the command reads of a token's view of itself.
type tokenView struct {
	Kind      string    `json:"kind"`
	Name      string    `json:"name"`
	Hint      string    `json:"hint"`
	Tenant    string    `json:"tenant"`
	Scopes    []string  `json:"scopes"`
	ExpiresAt time.Time `json:"expires_at"`

	Permissions []struct {
		API     string `json:"api"`
		Version string `json:"version"`
		Access  string `json:"access"`
	} `json:"permissions"`
	Subscriptions []struct {
		API     string `json:"api"`
		Version string `json:"version"`
		State   string `json:"state"`
		Quota   *struct {
			Calls int64 `json:"calls"`
			Left  int64 `json:"left"`
		} `json:"quota"`
	} `json:"subscriptions"`
}

// tokenReport is what the command prints as JSON.
type tokenReport struct {
	Result   string          `json:"result"` // fine, refused, ends_soon, unchecked
	Detail   string          `json:"detail,omitempty"`
	DaysLeft *int            `json:"days_left,omitempty"` // whole ones
	Token    json.RawMessage `json:"token,omitempty"`     // as GET /api/v1/token says
}

// Run checks a token.
func (c *tokenCheckCommand) Run(ctx context.Context) error {
	report, code, words := c.check(ctx)
	if c.JSON {
		out := json.NewEncoder(os.Stdout)
		out.SetIndent("", "  ")
		if err := out.Encode(report); err != nil {
			return err
		}
	} else if code == tokenUnchecked {
		fmt.Fprintln(os.Stderr, "gatehouse: "+words)
	} else {
		fmt.Println(words)
	}
	return exitCode(code)
}

func (c *tokenCheckCommand) check(ctx context.Context) (tokenReport, int, string) {
	unchecked := func(err error) (tokenReport, int, string) {
		return tokenReport{Result: "unchecked", Detail: err.Error()}, tokenUnchecked, "the token could not be checked: " + err.Error()
	}
	secret, err := presentedToken(c.Env)
	if err != nil {
		return unchecked(err)
	}
	status, body, err := send(ctx, c.PortalURL, secret, http.MethodGet, "/api/v1/token", nil)
	if err != nil {
		return unchecked(err)
	}
	switch status {
	case http.StatusOK:
		var v tokenView
		if err := json.Unmarshal(body, &v); err != nil || v.ExpiresAt.IsZero() {
			return unchecked(errors.New("that is no answer of a Gatehouse portal"))
		}
		return c.judge(v, body)
	case http.StatusUnauthorized:
		detail := problemOf(body)
		return tokenReport{Result: "refused", Detail: detail}, tokenRefused, "The token is refused: " + detail
	}
	return unchecked(fmt.Errorf("the portal answered %d %s: %s", status, http.StatusText(status), problemOf(body)))
}

// judge says how long a token that is good lasts.
func (c *tokenCheckCommand) judge(v tokenView, raw []byte) (tokenReport, int, string) {
	left := v.ExpiresAt.Sub(clock.System.Now())
	days := int(left / (24 * time.Hour))
	report, code := tokenReport{Result: "fine", DaysLeft: &days, Token: raw}, tokenFine
	if left <= time.Duration(c.Days)*24*time.Hour {
		report.Result, code = "ends_soon", tokenEndsSoon
	}
	return report, code, v.words(days)
}

func (v tokenView) words(days int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s token …%s of %s) works until %s, %d days from now.", v.Name, v.Kind, v.Hint, v.Tenant, v.ExpiresAt.UTC().Format("2006-01-02 15:04 MST"), days)
	for _, p := range v.Permissions {
		fmt.Fprintf(&b, "\n  %s %s: %s", p.API, p.Version, p.Access)
		for _, s := range v.Subscriptions {
			if s.API != p.API || s.Version != p.Version {
				continue
			}
			if s.State != "approved" {
				fmt.Fprintf(&b, ", subscription %s", s.State)
			}
			if s.Quota != nil {
				fmt.Fprintf(&b, ", %d of %d calls left", s.Quota.Left, s.Quota.Calls)
			}
		}
	}
	if len(v.Scopes) > 0 {
		fmt.Fprintf(&b, "\n  %s", strings.Join(v.Scopes, ", "))
	}
	return b.String()
}

// presentedToken is the token in an environment variable, or else the first line of
// standard input.
func presentedToken(variable string) (string, error) {
	if token := strings.TrimSpace(os.Getenv(variable)); token != "" {
		return token, nil
	}
	missing := fmt.Errorf("there is no token in %s, nor on standard input", variable)
	if info, err := os.Stdin.Stat(); err != nil || info.Mode()&os.ModeCharDevice != 0 {
		return "", missing // nobody types a secret
	}
	line, err := bufio.NewReader(io.LimitReader(os.Stdin, 4096)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	if line = strings.TrimSpace(line); line == "" {
		return "", missing
	}
	return line, nil
}

// askTime is how long an answer may take.
const askTime = 20 * time.Second

// send sends a request of a token to its portal, and nowhere else: no redirect is
// followed, and nothing is sent unencrypted but within one computer (R150).
func send(ctx context.Context, portal, token, method, path string, in []byte) (status int, body []byte, err error) {
	return sendAs(ctx, portal, token, method, path, "application/json", in, askTime)
}

// sendAs is send for a body of any type, with as much time as that takes.
func sendAs(ctx context.Context, portal, token, method, path, kind string, in []byte, most time.Duration) (status int, body []byte, err error) {
	u, err := url.Parse(portal)
	if err != nil || u.Host == "" || u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
		return 0, nil, fmt.Errorf("%q is no origin of a portal, like https://portal.example", portal)
	}
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, u.Scheme+"://"+u.Host+path, bytes.NewReader(in))
	if err != nil {
		return 0, nil, err
	}
	r.Header["Authorization"] = []string{"Bearer " + token}
	if in != nil {
		r.Header.Set("Content-Type", kind)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(r)
	if err != nil {
		return 0, nil, withoutToken(err, most)
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	return resp.StatusCode, body, err
}

// withoutToken is why nothing was sent, in words that hold nothing of the request:
// net/http names a header that it refuses.
func withoutToken(err error, most time.Duration) error {
	if e, ok := errors.AsType[*net.OpError](err); ok {
		return e
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("the portal did not answer within %v", most)
	}
	return errors.New("the request could not be sent; is the token copied whole, and the portal's certificate valid?")
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// problemOf is what a problem document says, RFC 9457.
func problemOf(body []byte) string {
	var p struct{ Detail string }
	if json.Unmarshal(body, &p) != nil || p.Detail == "" {
		return "no reason was given"
	}
	return p.Detail
}

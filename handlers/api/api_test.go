package api_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"gatehouse/internal/testkit"
	"gatehouse/models"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// client is a program with a management token.
type client struct {
	t     *testing.T
	base  string
	token string
}

// answer is a response with its body read.
type answer struct {
	*http.Response
	raw  string
	body map[string]any
}

// do sends a request. Header is pairs of name and value; a body is JSON unless
// they say otherwise.
func (c client) do(method, path, body string, header ...string) answer {
	c.t.Helper()
	req, err := http.NewRequest(method, c.base+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Del(header[i])
		if header[i+1] != "" {
			req.Header.Set(header[i], header[i+1])
		}
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	a := answer{Response: resp, raw: string(raw)}
	_ = json.Unmarshal(raw, &a.body) // some bodies are no objects
	return a
}

// want sends a request that must be answered so.
func (c client) want(status int, method, path, body string, header ...string) answer {
	c.t.Helper()
	a := c.do(method, path, body, header...)
	if a.StatusCode != status {
		c.t.Fatalf("%s %s: %d, want %d: %.600s", method, path, a.StatusCode, status, a.raw)
	}
	return a
}

// draft is the id of a version's newest document.
func (c client) draft(version string) string {
	c.t.Helper()
	draft, _ := c.want(http.StatusOK, "GET", version, "").body["draft"].(map[string]any)
	id, _ := draft["id"].(string)
	return id
}

// code is the last part of a problem's type.
func (a answer) code() string {
	s, _ := a.body["type"].(string)
	return s[strings.LastIndexByte(s, '/')+1:]
}

// fields are the problems by the name of the field.
func (a answer) fields() map[string]string {
	out := map[string]string{}
	list, _ := a.body["fields"].([]any)
	for _, f := range list {
		m := f.(map[string]any)
		out[m["name"].(string)] = m["message"].(string)
	}
	return out
}

func (a answer) items() []any { list, _ := a.body["items"].([]any); return list }

// place is a tenant with clients for its people.
type place struct {
	*testkit.Place
	path           string // of the tenant
	admin, manager client
}

func newPlace(t *testing.T, k *testkit.Kit, slug string) place {
	t.Helper()
	p := place{Place: k.Place(slug, false), path: "/api/v1/tenants/" + slug}
	by := func(b *testkit.Browser) client {
		var scopes []string
		actor := k.Actor(b, slug)
		for _, s := range models.ManagementScopes {
			if actor.CanUse(s.Name) {
				scopes = append(scopes, s.Name)
			}
		}
		_, secret := k.ManagementToken(p.Place, b, scopes...)
		return client{t, k.PortalURL.String(), secret.Reveal()}
	}
	p.admin, p.manager = by(p.Admin), by(p.Manager)
	return p
}

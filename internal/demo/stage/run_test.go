package stage

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/config"
	"gatehouse/internal/spec"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "read-document" { // the child of spec.Reader
		os.Exit(spec.ChildMain(os.Stdin, os.Stdout))
	}
	os.Exit(m.Run())
}

// options of a demo with a short past.
func options(t *testing.T, dir string, c config.Config) Options {
	t.Helper()
	c.Dir, c.PortalAddr, c.GatewayAddr, c.OpsAddr, c.StaleMax = dir, "localhost:0", "localhost:0", "localhost:0", 10*time.Second
	return Options{Config: c, History: 500, ReadyFile: filepath.Join(t.TempDir(), "ready"), Out: io.Discard, Log: slog.New(slog.DiscardHandler)}
}

// during puts the demo on and runs fn when it is ready.
func during(t *testing.T, o Options, fn func(r Ready)) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- Run(ctx, o) }()
	var r Ready
	for deadline := time.Now().Add(2 * time.Minute); ; {
		if raw, err := os.ReadFile(o.ReadyFile); err == nil {
			if err := json.Unmarshal(raw, &r); err != nil {
				t.Fatal(err)
			}
			break
		}
		select {
		case err := <-ended:
			t.Fatalf("the demo ended: %v", err)
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			t.Fatal("the demo is not ready")
		}
	}
	fn(r)
	stop()
	if err := <-ended; err != nil {
		t.Errorf("the demo ended badly: %v", err)
	}
}

func calls(t *testing.T, r Ready, token string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.ExampleCall, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

// revoke ends a token of the first tenant by its name.
func revoke(t *testing.T, r Ready, name string) {
	t.Helper()
	tokens := r.Portal + "/api/v1/tenants/" + r.Tenants[0].Slug + "/tokens"
	var list struct {
		Items []struct{ ID, Name string }
	}
	manage(t, r, http.MethodGet, tokens, "", &list)
	for _, token := range list.Items {
		if token.Name == name {
			manage(t, r, http.MethodPost, tokens+"/"+token.ID+"/revoke", `{"cause":"unneeded","reason":"to see what the demo prints then"}`, nil)
			return
		}
	}
	t.Fatalf("no token is called %s", name)
}

func manage(t *testing.T, r Ready, method, address, body string, into any) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+r.ManagementToken)
	request.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %d %s %v", method, address, resp.StatusCode, raw, err)
	}
	if into != nil {
		if err := json.Unmarshal(raw, into); err != nil {
			t.Fatal(err)
		}
	}
}

// A restart has the same data and tokens; the token that is printed is a live one.
func TestRestartOfTheDemo(t *testing.T) {
	dir := t.TempDir()
	o := options(t, dir, config.Config{})
	var first Ready
	during(t, o, func(r Ready) {
		first = r
		if status := calls(t, r, r.AccessToken); status != http.StatusOK {
			t.Errorf("a call: %d", status)
		}
		if r.ManagementToken == "" {
			t.Error("no management token")
		}
		var told struct {
			Items []struct{ Told int }
		}
		manage(t, r, http.MethodGet, r.Portal+"/api/v1/tenants/northquay/apis/equipment/versions/v1/announcements", "", &told)
		if len(told.Items) != 1 || told.Items[0].Told == 0 {
			t.Errorf("of the end of a version was told: %+v", told.Items)
		}
	})
	during(t, o, func(r Ready) {
		if r.AccessToken != first.AccessToken || r.ManagementToken != first.ManagementToken {
			t.Error("the restart has other tokens")
		}
		revoke(t, r, "Command line")
	})
	during(t, o, func(r Ready) {
		if r.AccessToken == first.AccessToken || r.AccessToken == "" {
			t.Errorf("the printed token is %q after the first was revoked", r.AccessToken)
		}
		if status := calls(t, r, r.AccessToken); status != http.StatusOK {
			t.Errorf("a call with the other token: %d", status)
		}
	})
}

// A stop while the past is made is no failure, and the next start begins anew.
func TestAStopWhileFilling(t *testing.T) {
	dir := t.TempDir()
	o := options(t, dir, config.Config{})
	write(t, o.ReadyFile) // of an earlier start
	var out bytes.Buffer
	ctx, stop := context.WithCancel(t.Context())
	o.Out = writerFunc(func(p []byte) (int, error) {
		if bytes.Contains(p, []byte("filling")) {
			stop()
		}
		return out.Write(p)
	})
	if err := Run(ctx, o); err != nil || !strings.Contains(out.String(), "the next start begins anew") {
		t.Errorf("%v: %s", err, out.String())
	}
	if there(o.ReadyFile) {
		t.Error("the ready file of an earlier start is still there")
	}
	o.Out = io.Discard
	during(t, o, func(Ready) {})
}

type writerFunc func(p []byte) (int, error)

func (w writerFunc) Write(p []byte) (int, error) { return w(p) }

// Two demos on one PostgreSQL server do not touch each other's schemas.
func TestDemosOnOnePostgres(t *testing.T) {
	server := storetest.Server(t)
	schema := "demo_" + strings.ToLower(rand.Text()[:12])
	c := config.Config{Database: server, DatabaseSchema: schema}
	neighbour := store.Options{URL: server, Schema: schema + "_2"}
	t.Cleanup(func() {
		for _, o := range []store.Options{{URL: server, Schema: schema}, neighbour} {
			if err := store.DropSchema(context.Background(), o); err != nil {
				t.Error(err)
			}
		}
	})
	one, two := options(t, t.TempDir(), c), options(t, t.TempDir(), c)
	var first Ready
	during(t, one, func(r Ready) {
		first = r
		for _, two.Reset = range []bool{false, true} {
			if err := Run(t.Context(), two); err == nil || !strings.Contains(err.Error(), "GATEHOUSE_DATABASE_SCHEMA") {
				t.Errorf("a second folder while the first runs, reset %v: %v", two.Reset, err)
			}
		}
		if status := calls(t, r, r.AccessToken); status != http.StatusOK {
			t.Errorf("a call after that: %d", status)
		}
	})
	if err := Run(t.Context(), two); err == nil || !strings.Contains(err.Error(), "belongs to the demo of the folder "+one.Config.Dir) || !strings.Contains(err.Error(), "--reset") {
		t.Errorf("a second folder: %v", err)
	}
	if err := store.ClaimSchema(t.Context(), neighbour, "somebody else's"); err != nil {
		t.Fatal(err)
	}
	during(t, one, func(r Ready) {
		if r.AccessToken != first.AccessToken || calls(t, r, r.AccessToken) != http.StatusOK {
			t.Error("the restart has another token, or it is dead")
		}
	})
	one.Reset = true
	during(t, one, func(r Ready) {
		if r.AccessToken == first.AccessToken {
			t.Error("the reset kept the key")
		}
	})
	if there, mark, err := store.SchemaOwner(t.Context(), neighbour); err != nil || !there || mark != "somebody else's" {
		t.Errorf("the neighbour's schema after the reset: %v %q %v", there, mark, err)
	}
}

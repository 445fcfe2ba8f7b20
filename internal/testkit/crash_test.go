package testkit_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/app"
	"gatehouse/internal/portal"
	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
	"gatehouse/internal/usage"
	"gatehouse/models"
)

func init() { testkit.Child["crash"] = crashingServer }

// crashSetting is what the child needs to go on where it was killed.
type crashSetting struct {
	Dir                            string
	Store                          store.Options `json:"-"`
	URL, Owner, Schema             string
	Tenant, Team, Version, Partner string
	Secret                         string
	Upstream                       string
}

// SECURITY §4, kill -9: what was acknowledged is there, nothing is there by
// halves, the chain holds, and the usage is what was answered (R121, R122, R128).
func TestKillNine(t *testing.T) {
	rounds := 4
	if os.Getenv("GATEHOUSE_SOAK") != "" {
		rounds = 50
	}
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("nq", true)
		setting := crashSetting{Dir: k.Config.Dir, URL: k.Config.Database, Owner: k.Config.DatabaseOwner, Schema: k.Config.DatabaseSchema,
			Tenant: p.Slug, Team: p.Team.ID, Version: p.Version.ID, Partner: p.Partner.User.ID, Secret: p.Secret.Reveal(), Upstream: k.Upstream.URL}
		k.Stop()
		j := &journal{revoked: map[string]bool{}}
		for round := range rounds {
			j.add(t, setting, time.Duration(150+round*97%600)*time.Millisecond)
		}
		k.Start()
		j.check(t, k, p)
		t.Logf("%d kills, %d tokens made, %d revoked, %d calls answered", rounds, len(j.made), len(j.revoked), j.calls)
	})
}

// journal is what the child acknowledged before it was killed.
type journal struct {
	made    []string
	revoked map[string]bool
	calls   int
	flying  int // calls that may have been answered without a line in the journal
}

// add runs the child for a while after it is up, kills it and reads what it said.
func (j *journal) add(t *testing.T, s crashSetting, after time.Duration) {
	t.Helper()
	raw, err := json.Marshal(s)
	must(t, err)
	child := exec.Command(os.Args[0], "crash", string(raw))
	out, err := child.StdoutPipe()
	must(t, err)
	child.Stderr = os.Stderr
	must(t, child.Start())
	lines := bufio.NewScanner(out)
	up := false
	for lines.Scan() {
		what, id, _ := strings.Cut(lines.Text(), " ")
		if !up && what == "revoked" { // from here on everything is under way
			up = true
			time.AfterFunc(after, func() { _ = child.Process.Kill() })
		}
		switch what {
		case "made":
			j.made = append(j.made, id)
		case "revoked":
			j.revoked[id] = true
		case "call":
			j.calls++
		case "failed":
			t.Error(lines.Text())
		}
	}
	_ = child.Wait()
	j.flying += crashCallers
	if !up {
		t.Fatal("the child did not come up")
	}
}

const crashCallers = 3

func (j *journal) check(t *testing.T, k *testkit.Kit, p *testkit.Place) {
	t.Helper()
	ctx := context.Background()
	if len(j.made) == 0 || len(j.revoked) == 0 || j.calls == 0 {
		t.Fatalf("the children did nothing: %+v", j)
	}
	actor := k.Actor(p.Partner, p.Slug)
	must(t, k.Store.As(ctx, actor, func(r store.Tenant) error {
		for _, id := range j.made {
			token, permissions, err := r.Token(id)
			if err != nil || len(permissions) != 1 {
				t.Errorf("the acknowledged token %s: %v, %d permissions", id, err, len(permissions))
			}
			if j.revoked[id] && token.State != models.TokenRevoked {
				t.Errorf("the acknowledged revocation of %s is gone", id)
			}
		}
		return nil
	}))
	must(t, k.Usage.Folder.Flush(ctx))
	s, err := k.Usage.Series(ctx, p.Tenant.ID, usage.Filter{Token: p.Token.ID}, usage.LastDay)
	must(t, err)
	if counted := int(s.Total.Calls); counted < j.calls || counted > j.calls+j.flying {
		t.Errorf("%d calls were answered (and up to %d more), %d are counted", j.calls, j.flying, counted)
	}
	k.Stop()
	reports, err := app.VerifyAudit(ctx, k.Config)
	must(t, err)
	for _, r := range reports {
		if r.Exit() != 0 {
			t.Error(r)
		}
	}
}

// crashingServer is the child: a server that makes and revokes tokens and calls
// itself, and says what was acknowledged, until it is killed.
func crashingServer(args []string) int {
	var s crashSetting
	if err := json.Unmarshal([]byte(args[0]), &s); err != nil {
		return 1
	}
	a, err := testkit.Open(s.Dir, store.Options{URL: s.URL, Owner: s.Owner, Schema: s.Schema}, s.Upstream)
	if err != nil {
		fmt.Println("failed to open:", err)
		return 1
	}
	go func() { _ = a.Run(context.Background()) }()
	for !a.Gateway.Ready() {
		time.Sleep(time.Millisecond)
	}
	var mu sync.Mutex
	say := func(format string, values ...any) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Printf(format+"\n", values...)
	}
	for range crashCallers {
		go func() {
			for range time.Tick(4 * time.Millisecond) { // a load that leaves room for the writes
				if answered(a, s) {
					say("call")
				}
			}
		}()
	}
	for {
		if err := makeAndRevoke(a, s, say); err != nil {
			say("failed: %v", err)
			return 1
		}
	}
}

func answered(a *app.App, s crashSetting) bool {
	r, _ := http.NewRequest(http.MethodGet, a.GatewayURL.String()+"/"+s.Tenant+"/orders/v1/orders", nil)
	r.Header.Set("Authorization", "Bearer "+s.Secret)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return err == nil
}

func makeAndRevoke(a *app.App, s crashSetting, say func(string, ...any)) error {
	ctx := context.Background()
	actor, err := a.Portal.Actors.OfSession(ctx, s.Partner, s.Tenant, models.Request{ID: "req-crash"})
	if err != nil {
		return err
	}
	session := []byte("crash")
	proof, err := a.Store.InsertProof(ctx, session, actor.User(), models.TokenCreate.String(), s.Team, nil)
	if err != nil {
		return err
	}
	token, _, err := a.Portal.Tokens.Create(ctx, actor.WithProof(models.Proof{ID: proof, Session: session}), portal.NewToken{
		Team: s.Team, Name: "made in a hurry", Expires: "1", Access: map[string]models.Access{s.Version: models.AccessRead}})
	if err != nil {
		return err
	}
	say("made %s", token.ID)
	if err := a.Portal.Tokens.Revoke(ctx, actor, token.ID, models.CauseUnneeded, "No longer needed."); err != nil {
		return err
	}
	say("revoked %s", token.ID)
	return nil
}

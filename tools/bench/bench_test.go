package main

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestTwoOf(t *testing.T) {
	for list, want := range map[string][2]string{"0-1": {"0", "1"}, "0": {"0", "0"}, "3,5-9": {"3", "5"}, "2-3,8": {"2", "3"}, "": {"", ""}} {
		if first, second := twoOf(list); first != want[0] || second != want[1] {
			t.Errorf("%q: %s and %s", list, first, second)
		}
	}
}

// What is missing is named under the table, and what can be measured is in it.
func TestPrint(t *testing.T) {
	row := func(name string, cpu float64) *subject {
		s := &subject{name: name, pids: family(), samples: []sample{{perSecond: 1000, cpu: cpu, p99: "1ms"}, {perSecond: 1100, cpu: cpu * 1.1, p99: "1ms"}}}
		return s
	}
	whole := &bench{rounds: 2, wrk: "wrk", nginx: "nginx", taskset: "taskset", subjectCore: "0", loadCore: "1",
		subjects: []*subject{row(plainName, 25), row(oursName, 80)}}
	if got := printed(whole); !regexp.MustCompile(`(?m)^gateway capacity / nginx plain: 0\.31 \(0\.31-0\.31, 2 rounds\)\n\z`).MatchString(got) {
		t.Errorf("%s", got)
	}
	bare := &bench{rounds: 2, subjects: []*subject{row(oursName, 80)}, leftOut: []string{plainName + ": nginx is not installed"}}
	for _, says := range []string{"| gateway |  |  | 84.0 | 1050 | 1ms |", "built-in load", "Left out: " + plainName, "taskset is not installed", "nginx plain: not measured"} {
		if got := printed(bare); !strings.Contains(got, says) {
			t.Errorf("%q is missing:\n%s", says, got)
		}
	}
}

func printed(b *bench) string {
	var out strings.Builder
	b.print(&out)
	return out.String()
}

// The built-in load sends calls one after another, with the header, and stops at
// the first that is answered badly.
func TestBuiltInLoad(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer x" || r.URL.Path != "/a" {
			w.WriteHeader(http.StatusTeapot)
		}
	}))
	t.Cleanup(server.Close)
	host := strings.TrimPrefix(server.URL, "http://")
	took, err := callUntil(time.Now().Add(20*time.Millisecond), host, []byte("GET /a HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\n\r\n"))
	if err != nil || len(took) == 0 {
		t.Errorf("%d calls, %v", len(took), err)
	}
	if _, err := callUntil(time.Now().Add(20*time.Millisecond), host, []byte("GET /a HTTP/1.1\r\nHost: x\r\n\r\n")); err == nil {
		t.Error("a bad answer is no trouble")
	}
}

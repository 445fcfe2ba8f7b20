package logging_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"gatehouse/internal/logging"
)

// noted is a log that is read while it is written.
type noted struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (n *noted) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.b.Write(p)
}

func (n *noted) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.b.String()
}

// R126: net/http logs what an upstream sends unasked; our log says that it did, not what.
func TestTheLogQuotesNoUpstream(t *testing.T) {
	before := slog.Default()
	t.Cleanup(func() { slog.SetDefault(before); log.SetOutput(os.Stderr) })
	var out noted
	logging.Start(&out, slog.LevelInfo)

	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		if _, err := http.ReadRequest(bufio.NewReader(c)); err != nil {
			return
		}
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
		time.Sleep(50 * time.Millisecond) // so that the connection idles
		_, _ = io.WriteString(c, `patient "4711" has`)
		_, _ = io.Copy(io.Discard, c)
	}()
	resp, err := (&http.Client{Transport: &http.Transport{}}).Get("http://" + l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	for deadline := time.Now().Add(5 * time.Second); !strings.Contains(out.String(), "Unsolicited"); {
		if time.Now().After(deadline) {
			t.Fatalf("nothing was logged: %s", out.String())
		}
		time.Sleep(10 * time.Millisecond)
	}
	if got := out.String(); strings.Contains(got, "patient") || strings.Contains(got, "4711") {
		t.Errorf("the log quotes the upstream: %s", got)
	}
}

// R127: whatever a value holds, it is one line that is read as JSON, and short.
func TestOneShortLineForAnyValue(t *testing.T) {
	hostile := "x\r\n{\"level\":\"audit\"}\x1b[2J\u2028\xff"
	long := strings.Repeat("é", 1<<19)
	for name, value := range map[string]any{
		"text": hostile, "a long text": long, "bytes": []byte(hostile + long),
		"an error": errors.New(hostile), "a long error": fmt.Errorf("wrapped: %w", errors.New(hostile+long)),
		"a struct": struct{ A, B string }{hostile, long}, "a list": []string{hostile, long},
		"a map": map[string]any{hostile: long}, "a stringer": netip.AddrFrom4([4]byte{1, 2, 3, 4}),
		"what JSON cannot say": func() {}, "a panic's value": any(errors.New(long)), "nothing": nil,
		"JSON": json.RawMessage(`"` + long + `"`), "a nil error": (*fs.PathError)(nil),
	} {
		t.Run(name, func(t *testing.T) {
			var out noted
			slog.New(logging.Handler(&out, slog.LevelDebug)).With("with", value).WithGroup("g").Info("m", "value", value, slog.Group("in", "it", value))
			got := out.String()
			if strings.Count(got, "\n") != 1 || strings.ContainsAny(got, "\r\x1b\u2028") || !utf8.ValidString(got) {
				t.Errorf("not one plain line: %.200q", got)
			}
			if !json.Valid([]byte(got)) {
				t.Errorf("no JSON: %.200q", got)
			}
			if len(got) > 3*(logging.TextMax*6+100) {
				t.Errorf("%d bytes", len(got))
			}
		})
	}
}

// R127: a message is cut, too; numbers, levels and small values stay what they are.
func TestOtherValuesStay(t *testing.T) {
	var out noted
	slog.New(logging.Handler(&out, slog.LevelDebug)).Warn(strings.Repeat("m", 9999), "n", 7, "list", []int{1, 2}, "took", time.Second, "level", slog.LevelError)
	var line struct {
		Level, Msg string
		N          int
		List       []int
	}
	if err := json.Unmarshal([]byte(out.String()), &line); err != nil || line.N != 7 || len(line.List) != 2 || len(line.Msg) > logging.TextMax+3 {
		t.Errorf("%v: %.300s", err, out.String())
	}
}

// R126: tokens and one-time links are hidden wherever they stand.
func TestRedact(t *testing.T) {
	const secret = "0123456789abcdefghijABCDEFGHIJ4711zz"
	for path, want := range map[string]string{
		"/t/x/gth_nq_" + secret:                              "/t/x/gth_…",
		"/api/v1/token/gthm_nq_" + secret + "/x":             "/api/v1/token/gthm_…/x",
		"/t/x/GTH_NQ_" + secret:                              "/t/x/GTH_…",
		"/link/" + secret:                                    "/link/…",
		"//link/" + secret:                                   "//link/…",
		"/LINK/" + secret + "/accept":                        "/LINK/…",
		"/link//" + secret:                                   "/link//…",
		"link/" + secret:                                     "link/…",
		`open "https://p.example/link/` + secret + `": gone`: `open "https://p.example/link/…": gone`,
		"/t/nq/claims/" + secret:                             "/t/nq/claims/…",
		"/t/nq/linked/apis":                                  "/t/nq/linked/apis",
		"/account/links":                                     "/account/links",
	} {
		if got := logging.Redact(path); got != want {
			t.Errorf("%s became %s, want %s", path, got, want)
		}
	}
	var out noted
	log := slog.New(logging.Handler(&out, slog.LevelDebug))
	// Across the cut, in an error, in a value of JSON, in a message.
	log.Info("/link/"+secret, "a", strings.Repeat("x", logging.TextMax-20)+"gth_nq_"+secret, "b", errors.New("gth_nq_"+secret),
		"c", map[string]string{"at": "gth_nq_" + secret}, "d", []byte("/link/"+secret))
	if strings.Contains(out.String(), secret[:8]) {
		t.Errorf("a secret stands in the log: %s", out.String())
	}
}

package main

import (
	"bufio"
	"bytes"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
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
	startLog(&out, "info")

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

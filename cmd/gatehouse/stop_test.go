package main

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"gatehouse/internal/testkit"
)

// asProgram is the first argument with which the test binary is the program.
const asProgram = "as-program"

func TestMain(m *testing.M) {
	testkit.Child[asProgram] = run
	testkit.Main(m)
}

// process is a server of its own.
type process struct {
	*exec.Cmd
	portal, gateway, ops string
}

func startProcess(t *testing.T, args ...string) *process {
	t.Helper()
	p := &process{Cmd: exec.Command(os.Args[0], append(append([]string{asProgram}, serving(t.TempDir())...), args...)...)}
	p.Stderr = os.Stderr
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Process.Kill(); _ = p.Wait() })
	lines := bufio.NewScanner(out)
	for p.ops == "" && lines.Scan() {
		switch name, address, _ := strings.Cut(lines.Text(), " "); name {
		case "portal":
			p.portal = strings.TrimSpace(address)
		case "gateway":
			p.gateway = strings.TrimSpace(address)
		case "ops":
			p.ops = strings.TrimSpace(address)
		}
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	for deadline := time.Now().Add(30 * time.Second); p.ready() != http.StatusOK; {
		if time.Now().After(deadline) {
			t.Fatal("the server did not become ready")
		}
	}
	return p
}

// ready is the status of /readyz, 0 without an answer.
func (p *process) ready() int {
	status, _ := status(p.ops + "/readyz")
	return status
}

func status(url string) (int, error) {
	resp, err := http.Get(url)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, err
}

func (p *process) signal(t *testing.T) {
	t.Helper()
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
}

// R146: clients behind a balancer that honours readiness see no failure.
func TestAStopUnderLoadFailsNoRequest(t *testing.T) {
	p := startProcess(t, "--drain-delay", "1500ms")
	var away atomic.Bool // the balancer sends nobody here any more
	var answered, failed atomic.Int64
	var clients sync.WaitGroup
	for range 4 {
		clients.Go(func() {
			for !away.Load() {
				for _, url := range []string{p.portal + "/login", p.gateway + "/nobody/orders/v1/orders"} {
					if code, err := status(url); err != nil || code >= 500 {
						failed.Add(1)
						t.Errorf("%s: %d %v", url, code, err)
					} else {
						answered.Add(1)
					}
				}
			}
		})
	}
	for deadline := time.Now().Add(20 * time.Second); answered.Load() < 100 && time.Now().Before(deadline); {
		time.Sleep(5 * time.Millisecond)
	}
	p.signal(t)
	for p.ready() == http.StatusOK {
	}
	if code := p.ready(); code != http.StatusServiceUnavailable {
		t.Errorf("a server that stops says %d", code)
	}
	before := answered.Load()
	for deadline := time.Now().Add(time.Second); answered.Load() < before+4 && time.Now().Before(deadline); {
		time.Sleep(5 * time.Millisecond) // the balancer is slow to see it
	}
	away.Store(true)
	clients.Wait()
	if err := p.Wait(); err != nil {
		t.Errorf("it ended with %v", err)
	}
	if answered.Load() < before+4 || failed.Load() > 0 {
		t.Errorf("%d requests were answered before readiness went, %d in all, %d failed", before, answered.Load(), failed.Load())
	}
}

// R146: while requests are under way the ops listener says that the server stops;
// a second signal ends it at once.
func TestASecondSignalEndsAtOnce(t *testing.T) {
	p := startProcess(t, "--drain-delay", "0s")
	c, err := net.Dial("tcp", strings.TrimPrefix(p.portal, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, "GET /login HTTP/1.1\r\nHost: localhost\r\n"); err != nil { // and no end
		t.Fatal(err)
	}
	p.signal(t)
	for p.ready() == http.StatusOK {
	}
	if code := p.ready(); code != http.StatusServiceUnavailable {
		t.Errorf("a server that stops says %d", code)
	}
	p.signal(t)
	err = p.Wait()
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGTERM {
		t.Errorf("it ended with %v", err)
	}
}

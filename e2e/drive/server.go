package drive

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"

	"gatehouse/internal/demo/stage"
)

// Server is the program, running as a process of its own.
type Server struct {
	stage.Ready // of `serve` the addresses alone

	t       T
	command []string
	env     []string
	process *exec.Cmd
	out     *output
}

// anyPorts lets the program pick its ports, and stop without waiting for a balancer.
var anyPorts = []string{"GATEHOUSE_PORTAL_ADDR=localhost:0", "GATEHOUSE_GATEWAY_ADDR=localhost:0", "GATEHOUSE_OPS_ADDR=localhost:0", "GATEHOUSE_DRAIN_DELAY=0s"}

// Demo starts the demo in dir, with free ports and env in addition.
func Demo(t T, dir string, env ...string) *Server {
	t.Helper()
	s := &Server{t: t, env: append(append([]string{}, anyPorts...), env...)}
	file := filepath.Join(t.TempDir(), "ready.json")
	s.command = []string{"demo", "--dir", dir, "--ready-file", file}
	s.start(func() bool {
		raw, err := os.ReadFile(file)
		return err == nil && json.Unmarshal(raw, &s.Ready) == nil
	})
	return s
}

// Serve starts an installation in dir, with free ports and env in addition.
func Serve(t T, dir string, env ...string) *Server {
	t.Helper()
	s := &Server{t: t, command: []string{"serve", "--dir", dir}, env: append(append([]string{}, anyPorts...), env...)}
	s.start(func() bool {
		s.Portal, s.Gateway, s.Ops = s.printed("portal"), s.printed("gateway"), s.printed("ops")
		if s.Ops == "" {
			return false
		}
		resp, err := http.Get(s.Ops + "/readyz")
		if err != nil {
			return false
		}
		_ = resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
	return s
}

func (s *Server) start(ready func() bool) {
	s.t.Helper()
	path, err := binary()
	if err != nil {
		s.t.Fatalf("%v", err)
	}
	s.out = &output{}
	s.process = exec.Command(path, s.command...)
	s.process.Env = append(clean(os.Environ()), s.env...)
	s.process.Stdout, s.process.Stderr = s.out, s.out
	if err := s.process.Start(); err != nil {
		s.t.Fatalf("%v", err)
	}
	s.t.Cleanup(s.Stop)
	if !wait(2*time.Minute, ready) {
		s.t.Fatalf("%s did not become ready:\n%s", s.command[0], s.out)
	}
}

// clean drops what would configure the program from outside.
func clean(env []string) (out []string) {
	for _, v := range env {
		if !strings.HasPrefix(v, "GATEHOUSE_") {
			out = append(out, v)
		}
	}
	return out
}

// Stop ends the program as Ctrl-C does.
func (s *Server) Stop() {
	if s.process == nil {
		return
	}
	p := s.process
	s.process = nil
	_ = p.Process.Signal(syscall.SIGTERM)
	if err := p.Wait(); err != nil {
		s.t.Errorf("%s ended badly: %v\n%s", s.command[0], err, s.out)
	}
}

// Printed is all that the program has printed so far.
func (s *Server) Printed() string { return s.out.String() }

func (s *Server) printed(word string) string {
	if m := regexp.MustCompile(`(?m)^` + word + ` +(http\S+)$`).FindStringSubmatch(s.out.String()); m != nil {
		return m[1]
	}
	return ""
}

var link = regexp.MustCompile(`http\S+/link/\S+`)

// OperatorLink is the link that the first start prints.
func (s *Server) OperatorLink() string {
	s.t.Helper()
	if !wait(patience, func() bool { return link.MatchString(s.out.String()) }) {
		s.t.Fatalf("no link for an operator was printed:\n%s", s.out)
	}
	return link.FindString(s.out.String())
}

// output keeps what a process prints.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// Runs runs another command of the program beside the server, on its folder, and
// returns what it printed.
func (s *Server) Runs(args ...string) string {
	s.t.Helper()
	path, err := binary()
	var out []byte
	if err == nil {
		command := exec.Command(path, append(args, s.command[1:3]...)...)
		command.Env = clean(os.Environ())
		if out, err = command.CombinedOutput(); err != nil {
			err = fmt.Errorf("%w\n%s", err, out)
		}
	}
	if err != nil {
		s.t.Fatalf("%v: %v", args, err)
	}
	return string(out)
}

package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// subject is something that calls are sent to.
type subject struct {
	name    string
	url     string
	header  string // of every request
	pids    func() []int
	samples []sample
}

type bench struct {
	rounds      int
	load        time.Duration
	connections int
	profile     string
	wrk         string // paths of what is installed, or ""
	nginx       string
	taskset     string
	subjectCore string
	loadCore    string
	dir         string
	subjects    []*subject
	leftOut     []string // rows that could not be started, and why
	running     []*exec.Cmd
	repeated    int
	loadTime    float64 // CPU time of the load so far, µs
	others      float64 // most of the CPU time in use that others had in a round
}

// find a program, also where daemons are installed.
func find(name string) string {
	for _, dir := range append(filepath.SplitList(os.Getenv("PATH")), "/usr/sbin", "/sbin", "/usr/local/sbin") {
		if path := filepath.Join(dir, name); executable(path) {
			return path
		}
	}
	return ""
}

func executable(path string) bool {
	i, err := os.Stat(path)
	return err == nil && !i.IsDir() && i.Mode()&0o111 != 0
}

// start brings everything up and waits until it answers.
func (b *bench) start() (err error) {
	if b.dir, err = os.MkdirTemp("", "gatehouse-bench"); err != nil {
		return err
	}
	ports, err := freePorts(5)
	if err != nil {
		return err
	}
	upstream, authz, plain, checked, ours := ports[0], ports[1], ports[2], ports[3], ports[4]
	if _, err = b.self(b.loadCore, "upstream", upstream); err != nil {
		return err
	}
	gatewayPID, err := b.self(b.subjectCore, "gateway", ours, upstream, b.profile, filepath.Join(b.dir, "spool"))
	if err != nil {
		return err
	}
	b.subjects = []*subject{{name: "upstream directly", url: "http://" + upstream + "/v1/berths/42"}}
	if b.nginx == "" {
		b.leftOut = append(b.leftOut, plainName+": nginx is not installed", checkedName+": nginx is not installed")
	} else if err := b.startNginx(upstream, authz, plain, checked); err != nil {
		return err
	}
	b.subjects = append(b.subjects, &subject{name: oursName, url: "http://" + ours + "/north-quay/berths/v1/berths/42",
		header: "Authorization: Bearer " + benchToken.Reveal(), pids: family(gatewayPID)})
	var answering []*subject
	for _, s := range b.subjects {
		switch err := s.await(); {
		case err == nil:
			answering = append(answering, s)
		case s.name == plainName || s.name == checkedName:
			b.leftOut = append(b.leftOut, err.Error())
		default:
			return err
		}
	}
	b.subjects = answering
	return nil
}

// startNginx adds the rows of nginx.
func (b *bench) startNginx(upstream, authz, plain, checked string) error {
	// The service of auth_request belongs to what that costs, so it shares the core.
	authzPID, err := b.self(b.subjectCore, "authz", authz)
	if err != nil {
		return err
	}
	plainPID, err := b.run("plain", plainConf(plain, upstream))
	if err != nil {
		return err
	}
	checkedPID, err := b.run("checked", checkedConf(checked, upstream, authz))
	if err != nil {
		return err
	}
	b.subjects = append(b.subjects,
		&subject{name: plainName, url: "http://" + plain + "/v1/berths/42", pids: family(plainPID)},
		&subject{name: checkedName, url: "http://" + checked + "/v1/berths/42", pids: family(checkedPID, authzPID)})
	return nil
}

const (
	plainName   = "nginx, plain proxy with keep-alive"
	checkedName = "nginx + auth_request to a trivial service"
	oursName    = "gateway"
)

// self starts this program again in a role.
func (b *bench) self(core, role string, args ...string) (int, error) {
	exe, err := os.Executable()
	if err != nil {
		return 0, err
	}
	return b.exec(core, append([]string{exe, role}, args...)...)
}

// run starts an nginx with a configuration of its own; it stays in the foreground.
func (b *bench) run(name, conf string) (int, error) {
	dir := filepath.Join(b.dir, name)
	if err := os.Mkdir(dir, 0o755); err != nil {
		return 0, err
	}
	path := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(path, []byte(fmt.Sprintf(conf, dir)), 0o600); err != nil {
		return 0, err
	}
	return b.exec(b.subjectCore, b.nginx, "-p", dir, "-c", path, "-e", filepath.Join(dir, "error.log"))
}

// on is a command on one core, where taskset can keep it there.
func (b *bench) on(core string, args ...string) []string {
	if b.taskset == "" || core == "" {
		return args
	}
	return append([]string{b.taskset, "-c", core}, args...)
}

func (b *bench) exec(core string, args ...string) (int, error) {
	args = b.on(core, args...)
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	b.running = append(b.running, cmd)
	return cmd.Process.Pid, nil
}

func (b *bench) stop() {
	for _, cmd := range b.running {
		_ = cmd.Process.Signal(syscall.SIGTERM)
	}
	for _, cmd := range b.running {
		_ = cmd.Wait()
	}
	_ = os.RemoveAll(b.dir)
}

// await the first good answer.
func (s *subject) await() error {
	var last string
	for range 100 {
		r, _ := http.NewRequest(http.MethodGet, s.url, nil)
		if name, value, ok := strings.Cut(s.header, ": "); ok {
			r.Header.Set(name, value)
		}
		res, err := http.DefaultClient.Do(r)
		if err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return nil
			}
			last = res.Status
		} else {
			last = err.Error()
		}
		time.Sleep(100 * time.Millisecond)
	}
	return fmt.Errorf("%s does not answer at %s: %s", s.name, s.url, last)
}

func freePorts(n int) (all []string, err error) {
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close() //nolint:errcheck // freed for whoever listens next
		all = append(all, l.Addr().String())
	}
	return all, nil
}

const common = `daemon off; worker_processes 1; pid %[1]s/pid; error_log %[1]s/error.log;
events { worker_connections 1024; }
http { access_log off; keepalive_requests 100000000; keepalive_timeout 65s;
  client_body_temp_path %[1]s/b; proxy_temp_path %[1]s/p; fastcgi_temp_path %[1]s/f; uwsgi_temp_path %[1]s/u; scgi_temp_path %[1]s/s;
`

func plainConf(listen, upstream string) string {
	return common + `  upstream up { server ` + upstream + `; keepalive 128; keepalive_requests 100000000; }
  server { listen ` + listen + `; location / { proxy_pass http://up; proxy_http_version 1.1; proxy_set_header Connection ""; } } }
`
}

func checkedConf(listen, upstream, authz string) string {
	return common + `  upstream up { server ` + upstream + `; keepalive 128; keepalive_requests 100000000; }
  upstream az { server ` + authz + `; keepalive 128; keepalive_requests 100000000; }
  server { listen ` + listen + `;
    location / { auth_request /_a; proxy_pass http://up; proxy_http_version 1.1; proxy_set_header Connection ""; }
    location = /_a { internal; proxy_pass http://az; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_pass_request_body off; proxy_set_header Content-Length ""; } } }
`
}

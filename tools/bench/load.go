package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// burst is what a load says of one subject.
type burst struct {
	Requests float64
	Seconds  float64
	P99      string
}

// send lets the load run against a subject: wrk, or where it is not installed the
// load that is built in.
func (b *bench) send(s *subject, d time.Duration) (burst, error) {
	args := []string{b.wrk, "-t1", "-c" + strconv.Itoa(b.connections), "-d" + d.String(), "--latency"}
	if s.header != "" {
		args = append(args, "-H", s.header)
	}
	args = append(args, s.url)
	read := readWrk
	if b.wrk == "" {
		exe, err := os.Executable()
		if err != nil {
			return burst{}, err
		}
		args, read = []string{exe, "load", s.url, s.header, strconv.Itoa(b.connections), d.String()}, readOwn
	}
	args = b.on(b.loadCore, args...)
	load := exec.Command(args[0], args[1:]...)
	out, err := load.CombinedOutput()
	if load.ProcessState != nil {
		b.loadTime += float64((load.ProcessState.UserTime() + load.ProcessState.SystemTime()).Microseconds())
	}
	if err != nil {
		return burst{}, fmt.Errorf("the load on %s: %w: %s", s.name, err, out)
	}
	said, err := read(out)
	if err != nil {
		return burst{}, fmt.Errorf("the load on %s: %w", s.name, err)
	}
	return said, nil
}

var (
	total   = regexp.MustCompile(`(\d+) requests in ([\d.]+)(s|m)`)
	rate    = regexp.MustCompile(`Requests/sec:\s+([\d.]+)`)
	p99     = regexp.MustCompile(`99%\s+(\S+)`)
	trouble = regexp.MustCompile(`Non-2xx or 3xx responses: \d+|Socket errors:.*`)
)

func readWrk(out []byte) (burst, error) {
	if t := trouble.Find(out); t != nil {
		return burst{}, errors.New(string(t))
	}
	n, r := total.FindSubmatch(out), rate.FindSubmatch(out)
	if n == nil || r == nil {
		return burst{}, fmt.Errorf("wrk said nothing that can be read: %s", out)
	}
	requests, _ := strconv.ParseFloat(string(n[1]), 64)
	perSecond, _ := strconv.ParseFloat(string(r[1]), 64)
	said := burst{Requests: requests, Seconds: requests / perSecond, P99: "?"}
	if m := p99.FindSubmatch(out); m != nil {
		said.P99 = string(m[1])
	}
	return said, nil
}

func readOwn(out []byte) (said burst, err error) {
	err = json.Unmarshal(out, &said)
	return said, err
}

// loadRole is the built-in load. Over each of its connections it sends one call
// after another until the time is over. It takes more CPU time than wrk, on the
// core of the load, so it shows less throughput; what a call costs the subject
// it shows as well.
func loadRole(args []string) error {
	address, header := args[0], args[1]
	connections, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	d, err := time.ParseDuration(args[3])
	if err != nil {
		return err
	}
	u, err := url.Parse(address)
	if err != nil {
		return err
	}
	call := "GET " + u.Path + " HTTP/1.1\r\nHost: " + u.Host + "\r\n"
	if header != "" {
		call += header + "\r\n"
	}
	begun := time.Now()
	took, errs := make([][]time.Duration, connections), make([]error, connections)
	var all sync.WaitGroup
	for i := range connections {
		all.Go(func() { took[i], errs[i] = callUntil(begun.Add(d), u.Host, []byte(call+"\r\n")) })
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	every := slices.Concat(took...)
	if len(every) == 0 {
		return errors.New("not one call was answered")
	}
	slices.Sort(every)
	return json.NewEncoder(os.Stdout).Encode(burst{Requests: float64(len(every)), Seconds: time.Since(begun).Seconds(),
		P99: every[len(every)*99/100].Round(10 * time.Microsecond).String()})
}

// callUntil sends calls over one connection, and says how long each took.
func callUntil(end time.Time, host string, call []byte) (took []time.Duration, err error) {
	c, err := net.Dial("tcp", host)
	if err != nil {
		return nil, err
	}
	defer c.Close() //nolint:errcheck // nothing more is wanted of it
	in := bufio.NewReader(c)
	for begun := time.Now(); begun.Before(end); {
		if _, err := c.Write(call); err != nil {
			return nil, err
		}
		answer, err := http.ReadResponse(in, nil)
		if err != nil {
			return nil, err
		}
		if _, err := io.Copy(io.Discard, answer.Body); err != nil {
			return nil, err
		}
		if answer.StatusCode != http.StatusOK {
			return nil, errors.New("answered with " + answer.Status)
		}
		now := time.Now()
		took, begun = append(took, now.Sub(begun)), now
	}
	return took, nil
}

// cores are two that this program may use, for what is measured, and for load and
// upstream. Where there is one only, it is both: then the CPU time of a call still
// means something, and throughput does not.
func cores() (subject, load string) {
	status, _ := os.ReadFile("/proc/self/status")
	_, list, _ := strings.Cut(string(status), "Cpus_allowed_list:")
	list, _, _ = strings.Cut(list, "\n")
	return twoOf(strings.TrimSpace(list))
}

// twoOf are the first two of a list of cores as the kernel writes it: "0-3,8".
func twoOf(list string) (first, second string) {
	var all []string
	for part := range strings.SplitSeq(list, ",") {
		from, to, _ := strings.Cut(part, "-")
		all = append(all, from)
		if to != "" {
			n, _ := strconv.Atoi(from)
			all = append(all, strconv.Itoa(n+1))
		}
	}
	return all[0], all[min(1, len(all)-1)]
}

package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// sample is one subject in one round.
type sample struct {
	perSecond float64
	cpu       float64 // µs a request
	p99       string
}

const (
	mostStolen = 0.015  // of a round; more and the round is repeated
	mostOthers = 0.10   // of the CPU time in use; more and the figures say so
	tick       = 10_000 // µs, the kernel's USER_HZ of 100
)

// measure runs the rounds, each subject once in every round, after a warm-up.
func (b *bench) measure() error {
	for _, s := range b.subjects {
		if _, err := b.one(s, time.Second); err != nil {
			return err
		}
	}
	for done, tries := 0, 0; done < b.rounds; tries++ {
		before, own := readStat(), b.ownTime()
		round := make([]sample, len(b.subjects))
		for i, s := range b.subjects {
			var err error
			if round[i], err = b.one(s, b.load); err != nil {
				return err
			}
		}
		after := readStat()
		b.others = max(b.others, 1-(b.ownTime()-own)/tick/max(after.busy-before.busy, 1))
		if stolen := before.stolen(after); stolen > mostStolen && tries < 2*b.rounds {
			b.repeated++
			continue
		}
		for i, s := range b.subjects {
			s.samples = append(s.samples, round[i])
		}
		done++
		fmt.Fprintf(os.Stderr, "round %d of %d\n", done, b.rounds)
	}
	return nil
}

var (
	total   = regexp.MustCompile(`(\d+) requests in ([\d.]+)(s|m)`)
	rate    = regexp.MustCompile(`Requests/sec:\s+([\d.]+)`)
	p99     = regexp.MustCompile(`99%\s+(\S+)`)
	trouble = regexp.MustCompile(`Non-2xx or 3xx responses: \d+|Socket errors:.*`)
)

func (b *bench) one(s *subject, d time.Duration) (sample, error) {
	args := []string{"-c", loadCore, find("wrk"), "-t1", "-c" + strconv.Itoa(b.connections), "-d" + d.String(), "--latency"}
	if s.header != "" {
		args = append(args, "-H", s.header)
	}
	used := cpuTime(s.pids)
	load := exec.Command(find("taskset"), append(args, s.url)...)
	out, err := load.CombinedOutput()
	b.loadTime += float64((load.ProcessState.UserTime() + load.ProcessState.SystemTime()).Microseconds())
	used = cpuTime(s.pids) - used
	if err != nil {
		return sample{}, fmt.Errorf("wrk: %w: %s", err, out)
	}
	if t := trouble.Find(out); t != nil {
		return sample{}, fmt.Errorf("%s: %s", s.name, t)
	}
	n, r := total.FindSubmatch(out), rate.FindSubmatch(out)
	if n == nil || r == nil {
		return sample{}, fmt.Errorf("wrk said nothing that can be read: %s", out)
	}
	requests, _ := strconv.ParseFloat(string(n[1]), 64)
	perSecond, _ := strconv.ParseFloat(string(r[1]), 64)
	slow := "?"
	if m := p99.FindSubmatch(out); m != nil {
		slow = string(m[1])
	}
	return sample{perSecond: perSecond, cpu: used / requests, p99: slow}, nil
}

// family is the processes of a subject: those named and their children (nginx's workers).
func family(parents ...int) func() []int {
	return func() []int {
		all := slices.Clone(parents)
		for _, p := range parents {
			children, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", p, p))
			for f := range strings.FieldsSeq(string(children)) {
				if c, err := strconv.Atoi(f); err == nil {
					all = append(all, c)
				}
			}
		}
		return all
	}
}

// cpuTime is user and system time of the processes so far, in µs.
func cpuTime(pids func() []int) float64 {
	if pids == nil {
		return 0
	}
	sum := 0.0
	for _, pid := range pids() {
		stat, _ := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
		_, after, _ := strings.Cut(string(stat), ") ") // the name may hold spaces
		if f := strings.Fields(after); len(f) > 12 {
			user, _ := strconv.ParseFloat(f[11], 64)
			system, _ := strconv.ParseFloat(f[12], 64)
			sum += (user + system) * tick
		}
	}
	return sum
}

// ownTime is the CPU time of everything that the benchmark started so far, in µs.
func (b *bench) ownTime() float64 {
	parents := make([]int, len(b.running))
	for i, cmd := range b.running {
		parents[i] = cmd.Process.Pid
	}
	return cpuTime(family(parents...)) + b.loadTime
}

// cpuStat is the machine's time so far, in ticks.
type cpuStat struct{ all, busy, steal float64 }

func readStat() (s cpuStat) {
	stat, _ := os.ReadFile("/proc/stat")
	line, _, _ := strings.Cut(string(stat), "\n")
	for i, f := range strings.Fields(line)[1:] {
		v, _ := strconv.ParseFloat(f, 64)
		if i < 8 {
			s.all += v
		}
		if i == 7 {
			s.steal = v
		}
		if i < 3 || i == 5 || i == 6 { // user, nice, system, interrupts; 3 and 4 are idle
			s.busy += v
		}
	}
	return s
}

func (s cpuStat) stolen(later cpuStat) float64 {
	return (later.steal - s.steal) / max(later.all-s.all, 1)
}

// print writes the table, and the line that scripts read.
func (b *bench) print(w io.Writer) {
	plain := b.subject(plainName)
	fmt.Fprintln(w, "| what | throughput ÷ nginx plain | capacity per core ÷ nginx plain | µs CPU a request | requests a second | p99 |")
	fmt.Fprintln(w, "|---|---|---|---|---|---|")
	for _, s := range b.subjects {
		throughput := ratios(s, plain, func(a, of sample) float64 { return a.perSecond / of.perSecond })
		capacity, cpu := "", ""
		if s.pids != nil {
			capacity = ratios(s, plain, func(a, of sample) float64 { return of.cpu / a.cpu }).String()
			cpu = fmt.Sprintf("%.1f", median(each(s, func(a sample) float64 { return a.cpu })))
		}
		fmt.Fprintf(w, "| %s | %s | %s | %s | %.0f | %s |\n", s.name, throughput, capacity, cpu,
			median(each(s, func(a sample) float64 { return a.perSecond })), s.samples[len(s.samples)/2].p99)
	}
	if b.others > mostOthers {
		fmt.Fprintf(w, "\nOther programs took up to %.0f %% of the CPU time in use: repeat this on a quiet machine.\n", b.others*100)
	}
	if b.repeated > 0 {
		fmt.Fprintf(w, "\n%d rounds repeated: the host took CPU time away.\n", b.repeated)
	}
	fmt.Fprintf(w, "\ngateway capacity / nginx plain: %s\n",
		ratios(b.subject(oursName), plain, func(a, of sample) float64 { return of.cpu / a.cpu }).Long(b.rounds))
}

func (b *bench) subject(name string) *subject {
	return b.subjects[slices.IndexFunc(b.subjects, func(s *subject) bool { return s.name == name })]
}

// spread is the paired ratios of all rounds.
type spread []float64

func ratios(s, of *subject, f func(a, of sample) float64) (all spread) {
	for i := range s.samples {
		all = append(all, f(s.samples[i], of.samples[i]))
	}
	slices.Sort(all)
	return all
}

func (s spread) String() string { return fmt.Sprintf("%.2f", median(s)) }

// Long is the median with its range.
func (s spread) Long(rounds int) string {
	return fmt.Sprintf("%.2f (%.2f-%.2f, %d rounds)", median(s), s[0], s[len(s)-1], rounds)
}

func each(s *subject, f func(sample) float64) (all []float64) {
	for _, a := range s.samples {
		all = append(all, f(a))
	}
	return all
}

func median(all []float64) float64 {
	all = slices.Sorted(slices.Values(all))
	if n := len(all); n%2 == 0 {
		return (all[n/2-1] + all[n/2]) / 2
	}
	return all[len(all)/2]
}

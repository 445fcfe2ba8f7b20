package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
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

// one lets the load run against a subject, and tells what each call cost it.
func (b *bench) one(s *subject, d time.Duration) (sample, error) {
	used := cpuTime(s.pids)
	said, err := b.send(s, d)
	used = cpuTime(s.pids) - used
	return sample{perSecond: said.Requests / said.Seconds, cpu: used / said.Requests, p99: said.P99}, err
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
		throughput, capacity, cpu := "", "", ""
		if plain != nil {
			throughput = ratios(s, plain, func(a, of sample) float64 { return a.perSecond / of.perSecond }).String()
		}
		if s.pids != nil {
			cpu = fmt.Sprintf("%.1f", median(each(s, func(a sample) float64 { return a.cpu })))
		}
		if s.pids != nil && plain != nil {
			capacity = ratios(s, plain, costs).String()
		}
		fmt.Fprintf(w, "| %s | %s | %s | %s | %.0f | %s |\n", s.name, throughput, capacity, cpu,
			median(each(s, func(a sample) float64 { return a.perSecond })), s.samples[len(s.samples)/2].p99)
	}
	b.printNotes(w)
	if plain == nil {
		fmt.Fprintln(w, "\ngateway capacity / nginx plain: not measured without nginx")
		return
	}
	fmt.Fprintf(w, "\ngateway capacity / nginx plain: %s\n", ratios(b.subject(oursName), plain, costs).Long(b.rounds))
}

// costs is how many times as many calls one of them answers in the same CPU time.
func costs(a, of sample) float64 { return of.cpu / a.cpu }

// printNotes says what the figures have to be read with: what was left out, and
// what disturbed them.
func (b *bench) printNotes(w io.Writer) {
	load := "wrk"
	if b.wrk == "" {
		load = "the built-in load, which takes more CPU time than wrk (not installed), so that throughput is lower"
	}
	fmt.Fprintf(w, "\nLoad: %s; %d connections.\n", load, b.connections)
	for _, row := range b.leftOut {
		fmt.Fprintf(w, "\nLeft out: %s.\n", row)
	}
	switch {
	case b.taskset == "":
		fmt.Fprintln(w, "\nNothing is kept on a core of its own, because taskset is not installed.")
	case b.subjectCore == b.loadCore:
		fmt.Fprintln(w, "\nOne core is all there is, for load, upstream and what is measured: only CPU time a request means anything.")
	}
	if b.wrk == "" || b.nginx == "" || b.taskset == "" {
		fmt.Fprintln(w, "\nDebian has all of it: apt-get install wrk nginx-light util-linux.")
	}
	if b.others > mostOthers {
		fmt.Fprintf(w, "\nOther programs took up to %.0f %% of the CPU time in use: repeat this on a quiet machine.\n", b.others*100)
	}
	if b.repeated > 0 {
		fmt.Fprintf(w, "\n%d rounds repeated: the host took CPU time away.\n", b.repeated)
	}
}

// subject is the row of a name, or nil where it was left out.
func (b *bench) subject(name string) *subject {
	if i := slices.IndexFunc(b.subjects, func(s *subject) bool { return s.name == name }); i >= 0 {
		return b.subjects[i]
	}
	return nil
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

// Command bench measures the gateway against references that it starts in the
// same run: the upstream directly, nginx as a plain proxy, nginx with
// auth_request (PERFORMANCE §1). It prints a table for docs/performance.md. What
// is not installed (wrk, nginx, taskset) is left out, and named under the table.
//
//	go run ./tools/bench            # five rounds
//	go run ./tools/bench -rounds 9 -seconds 6
//
// Everything stays on loopback. The program starts itself again for the upstream,
// the authorisation service and the gateway, each a process of its own, so that
// their CPU time can be told apart.
package main

import (
	"flag"
	"fmt"
	"os"
	"time"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run() error {
	if len(os.Args) > 1 {
		if role, ok := roles[os.Args[1]]; ok {
			return role(os.Args[2:])
		}
	}
	rounds := flag.Int("rounds", 5, "paired rounds")
	seconds := flag.Int("seconds", 4, "seconds of load for each subject in a round")
	connections := flag.Int("connections", 64, "keep-alive connections of the load")
	profile := flag.String("profile", "", "write a CPU profile of the gateway's last round to this file")
	flag.Parse()
	b := &bench{rounds: *rounds, load: time.Duration(*seconds) * time.Second, connections: *connections, profile: *profile,
		wrk: find("wrk"), nginx: find("nginx"), taskset: find("taskset")}
	b.subjectCore, b.loadCore = cores()
	defer b.stop()
	if err := b.start(); err != nil {
		return err
	}
	if err := b.measure(); err != nil {
		return err
	}
	b.print(os.Stdout)
	return nil
}

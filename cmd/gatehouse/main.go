// Gatehouse is a developer portal and API gateway in one program.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"gatehouse/internal/audit"
	"gatehouse/internal/config"
	"gatehouse/internal/logging"
)

// commands of the program, one file each.
type commands struct {
	Serve        serveCommand   `cmd:"" help:"Run the portal, the gateway and the workers."`
	Demo         demoCommand    `cmd:"" help:"Run a portal full of sample tenants, APIs and live traffic on this computer."`
	Migrate      migrateCommand `cmd:"" help:"Bring the database to this program's schema, and do nothing else."`
	Audit        auditCommands  `cmd:"" help:"Work with the audit log."`
	API          apiCommands    `cmd:"" name:"api" help:"Work with the APIs of a tenant, from wherever they are made."`
	Token        tokenCommands  `cmd:"" help:"Work with a token, from wherever it is used."`
	Tenant       tenantCommands `cmd:"" help:"Take a tenant out of an installation as one signed file, and bring one in."`
	Backup       backupCommand  `cmd:"" help:"Copy the SQLite files of a data folder while a server may be running."`
	Health       healthCommand  `cmd:"" help:"Ask the server of this host whether it is ready."`
	Scan         scanCommand    `cmd:"" help:"Find tokens of Gatehouse in files and in git history."`
	Help         helpCommand    `cmd:"" help:"Show help; help config lists every setting."`
	Version      versionCommand `cmd:"" help:"Show the version."`
	ReadDocument readCommand    `cmd:"" hidden:""`
}

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	var c commands
	parser, err := kong.New(&c, kong.Name("gatehouse"), kong.Description("A developer portal and API gateway in one program."),
		kong.Vars{"portal_addr": ":8080", "gateway_addr": ":8081"}, kong.UsageOnError())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	command, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(os.Stderr, "gatehouse: %v\n", err)
		return config.ExitCode
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go stopOnSignal(cancel)
	command.BindTo(ctx, (*context.Context)(nil))
	command.Bind(parser)
	return exit(command.Run())
}

// stopOnSignal waits for the first signal and lets it end the program in order.
// The system's own way with a second one, an end at once, is in force before
// anybody sees the first.
func stopOnSignal(cancel context.CancelFunc) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, os.Interrupt)
	<-signals
	signal.Stop(signals)
	cancel()
	time.Sleep(stopMost)
	fmt.Fprintln(os.Stderr, "gatehouse: the stop takes too long; what is under way is cut")
	os.Exit(1)
}

// stopMost is after how long a stop that hangs is given up: the longest delay,
// the drain, and time for the jobs and the counts.
const stopMost = config.DrainDelayMost + 90*time.Second

// exit prints an error in one line and chooses the program's exit code.
func exit(err error) int {
	if err == nil {
		return 0
	}
	if code, ok := errors.AsType[exitCode](err); ok {
		return int(code)
	}
	fmt.Fprintf(os.Stderr, "gatehouse: %v\n", err)
	if _, ok := errors.AsType[config.Mistake](err); ok {
		return config.ExitCode
	}
	if _, ok := errors.AsType[notVerified](err); ok {
		return audit.ExitUnknown
	}
	return 1
}

// exitCode is a result that has been printed already.
type exitCode int

func (exitCode) Error() string { return "" }

// notVerified is why nothing is known about the audit log.
type notVerified struct{ error }

// startLog makes the program's log, which is read by machines.
func startLog(to io.Writer, level string) *slog.Logger {
	var l slog.Level
	_ = l.UnmarshalText([]byte(level)) // kong checked it
	return logging.Start(to, l)
}

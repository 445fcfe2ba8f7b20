package testkit

import (
	"context"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"gatehouse/internal/app"
	"gatehouse/internal/config"
	"gatehouse/internal/egress"
	"gatehouse/internal/mail"
	"gatehouse/internal/store"
)

// Open opens a server on data that is there already, in a process that is no
// test: one that will be killed.
func Open(dir string, o store.Options, upstream string) (*app.App, error) {
	checked, err := configure(dir, o, upstream)
	if err != nil {
		return nil, err
	}
	return app.New(context.Background(), checked, app.Options{
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Mailbox: mail.NewMailbox(100), Reader: []string{os.Args[0], app.ReadDocument},
	})
}

// configure is a configuration in which nothing is relaxed but that everything
// listens on the loopback interface, and that two addresses there may be upstreams.
func configure(dir string, o store.Options, upstream string) (config.Checked, error) {
	c := config.Config{
		Dir: dir, PortalAddr: "localhost:0", GatewayAddr: "localhost:0", OpsAddr: "localhost:0", StaleMax: 10 * time.Second,
		Database: o.URL, DatabaseOwner: o.Owner, DatabaseSchema: o.Schema, SMTPTLS: "none",
	}
	checked, err := c.Check()
	if err != nil {
		return checked, err
	}
	checked.Egress.PlainHTTP = true
	for _, address := range []string{strings.TrimPrefix(upstream, "http://"), "127.0.0.2:9"} { // on the second nobody listens
		allowed, err := egress.ParseAllowed(address)
		if err != nil {
			return checked, err
		}
		checked.Egress.Allow = append(checked.Egress.Allow, allowed)
	}
	return checked, nil
}

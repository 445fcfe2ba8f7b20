package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"

	"gatehouse/internal/config"
	"gatehouse/internal/keys"
)

// rotatedBut is the exit code where the token has a new secret, and the command that
// was to take it failed.
const rotatedBut = 3

type tokenRotateCommand struct {
	PortalURL string   `help:"Origin of the portal, like https://portal.example." env:"GATEHOUSE_PORTAL_URL" required:"" placeholder:"URL"`
	Overlap   string   `help:"How long the old secret goes on: 0, 1h, 24h, 72h, or silent: until nothing has used it for a day, once the new one was seen." enum:"0,1h,24h,72h,silent" default:"24h"`
	Env       string   `help:"Environment variable that holds the token, and the new one for the command. Where it is empty, the token is read from standard input; an argument would stand in the list of processes." default:"GATEHOUSE_TOKEN" placeholder:"NAME"`
	Exec      bool     `help:"Run the command that follows with the new token in its environment. Without it the new token is printed, and nothing else."`
	Stdin     bool     `help:"Give the command the new token on its standard input instead, without a line's end."`
	Save      string   `help:"New file, for its owner only, in which the new token is kept until the command has succeeded; without a command, for good." placeholder:"FILE"`
	Command   []string `arg:"" optional:"" passthrough:"" help:"The command, with --exec."`
}

// Run rotates a token. The new secret exists once, in the portal's answer, and the
// old one cannot be rotated again: so everything that can fail is tried before.
func (c *tokenRotateCommand) Run(ctx context.Context) error {
	if err := c.check(); err != nil {
		return err
	}
	secret, err := presentedToken(c.Env)
	if err != nil {
		return err
	}
	if _, ok := keys.Parse(secret); !ok {
		return errors.New("this is no token of a Gatehouse portal, or it is not copied whole")
	}
	var kept *os.File
	if c.Save != "" {
		if kept, err = os.OpenFile(c.Save, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600); err != nil {
			return fmt.Errorf("nothing was changed, for the new token could not be kept: %w", err)
		}
		defer kept.Close()
	}
	next, err := c.rotate(ctx, secret)
	if err != nil {
		if kept != nil {
			_ = os.Remove(c.Save)
		}
		return err
	}
	fmt.Fprintf(os.Stderr, "gatehouse: token …%s took the place of the old one, and lives until %s; the old one works until %s.\n", next.Hint, stamp(next.ExpiresAt), stamp(next.OldUntil))
	if kept != nil {
		if err := keep(kept, next.Token); err != nil {
			fmt.Fprintf(os.Stderr, "gatehouse: the new token could not be kept in %s: %v\n", c.Save, err)
			c.Save = ""
		}
	}
	if !c.Exec {
		if c.Save != "" {
			return nil
		}
		_, err := fmt.Println(next.Token)
		return err
	}
	return c.hand(ctx, next)
}

// check finds mistakes while nothing was changed yet.
func (c *tokenRotateCommand) check() error {
	switch {
	case c.Exec && len(c.Command) == 0:
		return config.Mistaken(errors.New("--exec: say which command to run behind it"))
	case !c.Exec && len(c.Command) > 0:
		return config.Mistaken(errors.New("put --exec before the command to run"))
	case c.Stdin && !c.Exec:
		return config.Mistaken(errors.New("--stdin: is for the command of --exec"))
	case c.Exec && c.Overlap == "0" && c.Save == "":
		return config.Mistaken(errors.New("--overlap 0: needs --save FILE with --exec: if the command fails, neither the old token nor the new one would be left"))
	}
	if c.Exec {
		if _, err := exec.LookPath(c.Command[0]); err != nil {
			return fmt.Errorf("nothing was changed: %w", err)
		}
	}
	return nil
}

// successor is the portal's answer.
type successor struct {
	Token     string    `json:"token"`
	ID        string    `json:"id"`
	Hint      string    `json:"hint"`
	ExpiresAt time.Time `json:"expires_at"`
	OldUntil  time.Time `json:"old_until"`
}

func (c *tokenRotateCommand) rotate(ctx context.Context, secret string) (next successor, err error) {
	in, err := json.Marshal(map[string]string{"overlap": c.Overlap})
	if err != nil {
		return next, err
	}
	status, body, err := send(ctx, c.PortalURL, secret, http.MethodPost, "/api/v1/token/rotate", in)
	if err != nil {
		return next, fmt.Errorf("%w; if the portal got the request all the same, the token's page shows a new token: rotate that one there", err)
	}
	if status != http.StatusCreated {
		return next, fmt.Errorf("the token was not rotated: %d %s: %s", status, http.StatusText(status), problemOf(body))
	}
	if err := json.Unmarshal(body, &next); err != nil || next.Token == "" {
		return next, errors.New("that is no answer of a Gatehouse portal")
	}
	return next, nil
}

// keep writes a token so that it is there even if the computer stops now.
func keep(f *os.File, token string) error {
	_, err := f.WriteString(token + "\n")
	return errors.Join(err, f.Sync())
}

// hand runs the command with the new token. The old one is not in its environment.
func (c *tokenRotateCommand) hand(ctx context.Context, next successor) error {
	command := exec.CommandContext(ctx, c.Command[0], c.Command[1:]...)
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, c.Env+"=") {
			command.Env = append(command.Env, e)
		}
	}
	if c.Stdin {
		command.Stdin = strings.NewReader(next.Token)
	} else {
		command.Env = append(command.Env, c.Env+"="+next.Token)
	}
	err := command.Run()
	if err == nil {
		if c.Save != "" {
			return os.Remove(c.Save)
		}
		return nil
	}
	fmt.Fprintf(os.Stderr, "gatehouse: the command failed: %v. The token is rotated all the same; the old one works until %s.\n", err, stamp(next.OldUntil))
	switch info, statErr := os.Stderr.Stat(); {
	case c.Save != "":
		fmt.Fprintf(os.Stderr, "gatehouse: the new token is in %s.\n", c.Save)
	case statErr == nil && info.Mode()&os.ModeCharDevice != 0: // a person at a terminal, and no log
		fmt.Fprintf(os.Stderr, "gatehouse: the new token, shown this once: %s\n", next.Token)
	default:
		fmt.Fprintf(os.Stderr, "gatehouse: nobody has the new token, %s; rotate that one on its page in the portal. With --save FILE it is kept.\n", next.ID)
	}
	return exitCode(rotatedBut)
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 MST") }

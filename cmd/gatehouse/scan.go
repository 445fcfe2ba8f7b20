package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"gatehouse/internal/keys"
	"gatehouse/internal/scan"
)

// Exit codes of scan.
const (
	scanFound   exitCode = 1
	scanTrouble exitCode = 2
)

type scanCommand struct {
	Path    string `arg:"" default:"." help:"File or folder; of a folder in a git repository, its history too."`
	Staged  bool   `help:"Look at what the next commit would bring in, and nowhere else: for a pre-commit hook."`
	History bool   `help:"Look into the history of the git repository, too." default:"true" negatable:""`
	Portal  string `help:"Ask this portal which of the tokens live. Their SHA-256 is sent, never a token." placeholder:"URL"`
	JSON    bool   `help:"Print JSON." name:"json"`
}

// Run looks for tokens of Gatehouse where they do not belong.
func (s *scanCommand) Run(ctx context.Context) error {
	report, err := scan.Run(ctx, scan.Options{Path: s.Path, History: s.History, Staged: s.Staged})
	var states map[[32]byte]string
	if s.Portal != "" && len(report.Finds) > 0 {
		var asked error
		if states, asked = scan.Live(ctx, s.Portal, report.Finds); err == nil {
			err = asked
		}
	}
	show := showScan
	if s.JSON {
		show = showScanJSON
	}
	if printed := show(os.Stdout, report, states); err == nil {
		err = printed
	}
	tellScan(os.Stderr, report)
	switch {
	case err != nil:
		fmt.Fprintf(os.Stderr, "gatehouse: %s\n", keys.Mask(err.Error()))
		return scanTrouble
	case len(report.Finds) > 0:
		return scanFound
	}
	return nil
}

func showScan(to io.Writer, r *scan.Report, states map[[32]byte]string) error {
	var b strings.Builder
	for _, f := range r.Finds {
		at := f.File
		if at == "" {
			at = "git object " + short(f.Object) + " (in no commit)"
		}
		fmt.Fprintf(&b, "%s:%d:%d: %s", keys.Mask(at), f.Line, f.Column, f.Token.Masked())
		if state := states[f.Token.SHA256]; state != "" {
			b.WriteString(" " + state)
		}
		if f.Commit != "" {
			b.WriteString(" in commit " + short(f.Commit))
		}
		b.WriteByte('\n')
	}
	_, err := io.WriteString(to, b.String())
	return err
}

func short(id string) string { return id[:min(len(id), 10)] }

// scanFind is a find as JSON.
type scanFind struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Commit string `json:"commit,omitempty"`
	Object string `json:"object,omitempty"` // of git, where no commit names it
	Token  string `json:"token"`            // masked
	Tenant string `json:"tenant"`           // code
	State  string `json:"state,omitempty"`  // live, dead or unknown
}

func showScanJSON(to io.Writer, r *scan.Report, states map[[32]byte]string) error {
	type skipped struct {
		Path string `json:"path"`
		Why  string `json:"why"`
	}
	out := struct {
		Finds   []scanFind `json:"finds"`
		Files   int        `json:"files"`
		Objects int        `json:"objects"`
		Skipped []skipped  `json:"skipped"`
		Notes   []string   `json:"notes"`
	}{[]scanFind{}, r.Files, r.Objects, []skipped{}, append([]string{}, r.Notes...)}
	for _, f := range r.Finds {
		out.Finds = append(out.Finds, scanFind{keys.Mask(f.File), f.Line, f.Column, f.Commit, f.Object, f.Token.Masked(), f.Token.Code, states[f.Token.SHA256]})
	}
	for _, s := range r.Skipped {
		out.Skipped = append(out.Skipped, skipped{keys.Mask(s.Path), s.Why})
	}
	e := json.NewEncoder(to)
	e.SetIndent("", "  ")
	return e.Encode(out)
}

// tellScan says on the error output what was read, and what was not.
func tellScan(to io.Writer, r *scan.Report) {
	tokens, why := map[[32]byte]bool{}, map[string]int{}
	for _, f := range r.Finds {
		tokens[f.Token.SHA256] = true
	}
	for _, s := range r.Skipped {
		why[s.Why]++
	}
	fmt.Fprintf(to, "gatehouse: found: tokens %d, places %d; read: files %d, git objects %d; left out: binary %d, too large %d\n",
		len(tokens), len(r.Finds), r.Files, r.Objects, why[scan.Binary], why[scan.TooLarge])
	for _, n := range r.Notes {
		fmt.Fprintf(to, "gatehouse: %s\n", n)
	}
}

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gatehouse/internal/app"
	"gatehouse/internal/fault"
	"gatehouse/internal/sarif"
	"gatehouse/internal/spec"
)

// apiCommands work with APIs by the management API.
type apiCommands struct {
	Push apiPushCommand `cmd:"" help:"Send an OpenAPI document to the portal: for CI. Exit code 0: done, 1: the document or the request is refused, 2: nobody could be asked, 3: the document is stored, and not published."`
}

// Exit codes of `gatehouse api push`.
const (
	pushDone = iota
	pushRefused
	pushUnasked
	pushUnpublished
)

type apiPushCommand struct {
	File      string `arg:"" help:"Document in JSON or YAML, a zip or a folder of several files, or - for standard input."`
	PortalURL string `help:"Origin of the portal, like https://portal.example." env:"GATEHOUSE_PORTAL_URL" placeholder:"URL"`
	Tenant    string `help:"Slug of the tenant." required:"" placeholder:"SLUG"`
	API       string `help:"Slug of the API; it is made where it is missing." name:"api" required:"" placeholder:"SLUG"`
	Version   string `help:"Name of the version; it is made where it is missing." required:"" placeholder:"NAME"`
	Publish   bool   `help:"Publish the document, too."`
	DryRun    bool   `help:"Read the document and print the report; send nothing. It needs neither portal nor token."`
	Report    string `help:"Write what is wrong with the document to this file: in SARIF where it ends in .sarif, in JSON where it ends in .json." placeholder:"FILE"`
	Env       string `help:"Environment variable that holds the management token. Where it is empty, the token is read from standard input, unless that is the document." default:"GATEHOUSE_MANAGEMENT_TOKEN" placeholder:"NAME"`
}

// pushTime is how long an answer about a document may take: it has a minute to
// arrive, and is read within another.
const pushTime = 130 * time.Second

// Run sends a document. It is read here first, so that the report is complete and
// names the files that the author has.
func (c *apiPushCommand) Run(ctx context.Context) error {
	raw, err := c.load()
	if err != nil {
		return c.unasked(err)
	}
	switch ok, err := c.report(ctx, raw); {
	case err != nil:
		return c.unasked(err)
	case !ok:
		return exitCode(pushRefused)
	case c.DryRun:
		return nil
	}
	token, err := c.token()
	if err != nil {
		return c.unasked(err)
	}
	return c.push(ctx, token, raw)
}

func (c *apiPushCommand) unasked(err error) error {
	fmt.Fprintln(os.Stderr, "gatehouse:", err)
	return exitCode(pushUnasked)
}

// load is the document, or an archive of the files that make it.
func (c *apiPushCommand) load() ([]byte, error) {
	if c.File == "-" {
		return io.ReadAll(io.LimitReader(os.Stdin, spec.MaxBytes+1))
	}
	info, err := os.Stat(c.File)
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return zipFolder(c.File)
	case info.Size() > spec.MaxBytes:
		return nil, fmt.Errorf("%s is larger than %d MiB", c.File, spec.MaxBytes>>20)
	}
	return os.ReadFile(c.File)
}

// report reads the document as the portal will, and prints what is wrong with it,
// one line each, as compilers do.
func (c *apiPushCommand) report(ctx context.Context, raw []byte) (ok bool, err error) {
	self, err := os.Executable()
	if err != nil {
		return false, err
	}
	d, err := spec.NewReader(self, app.ReadDocument).Read(ctx, raw)
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if err := c.write(d.Problems); err != nil {
		return false, err
	}
	for _, p := range d.Problems {
		kind := string(p.Severity)
		if p.Severity == spec.Fault {
			kind = "error"
		}
		fmt.Printf("%s: %s: %s\n", c.place(p), kind, p.Message)
	}
	switch {
	case err != nil && len(d.Problems) == 0:
		fmt.Printf("%s: error: %s\n", c.File, fault.From(err).Message)
		return false, nil
	case err != nil:
		fmt.Printf("%s: refused: %s, %s.\n", c.File, count(len(d.Faults()), "fault"), count(len(d.Warnings()), "warning"))
		return false, nil
	}
	grave := ""
	if n := len(d.Grave()); n > 0 {
		grave = ", " + count(n, "grave problem") + " that keep it from being published"
		if n == 1 {
			grave = ", 1 grave problem that keeps it from being published"
		}
	}
	fmt.Printf("%s: read: %s, %s%s.\n", c.File, count(len(d.Operations), "operation"), count(len(d.Warnings()), "warning"), grave)
	return true, nil
}

// write keeps the report in a file, for what shows such reports.
func (c *apiPushCommand) write(problems []spec.Problem) error {
	if c.Report == "" {
		return nil
	}
	var raw []byte
	var err error
	switch filepath.Ext(c.Report) {
	case ".sarif":
		raw, err = sarif.Of(problems, c.file)
	case ".json":
		raw, err = json.MarshalIndent(map[string]any{"problems": append([]spec.Problem{}, problems...)}, "", "  ")
	default:
		return fmt.Errorf("%s: a report is named .sarif or .json", c.Report)
	}
	if err != nil {
		return err
	}
	return os.WriteFile(c.Report, raw, 0o644)
}

func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// place is where a problem is: file:line:column.
func (c *apiPushCommand) place(p spec.Problem) string {
	file := c.file(p)
	switch {
	case p.Line == 0:
		return file
	case p.Column == 0:
		return fmt.Sprintf("%s:%d", file, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", file, p.Line, p.Column)
}

// file is where a problem is, by its path.
func (c *apiPushCommand) file(p spec.Problem) string {
	if info, err := os.Stat(c.File); p.File != "" && err == nil && info.IsDir() {
		return filepath.Join(c.File, filepath.FromSlash(p.File))
	}
	if p.File != "" {
		return c.File + "/" + p.File
	}
	return c.File
}

func (c *apiPushCommand) token() (string, error) {
	if c.PortalURL == "" {
		return "", errors.New("say where the portal is: --portal-url, or GATEHOUSE_PORTAL_URL")
	}
	if token := strings.TrimSpace(os.Getenv(c.Env)); token != "" || c.File != "-" {
		return presentedToken(c.Env)
	}
	return "", fmt.Errorf("there is no token in %s, and standard input is the document", c.Env)
}

// push sends what was read, and publishes it where that is wanted.
func (c *apiPushCommand) push(ctx context.Context, token string, raw []byte) error {
	version := "/api/v1/tenants/" + url.PathEscape(c.Tenant) + "/apis/" + url.PathEscape(c.API) + "/versions/" + url.PathEscape(c.Version)
	status, body, err := sendAs(ctx, c.PortalURL, token, http.MethodPut, version+"/document", "application/octet-stream", raw, pushTime)
	if err != nil {
		return c.unasked(err)
	}
	if status != http.StatusOK && status != http.StatusCreated {
		return c.refused("the document was not stored", status, body, pushRefused)
	}
	made := map[int]string{http.StatusOK: "is the newest of", http.StatusCreated: "made"}[status]
	fmt.Printf("%s: stored: it %s %s %s of %s.\n", c.File, made, c.API, c.Version, c.Tenant)
	if !c.Publish {
		return nil
	}
	var stored struct{ Revision string }
	if err := json.Unmarshal(body, &stored); err != nil || stored.Revision == "" {
		return c.unpublished(errors.New("the portal does not say which document it stored"))
	}
	return c.publish(ctx, token, version, stored.Revision)
}

// unpublished says that all was well until then.
func (c *apiPushCommand) unpublished(err error) error {
	fmt.Fprintln(os.Stderr, "gatehouse: the document is stored, and was not published:", err)
	return exitCode(pushUnpublished)
}

// publish puts the document in force that was just stored, and no other: another
// pipeline may have stored one since.
func (c *apiPushCommand) publish(ctx context.Context, token, version, revision string) error {
	status, body, err := send(ctx, c.PortalURL, token, http.MethodGet, version, nil)
	if err == nil && status != http.StatusOK {
		return c.refused("the document is stored, and was not published", status, body, pushUnpublished)
	}
	var v struct{ Published struct{ ID string } }
	if err == nil {
		err = json.Unmarshal(body, &v)
	}
	if err != nil {
		return c.unpublished(err)
	}
	if v.Published.ID == revision {
		fmt.Printf("%s: published before.\n", c.File)
		return nil
	}
	in, err := json.Marshal(map[string]any{"revision": revision, "if_newest": true})
	if err != nil {
		return err
	}
	status, body, err = send(ctx, c.PortalURL, token, http.MethodPost, version+"/publish", in)
	if err != nil {
		fmt.Fprintln(os.Stderr, "gatehouse: the document is stored; whether it was published could not be learnt:", err)
		return exitCode(pushUnpublished)
	}
	if status != http.StatusOK {
		return c.refused("the document is stored, and was not published", status, body, pushUnpublished)
	}
	fmt.Printf("%s: published.\n", c.File)
	return nil
}

// refused prints why the portal did not do it. What only it can mend, or time, is
// nobody's refusal.
func (c *apiPushCommand) refused(what string, status int, body []byte, code int) error {
	var p struct{ Fields []fault.Field }
	_ = json.Unmarshal(body, &p) // problemOf says where it is no problem document
	fmt.Fprintf(os.Stderr, "gatehouse: %s: %d %s: %s\n", what, status, http.StatusText(status), problemOf(body))
	for _, f := range p.Fields {
		fmt.Fprintf(os.Stderr, "  %s: %s\n", f.Name, f.Message)
	}
	if code == pushRefused && (status < 400 || status >= 500 || status == http.StatusTooManyRequests || status == http.StatusRequestTimeout) {
		code = pushUnasked
	}
	return exitCode(code)
}

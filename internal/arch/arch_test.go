// Package arch holds the architecture as a test. Each line is a promise that a
// reviewer would otherwise have to check by eye; the reason is printed when
// somebody breaks it.
package arch

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const us = "gatehouse/"

type promise struct{ pkg, never, because string }

// direct imports that a package does not have.
var direct = []promise{
	{"models", us + "internal/store", "the arrow points the other way"},
	{"models", us + "internal/portal", "the arrow points the other way"},
	{"internal/fault", us, "everything imports fault, so fault imports nothing of ours"},
	{"internal/clock", us, "everything imports clock, so clock imports nothing of ours"},
	{"internal/logging", us, "everybody logs, so logging imports nothing of ours"},
	{"internal/keys", us, "the gateway and command line tools recognise tokens with this package alone"},
	{"internal/audit", us + "internal/store", "verification works on exported events, without a database"},
	{"internal/limit", us + "models", "limits know numbers, not the portal's nouns"},
	{"internal/store", "net/http", "records know no HTTP"},
	{"internal/store", us + "internal/portal", "the arrow points the other way"},
	{"internal/store", us + "internal/gateway", "data reaches the gateway through publish"},
	{"internal/vault", us + "internal/store", "the vault encrypts; keyring knows where ciphertexts stand"},
	{"internal/passkey", us + "internal/store", "ceremonies are kept by the caller"},
	{"internal/session", us + "internal/store", "sessions are kept by the caller"},
	{"internal/spec", us + "internal/store", "reading a document needs no database: it runs in a child process"},
	{"internal/portal", "net/http", "use cases know no HTTP: the CLI and the jobs call them too"},
	{"internal/portal", "github.com/a-h/templ", "use cases render nothing"},
	{"internal/portal", us + "handlers", "the arrow points the other way"},
	{"internal/portal", us + "views", "use cases render nothing"},
	{"internal/publish", us + "internal/portal", "publishing reads records, it does not act for people"},
	{"internal/usage", us + "internal/portal", "who may read usage is decided in portal"},
	{"handlers/guard", us + "internal/store", "a guard asks use cases"},
	{"handlers/guard", us + "views", "a guard renders nothing"},
	{"handlers/web", us + "internal/store", "a handler calls one use case"},
	{"handlers/api", us + "internal/store", "a handler calls one use case"},
	{"handlers/api", us + "views", "the management API speaks JSON"},
	{"handlers", us + "internal/store", "a handler calls one use case"},
	{"handlers", us + "internal/gateway", "the portal does not reach into the hot path"},
	{"views", us + "internal/store", "a view that can read the database will"},
	{"views", us + "internal/portal", "a view that can call a use case can query the database"},
	{"views", us + "handlers", "the arrow points the other way"},
	{"views", "github.com/labstack/echo", "views get values, not requests"},
}

// transitive imports that a package does not have.
var transitive = []promise{
	{"models", "gorm.io", "models are nouns and rules; storage is internal/store's business"},
	{"models", "net/http", "models are nouns and rules"},
	{"internal/keys", "gorm.io", "keys is used where there is no database"},
	{"views", "gorm.io", "views show what they are given"},
	{"internal/gateway", "gorm.io", "a call through the gateway must not touch the database layer"},
	{"internal/gateway", "database/sql", "a call through the gateway must not touch a database"},
	{"internal/gateway", "github.com/labstack/echo", "the gateway is net/http: no framework on the hot path"},
	{"internal/gateway", us + "models", "the gateway decides on data made for it"},
	{"internal/gateway", us + "internal/store", "data reaches the gateway through publish"},
}

// alone names the only importer of a library.
var alone = map[string]string{
	"gorm.io/":                     "internal/store",
	"github.com/go-webauthn/":      "internal/passkey",
	"github.com/riverqueue/":       "internal/jobs",
	"github.com/tink-crypto/":      "internal/vault",
	"github.com/gorilla/sessions":  "internal/session",
	"github.com/wneessen/go-mail":  "internal/mail",
	"github.com/pb33f/libopenapi":  "internal/spec",
	"github.com/oasdiff/":          "internal/spec",
	"github.com/getkin/":           "internal/spec",
	"github.com/yuin/goldmark":     "internal/spec",
	"github.com/microcosm-cc/":     "internal/spec",
	"github.com/alecthomas/kong":   "cmd/gatehouse",
	"github.com/prometheus/client": "internal/app",
}

func TestImports(t *testing.T) {
	for _, p := range listed(t) {
		pkg := strings.TrimPrefix(p.ImportPath, us)
		for _, r := range direct {
			check(t, pkg, r, p.Imports, pkg == r.pkg || strings.HasPrefix(pkg, r.pkg+"/") && r.pkg != "handlers")
		}
		for _, r := range transitive {
			check(t, pkg, r, p.Deps, pkg == r.pkg || strings.HasPrefix(pkg, r.pkg+"/"))
		}
		for library, owner := range alone {
			imports := slices.ContainsFunc(p.Imports, func(i string) bool { return strings.HasPrefix(i, library) })
			if imports && pkg != owner && !strings.HasPrefix(pkg, owner+"/") {
				t.Errorf("%s imports %s; only %s may", pkg, library, owner)
			}
		}
	}
}

func check(t *testing.T, pkg string, r promise, imports []string, applies bool) {
	if !applies {
		return
	}
	for _, i := range imports {
		if strings.HasPrefix(i, r.never) && !strings.HasPrefix(i, us+r.pkg) {
			t.Errorf("%s imports %s\n\tnot allowed: %s", pkg, i, r.because)
		}
	}
}

type listedPackage struct {
	ImportPath    string
	Imports, Deps []string
}

// listed are all packages of the program, with what they import; tests aside.
func listed(t *testing.T) (out []listedPackage) {
	t.Helper()
	cmd := exec.Command("go", "list", "-deps=false", "-json=ImportPath,Imports,Deps", "./...")
	cmd.Dir = "../.."
	raw, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(strings.NewReader(string(raw)))
	for {
		var p listedPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return out
		} else if err != nil {
			t.Fatal(err)
		}
		out = append(out, p)
	}
}

package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"gatehouse/e2e/drive"
	"gatehouse/internal/leaveout"
)

// papers are the HTML texts that were met, for one run of the checker.
type papers struct {
	dir   string
	where []string
}

func (h *papers) keep(t *testing.T, where, html string) {
	t.Helper()
	if err := os.WriteFile(h.file(len(h.where)), []byte(html), 0o600); err != nil {
		t.Fatal(err)
	}
	h.where = append(h.where, where)
}

func (h *papers) file(n int) string { return filepath.Join(h.dir, fmt.Sprintf("%03d.html", n)) }

// check runs the Nu HTML checker over all of them.
func (h *papers) check(t *testing.T) {
	t.Helper()
	java, err := exec.LookPath("java")
	if err != nil {
		leaveout.Skip(t, "e2e: the HTML checker, for want of java (on Debian: apt-get install default-jre-headless)")
	}
	jar := filepath.Join(drive.Root(), "static/node_modules/vnu-jar/build/dist/vnu.jar")
	// Attributes of htmx are no HTML and are meant.
	command := exec.Command(java, "-jar", jar, "--stdout", "--format", "json", "--exit-zero-always", "--filterpattern", `.*Attribute .hx-.*`, h.dir)
	out, err := command.Output()
	var report struct {
		Messages []struct {
			Type, Message, URL, Extract string
			LastLine                    int
		}
	}
	if err != nil || json.Unmarshal(out, &report) != nil {
		t.Fatalf("the HTML checker: %v\n%.2000s", err, out)
	}
	for _, m := range report.Messages {
		if m.Type != "error" {
			continue
		}
		var n int
		_, _ = fmt.Sscanf(filepath.Base(m.URL), "%03d.html", &n)
		t.Errorf("HTML of %s, line %d: %s: %s", h.where[n], m.LastLine, m.Message, m.Extract)
	}
	t.Logf("%d pages were checked", len(h.where))
}

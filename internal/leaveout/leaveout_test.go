package leaveout_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/internal/leaveout"
)

// What is left out stands in the list, and CI leaves out the corpus alone.
func TestWhatIsLeftOutIsListed(t *testing.T) {
	list := filepath.Join(t.TempDir(), "list")
	t.Setenv(leaveout.List, list)
	t.Setenv("CI", "")
	t.Run("locally", func(t *testing.T) { leaveout.Skip(t, "a browser"); t.Error("went on") })
	t.Setenv("CI", "1")
	t.Run("the corpus", func(t *testing.T) { leaveout.Anywhere(t, "the corpus"); t.Error("went on") })
	f := &failing{TB: t}
	func() {
		defer func() { _ = recover() }()
		leaveout.Skip(f, "PostgreSQL")
	}()
	if text, err := os.ReadFile(list); err != nil || string(text) != "a browser\nthe corpus\n" || !strings.Contains(f.said, "%s") {
		t.Errorf("%v: %q, and said %q", err, text, f.said)
	}
}

// failing is a test that notes its failure.
type failing struct {
	testing.TB
	said string
}

func (f *failing) Helper() {}

func (f *failing) Fatalf(format string, _ ...any) { f.said = format; panic("failed") }

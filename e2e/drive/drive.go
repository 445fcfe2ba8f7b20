// Package drive runs the real program as a process and people's real browsers
// in front of it: for the e2e tests, and for the pictures of tools/shots.
package drive

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"gatehouse/static"
)

// T is what of a test is needed here; every *testing.T is one.
type T interface {
	Helper()
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
	Logf(format string, args ...any)
	Cleanup(func())
	TempDir() string
}

// patience is how long anything may take that a person waits for. It is long
// because test machines are slow; nothing here sleeps it away.
const patience = 20 * time.Second

// Root is the folder of the module.
var Root = sync.OnceValue(func() string {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		panic("drive: go list: " + err.Error())
	}
	return strings.TrimSpace(string(out))
})

// binary is built once in a process, with the assets of `make assets`; Remove
// deletes it. GATEHOUSE_E2E_BINARY names one that is there already.
var binary = sync.OnceValues(func() (string, error) {
	if path := os.Getenv(binaryVariable); path != "" {
		return path, nil
	}
	if !static.Built() {
		return "", errors.New("styles and scripts are not built; run make assets")
	}
	dir, err := os.MkdirTemp("", "gatehouse-e2e-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "gatehouse")
	build := exec.Command("go", "build", "-o", path, "./cmd/gatehouse")
	build.Dir, build.Env = Root(), append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=") // the race detector is for our tests, not for it
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the program: %w\n%s", err, out)
	}
	return path, nil
})

const binaryVariable = "GATEHOUSE_E2E_BINARY"

// Remove deletes what was built.
func Remove() {
	if os.Getenv(binaryVariable) != "" {
		return
	}
	if path, err := binary(); err == nil {
		_ = os.RemoveAll(filepath.Dir(path))
	}
}

// wait asks until the answer is yes, and reports whether it came in time.
func wait(for_ time.Duration, yes func() bool) bool {
	for deadline := time.Now().Add(for_); ; <-time.After(15 * time.Millisecond) {
		if yes() {
			return true
		}
		if time.Now().After(deadline) {
			return false
		}
	}
}

package testkit

import (
	"bytes"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"testing"

	"gatehouse/internal/logging"
)

// programLog is what the servers of this process log at debug level, by the
// handler of the program itself. Parts of it use the default log, so all
// servers of a process share it.
var programLog kept

// startLog makes programLog the default log, once.
var startLog = sync.OnceValue(func() *slog.Logger { return logging.Start(&programLog, slog.LevelDebug) })

// kept is a log that is read while it is written.
type kept struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (k *kept) Write(p []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.text.Write(p)
}

func (k *kept) contains(text string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return bytes.Contains(k.text.Bytes(), []byte(text))
}

// secrets are whole tokens, the secret of a one-time link, and what the vault holds.
var secrets = regexp.MustCompile(`(?i)gthm?_[0-9a-z]{2,12}_[0-9a-z]{36}|/link/+[0-9a-z_-]{20}|` + UpstreamCredential)

// leak is the first line in which a secret stands.
func (k *kept) leak() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	at := secrets.FindIndex(k.text.Bytes())
	if at == nil {
		return ""
	}
	text := k.text.Bytes()
	start := bytes.LastIndexByte(text[:at[0]], '\n') + 1
	line, _, _ := bytes.Cut(text[start:], []byte("\n"))
	return string(line)
}

// testLog is the log of a test.
type testLog struct{ t testing.TB }

func (l testLog) Write(p []byte) (int, error) {
	l.t.Logf("%s", strings.TrimRight(string(p), "\n"))
	return len(p), nil
}

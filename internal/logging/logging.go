// Package logging makes the program's log: one line of JSON for each event,
// whatever the values hold (R127), and without secrets (R126).
package logging

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"log/slog"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"unicode/utf8"
)

// TextMax is how many bytes of a value the log shows (R127).
const TextMax = 1024

// Start makes the program's log, and the default one of it. The standard
// library's own log goes there, too, without what upstreams sent.
func Start(to io.Writer, level slog.Level) *slog.Logger {
	logger := slog.New(Handler(to, level))
	slog.SetDefault(logger)
	log.SetOutput(standardLog{logger})
	return logger
}

// Handler writes lines of JSON in which every value is cut and without secrets.
func Handler(to io.Writer, level slog.Leveler) slog.Handler {
	return slog.NewJSONHandler(to, &slog.HandlerOptions{Level: level, ReplaceAttr: tidy})
}

// tidy cuts what is long and hides what is secret, in texts, errors and all
// values that would be written as JSON.
func tidy(_ []string, a slog.Attr) slog.Attr {
	switch a.Value.Kind() {
	case slog.KindString:
		a.Value = slog.StringValue(tidyText(a.Value.String()))
	case slog.KindAny:
		a.Value = tidyAny(a.Value.Any())
	}
	return a
}

// tidyAny keeps a small value as it is, and makes text of all others.
func tidyAny(v any) (tidied slog.Value) {
	defer func() {
		if p := recover(); p != nil { // a nil error that is asked for its text, say
			tidied = slog.StringValue(tidyText(fmt.Sprintf("!PANIC: %v", p)))
		}
	}()
	switch v := v.(type) {
	case nil, slog.Level:
		return slog.AnyValue(v)
	case []byte: // as JSON it would be base64, in which no secret is found
		return slog.StringValue(tidyText(string(v)))
	case error:
		return slog.StringValue(tidyText(v.Error()))
	case fmt.Stringer:
		return slog.StringValue(tidyText(v.String()))
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return slog.StringValue(tidyText(fmt.Sprintf("%+v", v)))
	}
	if text := tidyText(string(raw)); text != string(raw) {
		return slog.StringValue(text)
	}
	return slog.AnyValue(json.RawMessage(bytes.Clone(raw)))
}

func tidyText(s string) string {
	// What is cut off needs no looking through; what stands across the cut does.
	if len(s) > 2*TextMax {
		s = s[:2*TextMax]
	}
	s = Redact(s)
	if len(s) <= TextMax {
		return s
	}
	end := TextMax
	for end > TextMax-utf8.UTFMax && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}

// A token in whatever spelling, and what stands behind the segment of a path that
// leads to a one-time link or to a token prepared for somebody.
var (
	token = regexp.MustCompile(`(?i)(gth[mco]?_)[0-9a-z_]+`)
	link  = regexp.MustCompile(`(?i)((?:^|/)(?:link|claims)/+)[^\s"'<>?#]+`)
)

// Redact hides the tokens and the one-time links of a text: a path, say. What
// writes to the log need not call it; what leads paths elsewhere must.
func Redact(s string) string {
	return link.ReplaceAllString(token.ReplaceAllString(s, "${1}…"), "${1}…")
}

// standardLog takes the lines of package log. Only the standard library writes
// there: net/http's client quotes in them what an upstream sent unasked, which
// may be part of a customer's answer, so quotations are left out (R126).
type standardLog struct{ to *slog.Logger }

var quotation = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)

func (s standardLog) Write(line []byte) (int, error) {
	s.to.Info(strings.TrimSpace(quotation.ReplaceAllString(string(line), `"…"`)), "part", "go")
	return len(line), nil
}

// Stack names the places that led to the caller, the nearest first, without the
// values that a printed stack has.
func Stack() string {
	pcs := make([]uintptr, 32)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	var b strings.Builder
	for {
		f, more := frames.Next()
		place := f.Function[strings.LastIndexByte(f.Function, '/')+1:] + ":" + strconv.Itoa(f.Line)
		if b.Len()+len(place) > TextMax-16 {
			return b.String()
		}
		if !strings.HasPrefix(place, "runtime.") {
			b.WriteString(place + " ")
		}
		if !more {
			return strings.TrimSpace(b.String())
		}
	}
}

package ui

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Number writes a count with thousands separated: 15,079.
func Number[N int | int64 | uint64](n N) string {
	s := strconv.FormatInt(int64(n), 10)
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// Short writes a large count as people say it: 940, 12.4 k, 1.94 M. Only where exact
// numbers do not matter: beside sparklines and in totals of the whole installation.
func Short(n int64) string {
	for _, u := range []struct {
		size float64
		unit string
	}{{1e9, "G"}, {1e6, "M"}, {1e4, "k"}} {
		if float64(n) >= u.size {
			x := float64(n) / min(u.size, 1e9)
			if u.unit == "k" {
				x = float64(n) / 1e3
			}
			return strconv.FormatFloat(x, 'g', 3, 64) + " " + u.unit
		}
	}
	return Number(n)
}

// Plural writes a count with its noun: "1 token", "8 tokens", "2 things".
func Plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	if strings.HasSuffix(one, "y") && !strings.HasSuffix(one, "ey") && !strings.HasSuffix(one, "ay") {
		return Number(n) + " " + strings.TrimSuffix(one, "y") + "ies"
	}
	if strings.HasSuffix(one, "s") || strings.HasSuffix(one, "x") {
		return Number(n) + " " + one + "es"
	}
	return Number(n) + " " + one + "s"
}

// Percent writes a share of 0 to 1: "4.2 %", "71 %", "0 %". Something is never shown as
// nothing, and not quite all never as all.
func Percent(share float64) string {
	p := share * 100
	switch {
	case math.IsNaN(p) || math.IsInf(p, 0):
		return "–"
	case p > 0 && p < 0.1:
		return "< 0.1 %"
	case p < 10:
		return strings.TrimSuffix(strconv.FormatFloat(p, 'f', 1, 64), ".0") + " %"
	case p < 100 && p > 99.5:
		return strconv.FormatFloat(math.Floor(p*100)/100, 'f', 2, 64) + " %"
	}
	return strconv.FormatFloat(p, 'f', 0, 64) + " %"
}

// Bytes writes a size in powers of 1,000: "512 B", "1.4 MB".
func Bytes(n int64) string {
	if n < 1000 {
		return Number(n) + " B"
	}
	x, unit := float64(n), ""
	for _, unit = range []string{"kB", "MB", "GB", "TB"} {
		x /= 1000
		if x < 999.5 {
			break
		}
	}
	return strings.TrimSuffix(strconv.FormatFloat(x, 'f', decimals(x), 64), ".0") + " " + unit
}

func decimals(x float64) int {
	if x < 10 {
		return 1
	}
	return 0
}

// Took writes how long a call took: "0.4 ms", "38 ms", "5,002 ms".
func Took(d time.Duration) string {
	ms := float64(d) / float64(time.Millisecond)
	if ms < 10 && ms != math.Trunc(ms) {
		return strconv.FormatFloat(ms, 'f', 1, 64) + " ms"
	}
	return Number(int64(math.Round(ms))) + " ms"
}

// units are the steps in which people tell spans of time, largest first.
var units = []struct {
	span time.Duration
	name string
}{
	{365 * 24 * time.Hour, "year"},
	{30 * 24 * time.Hour, "month"},
	{24 * time.Hour, "day"},
	{time.Hour, "hour"},
	{time.Minute, "minute"},
	{time.Second, "second"},
}

// Span writes a length of time in its largest whole unit, days up to three months:
// "42 minutes", "82 days", "7 months".
func Span(d time.Duration) string {
	d = d.Abs()
	for _, u := range units {
		enough := u.span
		if u.name == "month" {
			enough = 100 * 24 * time.Hour // "82 days" says more than "2 months"
		}
		if d >= enough {
			return Plural(int(d/u.span), u.name)
		}
	}
	return "a moment"
}

// Minutes writes so many minutes as people say them: "12 min", "8 hours", "1 h 20 min".
func Minutes(n int) string {
	switch h, m := n/60, n%60; {
	case h == 0:
		return strconv.Itoa(m) + " min"
	case m == 0:
		return Plural(h, "hour")
	default:
		return strconv.Itoa(h) + " h " + strconv.Itoa(m) + " min"
	}
}

// Ago says a time as people do, seen from now: "3 minutes ago", "in 82 days", "just now".
// The zero time is "never".
func Ago(t, now time.Time) string {
	if t.IsZero() {
		return "never"
	}
	d := now.Sub(t)
	switch {
	case d.Abs() < time.Second:
		return "just now"
	case d < 0:
		return "in " + Span(d)
	}
	return Span(d) + " ago"
}

// Date writes a day: "12 Feb 2027", in the location of t. The zero time is "never".
func Date(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.Format("2 Jan 2006")
}

// LastDay is the moment at which access ends, in words. Ends are mostly midnights,
// which one says by the day before.
func LastDay(end time.Time) string {
	if end = end.UTC(); end.Equal(end.Truncate(24 * time.Hour)) {
		return "the end of " + Date(end.Add(-time.Second))
	}
	return Exact(end)
}

// Exact writes a time to the second with its zone: "2026-11-22 16:41:00 UTC".
func Exact(t time.Time) string { return t.Format("2006-01-02 15:04:05 MST") }

// Sentence makes a sentence of a part of one: with a capital and a full stop.
func Sentence(words string) string {
	if words == "" {
		return ""
	}
	return strings.ToUpper(words[:1]) + words[1:] + "."
}

// ID makes the id of a section or a field from its words: "What it is for" is
// "what-it-is-for".
func ID(words string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(words) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	return strings.TrimSuffix(b.String(), "-")
}

// percentage writes an SVG length, without digits that nobody sees.
func percentage(x float64) string { return decimal(x, 3) + "%" }

// decimal writes x with at most n digits after the point.
func decimal(x float64, n int) string {
	s := strconv.FormatFloat(x, 'f', n, 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	if s == "-0" {
		return "0"
	}
	return s
}

// initials are what an avatar shows: the first letters of the first and last word.
func initials(name string) string {
	words := strings.Fields(strings.NewReplacer("@", " ", ".", " ", "_", " ", "-", " ").Replace(name))
	if len(words) == 0 {
		return "?"
	}
	first := firstLetter(words[0])
	if len(words) == 1 {
		return first
	}
	return first + firstLetter(words[len(words)-1])
}

func firstLetter(s string) string {
	for _, r := range s {
		return strings.ToUpper(string(r))
	}
	return "?"
}

// statusClass is the class of a status code's mark: 2xx has none.
func statusClass(status int) string {
	if c := status / 100; c >= 3 && c <= 5 {
		return fmt.Sprintf("code-%d", c)
	}
	return ""
}

// Moment writes a day and a time: "12 Feb 2027, 09:30 UTC".
func Moment(t time.Time) string { return t.Format("2 Jan 2006, 15:04 MST") }

package gateway

import (
	"net/http"
	"slices"
	"strconv"
	"time"
)

// Life is what is announced of a version's end, or an operation's.
type Life struct {
	Deprecated time.Time // from when new work should not build on it; zero is never
	Sunset     time.Time // from when it is retired, by the gateway's own clock; zero is never
	Page       string    // of the portal that tells about it
	About      string    // page that tells about the deprecation, where it is another one
	Successor  string    // name of the version to go to, "" where none is named
	Reference  string    // page of the portal on the successor
}

// compileLives writes the headers of operations that are deprecated by themselves:
// those of the version, with their own date and page. Where the version was deprecated
// before, it speaks for them.
func (l Life) compileLives(operations []Operation) {
	for i := range operations {
		op := &operations[i]
		if op.Deprecated.IsZero() || !l.Deprecated.IsZero() && !op.Deprecated.Before(l.Deprecated) {
			continue
		}
		own := l
		own.Deprecated, own.About = op.Deprecated, op.Page
		op.life = compileLife(own)
	}
}

// life is what an answer tells of an end: the operation's, or the version's.
func (v *Verdict) life() *life {
	switch {
	case v.Operation != nil && v.Operation.life != nil:
		return v.Operation.life
	case v.version != nil:
		return v.version.life
	}
	return nil
}

// life is a Life in the headers that every answer of the version carries.
type life struct {
	sunset time.Time
	gone   string // what a refusal says beside its help

	deprecation, ends, links []string // shared by all answers; nobody changes them
}

// compileLife writes the headers once: RFC 9745, RFC 8594, and their relations in
// Link (RFC 8288). It is nil where there is nothing to tell.
func compileLife(l Life) *life {
	if l.Deprecated.IsZero() && l.Sunset.IsZero() {
		return nil
	}
	out := &life{sunset: l.Sunset}
	page := "<" + l.Page + ">; rel="
	if !l.Deprecated.IsZero() && (l.Sunset.IsZero() || !l.Sunset.Before(l.Deprecated)) { // RFC 9745 §4
		out.deprecation = []string{"@" + strconv.FormatInt(l.Deprecated.Unix(), 10)}
		about := page
		if l.About != "" {
			about = "<" + l.About + ">; rel="
		}
		out.links = append(out.links, about+`"deprecation"; type="text/html"`)
	}
	if !l.Sunset.IsZero() {
		out.ends = []string{l.Sunset.UTC().Format(http.TimeFormat)}
		out.links = append(out.links, page+`"sunset"; type="text/html"`)
	}
	if l.Successor != "" {
		out.links = append(out.links, "<"+l.Reference+`>; rel="successor-version"; type="text/html"`)
		out.gone = VersionRetired.Help + " Use " + l.Successor + ": " + l.Reference
	}
	out.links = slices.Clip(out.links)
	return out
}

// over reports whether the version's time is up, at the very second that Sunset names.
func (l *life) over(now time.Time) bool {
	return l != nil && !l.sunset.IsZero() && !now.Before(l.sunset)
}

// wayOn is what a refusal of a retired version says, "" where no successor is named.
func (l *life) wayOn() string {
	if l == nil {
		return ""
	}
	return l.gone
}

// tell sets the headers: in place of what the upstream says of its own end, and
// beside its links.
func (l *life) tell(h http.Header) {
	delete(h, "Deprecation")
	delete(h, "Sunset")
	if l.deprecation != nil {
		h["Deprecation"] = l.deprecation
	}
	if l.ends != nil {
		h["Sunset"] = l.ends
	}
	if theirs := h["Link"]; len(theirs) > 0 {
		h["Link"] = slices.Concat(theirs, l.links)
		return
	}
	h["Link"] = l.links
}

package mock

import (
	"cmp"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"gatehouse/internal/spec"
)

// wish is what a caller prefers, RFC 7240: Prefer: status=404, example=none.
type wish struct {
	status  int
	example string
}

func wishOf(h http.Header) (w wish) {
	for part := range strings.FieldsFuncSeq(strings.Join(h["Prefer"], ","), func(r rune) bool { return r == ',' || r == ';' }) {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		value = strings.Trim(strings.TrimSpace(value), `"`)
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "status":
			w.status, _ = strconv.Atoi(value)
		case "example":
			w.example = value
		}
	}
	return w
}

// applied is the answer's word about the wish: what is not granted is refused.
func (w wish) applied() string {
	var all []string
	if w.status != 0 {
		all = append(all, "status="+strconv.Itoa(w.status))
	}
	if w.example != "" {
		all = append(all, "example="+strconv.Quote(w.example))
	}
	return strings.Join(all, ", ")
}

// choose finds the response: the one that is wished for, or that of the lowest
// success. It is nil where the document has none.
func (op *Operation) choose(w wish) (status int, _ *spec.Response, misfit string) {
	var known []string
	var found *spec.Response
	for i := range op.detail.Responses {
		r := &op.detail.Responses[i]
		n, ok := statusOf(r.Status, w.status)
		known = append(known, r.Status)
		switch {
		case !ok || r.Missing != "":
		case w.status != 0 && (found == nil || r.Status == strconv.Itoa(w.status)):
			status, found = w.status, r // the exact one counts before 4XX and default
		case w.status == 0 && n/100 == 2 && (found == nil || n < status):
			status, found = n, r
		}
	}
	switch {
	case found != nil:
		return status, found, ""
	case w.status != 0:
		return 0, nil, fmt.Sprintf("You prefer the status %d, which the document does not describe. It has %s.", w.status, orNothing(known))
	}
	return http.StatusOK, nil, ""
}

func orNothing(known []string) string {
	if len(known) == 0 {
		return "none"
	}
	return strings.Join(known, ", ")
}

// statusOf is the status that a response stands for, and whether that is the
// wished one; 0 wishes none. Informational ones cannot be mocked.
func statusOf(name string, wished int) (int, bool) {
	n, err := strconv.Atoi(name)
	switch {
	case err == nil:
	case name == "default":
		n = cmp.Or(wished, http.StatusOK)
	case len(name) == 3 && strings.EqualFold(name[1:], "XX") && name[0] >= '2' && name[0] <= '5':
		if n = int(name[0]-'0') * 100; wished/100 == n/100 {
			n = wished
		}
	}
	return n, n >= 200 && n <= 599 && (wished == 0 || n == wished)
}

// negotiate finds the media type that the caller accepts most (RFC 9110 §12.5.1),
// JSON before others, and the first where none is accepted: the RFC allows that,
// and an answer says more than a refusal.
func negotiate(media []spec.Media, accept string) *spec.Media {
	type offer struct {
		m       *spec.Media
		quality float64
		json    bool
	}
	var offers []offer
	for i := range media {
		kind, _, _ := mime.ParseMediaType(concrete(media[i].Type))
		offers = append(offers, offer{&media[i], quality(kind, accept), isJSON(kind)})
	}
	if len(offers) == 0 {
		return nil
	}
	slices.SortStableFunc(offers, func(a, b offer) int {
		return cmp.Or(cmp.Compare(b.quality, a.quality), map[bool]int{true: -1}[a.json && !b.json], map[bool]int{true: 1}[b.json && !a.json])
	})
	return offers[0].m
}

// quality of a media type in an Accept header: the most specific range counts.
func quality(kind, accept string) float64 {
	if strings.TrimSpace(accept) == "" {
		return 1
	}
	best, q := -1, 0.0
	for part := range strings.SplitSeq(accept, ",") {
		r, params, err := mime.ParseMediaType(part)
		if err != nil || !matches(r, kind) {
			continue
		}
		specific := 2
		if r == "*/*" {
			specific = 0
		} else if strings.HasSuffix(r, "/*") {
			specific = 1
		}
		if specific > best {
			best, q = specific, 1
			if v, err := strconv.ParseFloat(params["q"], 64); err == nil {
				q = v
			}
		}
	}
	return q
}

// matches reports whether a media type falls into a range such as image/*.
func matches(r, kind string) bool {
	r, _, _ = strings.Cut(r, ";")
	r = strings.ToLower(strings.TrimSpace(r))
	if r == "*/*" || r == "*" || r == kind {
		return true
	}
	family, any := strings.CutSuffix(r, "*")
	return any && strings.HasSuffix(family, "/") && strings.HasPrefix(kind, family)
}

// concrete is a type that can stand in an answer where the document has a range.
func concrete(kind string) string {
	if !strings.Contains(kind, "*") {
		if _, _, err := mime.ParseMediaType(kind); err == nil {
			return kind
		}
		return "application/octet-stream"
	}
	if strings.HasPrefix(kind, "text/") {
		return "text/plain"
	}
	if kind == "*/*" || kind == "*" || strings.HasPrefix(kind, "application/") {
		return "application/json"
	}
	return "application/octet-stream"
}

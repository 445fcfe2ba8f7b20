package models

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/semver"
)

// VersionAdvice compares what a document calls itself with what changed in it.
type VersionAdvice struct {
	Text     string // what does not fit, in words; "" where all is well
	Fits     string // the number that would
	Semantic bool   // both are semantic versions, so that they could be compared
}

// steps of a semantic version.
const (
	stepNone = iota
	stepPatch
	stepMinor
	stepMajor
)

// AdviseVersion says whether the version of a document (info.version) fits what
// changed since the one in force, by semver.org: something breaking is a new major
// version, below 1.0.0 a minor one; an operation that came or is deprecated is a
// minor version; anything else a patch. Numbers may be short and have a v before.
func AdviseVersion(before, after string, t Tally) VersionAdvice {
	was, ok := parseSemantic(before)
	is, both := parseSemantic(after)
	if !ok || !both {
		odd := before
		if ok {
			odd = after
		}
		if strings.TrimSpace(odd) == "" {
			odd = "no version"
		}
		return VersionAdvice{Text: fmt.Sprintf("The document calls itself %q. With a semantic version, like 1.4.0, the portal could tell whether it fits what changed.", cutText(odd, 40))}
	}
	needed, why := was.needed(t)
	taken := was.stepTo(is)
	if taken >= needed && semver.Compare(is.text, was.text) >= 0 {
		return VersionAdvice{Semantic: true}
	}
	fits := was.next(max(needed, stepPatch))
	switch {
	case needed == stepNone:
		return VersionAdvice{Semantic: true, Fits: fits, Text: fmt.Sprintf("The document calls itself %s, which is lower than %s, the version in force. %s would fit.", after, before, fits)}
	case is.text == was.text:
		return VersionAdvice{Semantic: true, Fits: fits, Text: fmt.Sprintf("The document still calls itself %s, although %s. %s would fit.", after, why, fits)}
	case semver.Compare(is.text, was.text) < 0:
		return VersionAdvice{Semantic: true, Fits: fits, Text: fmt.Sprintf("The document calls itself %s, which is lower than %s, the version in force, and %s. %s would fit.", after, before, why, fits)}
	}
	return VersionAdvice{Semantic: true, Fits: fits, Text: fmt.Sprintf("From %s to %s is too small a step: %s. %s would fit.", before, after, why, fits)}
}

// semantic is a version by semver.org, whole: v1.2.0-rc.1.
type semantic struct {
	text                string
	prefix              string // "v" where the document writes it
	major, minor, patch int
}

func parseSemantic(s string) (v semantic, ok bool) {
	s = strings.TrimSpace(s)
	bare := strings.TrimPrefix(strings.TrimPrefix(s, "v"), "V")
	v.prefix, v.text = s[:len(s)-len(bare)], semver.Canonical("v"+bare)
	if v.text == "" {
		return v, false
	}
	core, _, _ := strings.Cut(strings.TrimPrefix(v.text, "v"), "-")
	for i, part := range strings.Split(core, ".") {
		n, err := strconv.Atoi(part)
		if err != nil || n > 1<<30 {
			return v, false
		}
		*[]*int{&v.major, &v.minor, &v.patch}[i] = n
	}
	return v, true
}

// needed is the step that changes ask for, and why.
func (v semantic) needed(t Tally) (step int, why string) {
	switch {
	case t.Breaking > 0:
		why = counted(t.Breaking, "a change may break", "changes may break") + " the programs of callers"
		if v.major == 0 {
			return stepMinor, why
		}
		return stepMajor, why
	case t.Added > 0:
		return stepMinor, counted(t.Added, "an operation is", "operations are") + " new"
	case t.Deprecated > 0:
		return stepMinor, counted(t.Deprecated, "a part is", "parts are") + " deprecated"
	case t.All() > 0:
		return stepPatch, counted(t.All(), "a part has", "parts have") + " changed"
	}
	return stepNone, ""
}

func counted(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return strconv.Itoa(n) + " " + many
}

// stepTo is the largest part that grew; from a version before its release any step is taken.
func (v semantic) stepTo(next semantic) int {
	switch {
	case semver.Compare(next.text, v.text) <= 0:
		return stepNone
	case next.major > v.major, semver.Prerelease(v.text) != "":
		return stepMajor
	case next.minor > v.minor:
		return stepMinor
	}
	return stepPatch
}

// next is the version after a step.
func (v semantic) next(step int) string {
	switch step {
	case stepMajor:
		return fmt.Sprintf("%s%d.0.0", v.prefix, v.major+1)
	case stepMinor:
		return fmt.Sprintf("%s%d.%d.0", v.prefix, v.major, v.minor+1)
	}
	return fmt.Sprintf("%s%d.%d.%d", v.prefix, v.major, v.minor, v.patch+1)
}

func cutText(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}

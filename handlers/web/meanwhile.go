package web

import (
	"gatehouse/internal/fault"
)

// entry is a field of a form: what was typed, and what is stored now.
type entry struct{ field, typed, stored string }

// outrun reports whether somebody else stored something while the form was filled in.
func outrun(err error) bool { return fault.Code(err) == "changed_meanwhile" }

// meanwhile are the problems of a form that was outrun: for each field that is
// stored with another value than the typed one, that value. The form carries the
// present revision from now on, so that sending it again stores what was typed.
func meanwhile(entries ...entry) []fault.Field {
	out := []fault.Field{{Message: "Somebody else changed this in the meantime. What you typed is kept; save again to put it in the place of what is stored now."}}
	for _, e := range entries {
		switch {
		case e.typed == e.stored:
		case e.stored == "":
			out = append(out, fault.Field{Name: e.field, Message: "It is empty now."})
		default:
			out = append(out, fault.Field{Name: e.field, Message: "It is now: " + brief(e.stored)})
		}
	}
	return out
}

// briefLen is how much of a stored text is shown beside what was typed.
const briefLen = 200

func brief(s string) string {
	if r := []rune(s); len(r) > briefLen {
		return string(r[:briefLen]) + "…"
	}
	return s
}

// onOff is a box to tick in words.
func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

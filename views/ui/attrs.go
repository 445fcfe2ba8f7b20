package ui

import (
	"strings"

	"github.com/a-h/templ"
)

// classOf is the class that the caller added to a component.
func classOf(attrs templ.Attributes) string {
	c, _ := attrs["class"].(string)
	return c
}

// placeholderOf is what stands in an empty field: the label, unless that is too long.
func placeholderOf(attrs templ.Attributes, label string) string {
	p, _ := attrs["placeholder"].(string)
	return orElse(p, label)
}

// without is attrs less some names, which the component writes itself.
func without(attrs templ.Attributes, names ...string) templ.Attributes {
	rest := templ.Attributes{}
	for k, v := range attrs {
		rest[k] = v
	}
	for _, n := range names {
		delete(rest, n)
	}
	return rest
}

func currentPage(current bool) templ.Attributes {
	if current {
		return templ.Attributes{"aria-current": "page"}
	}
	return nil
}

func currentTrue(current bool) templ.Attributes {
	if current {
		return templ.Attributes{"aria-current": "true"}
	}
	return nil
}

// currentItem is where the reader is, if they are at one of the items.
func currentItem(items []SideItem) (SideItem, bool) {
	for _, i := range items {
		if i.Current {
			return i, true
		}
	}
	return SideItem{}, false
}

func badgeClass(t Tone) string {
	if t == Off {
		return "badge"
	}
	return class("badge", t)
}

func countClass(t Tone) string {
	if t == Accent {
		return "count count-hot"
	}
	return class("count", t)
}

func methodClass(method string) string { return "method method-" + strings.ToLower(method) }

func noticeIcon(t Tone) string {
	switch t {
	case OK:
		return "ok"
	case Warn:
		return "warn"
	case Bad:
		return "fail"
	}
	return "info"
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func needs(n int) string {
	if n == 1 {
		return "needs"
	}
	return "need"
}

func segClass(value string) string {
	if value == "none" || value == "" {
		return "none"
	}
	return "on"
}

// groupDescribed ties a fieldset to its help or problem.
func groupDescribed(c Control) templ.Attributes {
	if c.Help == "" && c.Problem == "" {
		return nil
	}
	return templ.Attributes{"aria-describedby": c.id() + "-about"}
}

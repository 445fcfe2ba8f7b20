package ui

import (
	"strings"

	"github.com/a-h/templ"
)

func pinClass(t Tone) string {
	if t == Plain || t == Off {
		return ""
	}
	return "pin-" + string(t)
}

func thName(name string) string { return strings.TrimSuffix(name, ">") }

func thClass(name string) string {
	if strings.HasSuffix(name, ">") {
		return "r"
	}
	return ""
}

func sorted(dir string) templ.Attributes {
	if dir == "" {
		return nil
	}
	return templ.Attributes{"aria-sort": dir}
}

func sortIcon(dir string) string {
	switch dir {
	case "ascending":
		return "up"
	case "descending":
		return "down"
	}
	return "sort"
}

func (p Pages) words() string {
	switch {
	case p.To == 0:
		return "Nothing to show"
	case p.Total == 0:
		return Number(p.From) + " to " + Number(p.To)
	case p.Prev == "" && p.Next == "":
		return "Showing " + Number(p.To) + " of " + Number(p.Total)
	}
	return Number(p.From) + " to " + Number(p.To) + " of " + Number(p.Total)
}

// meterClass: from 80 % on a quota is amber, as its notice is sent then.
func meterClass(used float64) string { return barClass(used >= 0.8) }

func barClass(warn bool) string {
	if warn {
		return "w"
	}
	return "f"
}

func bounded(x float64) float64 { return min(1, max(0, x)) }

func largest(bars []Bar) int64 {
	var most int64
	for _, b := range bars {
		most = max(most, b.Value)
	}
	return most
}

func share(part, whole int64) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

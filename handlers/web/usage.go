package web

import (
	"net/url"
	"strings"
	"time"

	"gatehouse/internal/portal"
	"gatehouse/views/ui"
)

// graph turns a series into what the graph draws. Ranges are links to the others.
func graph(title, words string, s portal.Series, ranges []ui.SegLink) ui.GraphData {
	g := ui.GraphData{Title: title, Range: words, Step: s.Slot, Ranges: ranges}
	for _, slot := range s.Slots {
		g.Slots = append(g.Slots, ui.Slot{
			From: slot.Start, NoData: slot.NoData,
			Counts: [4]int64{int64(slot.Status[1] + slot.Status[2]), int64(slot.Status[3]), int64(slot.Status[4]), int64(slot.Status[0] + slot.Status[5])},
			P50:    milliseconds(slot.P50), P95: milliseconds(slot.P95), P99: milliseconds(slot.P99),
		})
	}
	return g
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// failedShare is the share of calls that failed, 0 where there were none.
func failedShare(s portal.Series) float64 {
	if s.Total.Calls == 0 {
		return 0
	}
	return float64(s.Total.Errors()) / float64(s.Total.Calls)
}

// rangeLinks lead from one range of a page to the others.
func rangeLinks(base, current string) (links []ui.SegLink, words string) {
	for _, r := range portal.Ranges {
		text := r.Name[:len(r.Name)-1] + " " + r.Name[len(r.Name)-1:]
		links = append(links, ui.SegLink{Text: text, URL: base + "?" + url.Values{"range": {r.Name}}.Encode(), Current: r.Name == current})
		if r.Name == current {
			words = r.Words
		}
	}
	return links, words
}

// outcome says a code of the gateway in words: "scope missing".
func outcome(code string) string {
	words := strings.ReplaceAll(code, "_", " ")
	return strings.ToUpper(words[:min(1, len(words))]) + words[min(1, len(words)):]
}

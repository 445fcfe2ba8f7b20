package ui

import (
	"fmt"
	"hash/fnv"
	"html"
	"strings"

	"gatehouse/internal/brand"
)

// patterns are how many patterns tell tenants apart where colours do not: for who does
// not see them, and on grey paper. pages.css draws them, as .pattern-0 and so on.
const patterns = 8

// Pattern is the number of a tenant's pattern, which its slug decides, so that it never
// changes.
func Pattern(slug string) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(slug))
	return int(h.Sum32() % patterns)
}

// Initials of a tenant, one or two letters.
func Initials(name string) string { return initials(name) }

// hatch are the patterns as paths in a box of 28 × 28, for pictures.
var hatch = [patterns]string{
	"M-4 12 12-4M-4 20 20-4M-4 28 28-4M4 32 32 4M12 32 32 12M20 32 32 20",
	"M16-4 32 12M8-4 32 20M0-4 32 28M-4 4 24 32M-4 12 16 32M-4 20 8 32",
	"M3 0v28M9 0v28M15 0v28M21 0v28M27 0v28",
	"M4 3h2v2h-2zM13 3h2v2h-2zM22 3h2v2h-2zM4 23h2v2h-2zM13 23h2v2h-2zM22 23h2v2h-2z",
	"M0 0h7v3h-7zM14 0h7v3h-7zM7 3h7v3h-7zM21 3h7v3h-7zM0 22h7v3h-7zM14 22h7v3h-7zM7 25h7v3h-7zM21 25h7v3h-7z",
	"M0 5 4 1 8 5 12 1 16 5 20 1 24 5 28 1M0 27 4 23 8 27 12 23 16 27 20 23 24 27 28 23",
	"M0 2h9M14 2h9M5 26h9M19 26h9",
	"M0 2h28M0 5h28M0 23h28M0 26h28",
}

// IconSVG is a tenant's picture for the browser's tab: its initials on its colour and
// its pattern. It holds nothing that runs or is fetched.
func IconSVG(name, slug, colour string) string {
	fill, ink := brand.Swatch(colour)
	size := 15
	letters := Initials(name)
	if len([]rune(letters)) == 1 {
		size = 18
	}
	var b strings.Builder
	b.WriteString(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 28 28"><clipPath id="c"><rect width="28" height="28" rx="6"/></clipPath><g clip-path="url(#c)">`)
	fmt.Fprintf(&b, `<rect width="28" height="28" fill="%s"/><path d="%s" fill="none" stroke="%s" stroke-width="2" opacity="0.45"/>`, fill, hatch[Pattern(slug)], ink)
	fmt.Fprintf(&b, `<rect y="6.5" width="28" height="15" fill="%s"/><text x="14" y="%s" text-anchor="middle" font-family="sans-serif" font-size="%d" font-weight="700" fill="%s">%s</text></g></svg>`,
		fill, decimal(14+0.36*float64(size), 1), size, ink, html.EscapeString(letters))
	return b.String()
}

package ui

import (
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"gatehouse/internal/fault"
)

// The derivations of the accent in tokens.css, which accents below computes in Go. A change
// there fails this test, so that the sweep never proves something that is no longer drawn.
var formulas = []string{
	`--accent-fill: oklch(from var(--tenant) calc(clamp(0, (l - 0.64) * 1e6, 1) * clamp(0.7, l, 0.88) + (1 - clamp(0, (l - 0.64) * 1e6, 1)) * clamp(0.36, l, 0.52)) c h);`,
	`--accent-ink: oklch(from var(--tenant) calc(1 - clamp(0, (l - 0.64) * 1e6, 1) * 0.84) calc(clamp(0, (l - 0.64) * 1e6, 1) * 0.02) h);`,
	`--accent-hover: oklch(from var(--accent-fill) calc(l + (l - 0.61) * 0.2) c h);`,
	`--accent: light-dark(oklch(from var(--tenant) min(l, 0.465) min(c, 0.15) h), oklch(from var(--tenant) max(l, 0.79) min(c, 0.11) h));`,
	`--accent-soft: light-dark(oklch(from var(--tenant) 0.965 min(c * 0.18, 0.022) h), oklch(from var(--tenant) 0.275 min(c * 0.35, 0.04) h));`,
	`--surface: light-dark(oklch(1 0 0), oklch(0.207 0.007 262));`,
	`--hover: light-dark(oklch(0.957 0.004 255), oklch(0.262 0.009 262));`,
	`--muted: light-dark(oklch(0.455 0.014 258), oklch(0.755 0.008 262));`,
}

func TestTheAccentIsDerivedAsTheSweepComputesIt(t *testing.T) {
	css, err := os.ReadFile("../../static/src/css/tokens.css")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range formulas {
		if !strings.Contains(string(css), f) {
			t.Errorf("tokens.css no longer has\n\t%s\nchange the sweep with it", f)
		}
	}
}

func of(l, c, degrees float64) lch { return lch{l, c, degrees * math.Pi / 180} }

func clamp(lo, x, hi float64) float64 { return max(lo, min(x, hi)) }

// Text on the tenant's colour reads whatever colour the tenant chose: 4.5:1 (WCAG 1.4.3),
// on the fill, its hover, and as accent-coloured text on every ground.
func TestTextOnAnyBrandKeepsItsContrast(t *testing.T) {
	grounds := map[string][]rgb{
		"light": {toRGB(of(1, 0, 0)), toRGB(of(0.957, 0.004, 255))},
		"dark":  {toRGB(of(0.207, 0.007, 262)), toRGB(of(0.262, 0.009, 262))},
	}
	muted := map[string]rgb{"light": toRGB(of(0.455, 0.014, 258)), "dark": toRGB(of(0.755, 0.008, 262))}
	worst := map[string]float64{}
	at := map[string]string{}
	note := func(what string, ratio float64, brand rgb) {
		if old, seen := worst[what]; !seen || ratio < old {
			worst[what] = ratio
			at[what] = fmt.Sprintf("#%02x%02x%02x", int(brand.r*255), int(brand.g*255), int(brand.b*255))
		}
	}
	const steps = 17
	for i := range steps * steps * steps {
		brand := rgb{float64(i%steps) / (steps - 1), float64(i/steps%steps) / (steps - 1), float64(i/steps/steps) / (steps - 1)}
		b := toLCH(brand)
		light := clamp(0, (b.l-0.64)*1e6, 1)
		fill := lch{light*clamp(0.7, b.l, 0.88) + (1-light)*clamp(0.36, b.l, 0.52), b.c, b.h}
		hover := lch{fill.l + (fill.l-0.61)*0.2, fill.c, fill.h}
		ink := toRGB(lch{1 - light*0.84, light * 0.02, b.h})
		note("ink on fill", contrast(ink, toRGB(fill)), brand)
		note("ink on hover", contrast(ink, toRGB(hover)), brand)
		accent := map[string]rgb{
			"light": toRGB(lch{min(b.l, 0.465), min(b.c, 0.15), b.h}),
			"dark":  toRGB(lch{max(b.l, 0.79), min(b.c, 0.11), b.h}),
		}
		soft := map[string]rgb{
			"light": toRGB(lch{0.965, min(b.c*0.18, 0.022), b.h}),
			"dark":  toRGB(lch{0.275, min(b.c*0.35, 0.04), b.h}),
		}
		for theme := range grounds {
			for _, ground := range append(grounds[theme], soft[theme]) {
				note("accent as text, "+theme, contrast(accent[theme], ground), brand)
			}
			note("muted on soft, "+theme, contrast(muted[theme], soft[theme]), brand)
		}
	}
	for what, ratio := range worst {
		t.Logf("%s: at least %.2f, for %s", what, ratio, at[what])
		if ratio < 4.5 {
			t.Errorf("%s: %.2f for %s, needs 4.5", what, ratio, at[what])
		}
	}
}

func TestThemeCSSSetsOneVariableOrRefuses(t *testing.T) {
	css, hash, err := ThemeCSS("#0f766e")
	if err != nil || css != ":root { --tenant: #0f766e; }\n" || len(hash) != 12 {
		t.Errorf("%q %q %v", css, hash, err)
	}
	if _, other, _ := ThemeCSS("#0f766f"); other == hash {
		t.Error("another colour has the same address")
	}
	for _, bad := range []string{"", "teal", "#0f766", "#0f766e7", "0f766e", "#0f766e; } body { display: none", "#0f766g", " #0f766e", "#0f766e\n"} {
		_, _, err := ThemeCSS(bad)
		if !fault.Is(err, fault.Invalid) || len(fault.From(err).Fields) != 1 {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestSwatchesAreReadable(t *testing.T) {
	for _, colour := range []string{"#0f766e", "#f0a81c", "#6d3fd1", "#000000", "#ffffff", "#777777", "red", ""} {
		fill, ink := swatchColours(colour)
		if ink == "#fff" {
			ink = "#ffffff"
		}
		f, ok := parseHex(fill)
		i, ok2 := parseHex(ink)
		if !ok || !ok2 || contrast(f, i) < 4.4 {
			t.Errorf("%q: %s on %s", colour, ink, fill)
		}
	}
}

func TestColoursSurviveTheRoundTrip(t *testing.T) {
	for _, s := range []string{"#000000", "#ffffff", "#0f766e", "#f0a81c", "#6d3fd1", "#ff0000", "#00ff00"} {
		c, _ := parseHex(s)
		d := toRGB(toLCH(c))
		if math.Abs(c.r-d.r)+math.Abs(c.g-d.g)+math.Abs(c.b-d.b) > 0.002 {
			t.Errorf("%s: %v became %v", s, c, d)
		}
	}
}

package brand

import (
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
)

// The derivations of the accent in tokens.css, which derive computes in Go. A change
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
		d := derive(brand)
		note("ink on fill", contrast(d.ink, d.fill), brand)
		note("ink on hover", contrast(d.ink, d.hover), brand)
		accent, soft := map[string]rgb{"light": d.light, "dark": d.dark}, map[string]rgb{"light": d.softLight, "dark": d.softDark}
		uses, ok := Uses(brand.hex())
		if !ok {
			t.Fatal(brand.hex())
		}
		for _, u := range uses {
			note(u.Where+", as the settings say", u.Shown.Contrast, brand)
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

func TestSwatchesAreReadable(t *testing.T) {
	for _, colour := range []string{"#0f766e", "#f0a81c", "#6d3fd1", "#000000", "#ffffff", "#777777", "red", ""} {
		fill, ink := Swatch(colour)
		f, ok := parseHex(fill)
		i, ok2 := parseHex(ink)
		if !ok || !ok2 || contrast(f, i) < 4.4 {
			t.Errorf("%q: %s on %s", colour, ink, fill)
		}
	}
}

// What is shown in the place of a colour says so, and all that is shown reads.
func TestUsesSayWhatWasChanged(t *testing.T) {
	for colour, want := range map[string]struct{ changed, unreadable []bool }{
		"#0f766e": {[]bool{false, true, true}, []bool{false, false, true}}, // buttons, links in light, links in dark
		"#ffe14d": {[]bool{true, true, true}, []bool{false, true, false}},
		"#ffffff": {[]bool{true, true, false}, []bool{false, true, false}},
		"#000000": {[]bool{true, false, true}, []bool{false, false, true}},
		"#7f8c8d": {[]bool{true, true, true}, []bool{true, true, false}},
	} {
		uses, _ := Uses(colour)
		for i, u := range uses {
			if u.Changed() != want.changed[i] || u.Chosen.Readable() == want.unreadable[i] || !u.Shown.Readable() {
				t.Errorf("%s, %s: changed %v, chosen %.2f, shown %.2f: %+v", colour, u.Where, u.Changed(), u.Chosen.Contrast, u.Shown.Contrast, u)
			}
		}
	}
	if _, ok := Uses("teal"); ok {
		t.Error("a word is a colour")
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

package brand

import "math"

// Enough is the least contrast of text to its ground, WCAG 2.2's success criterion 1.4.3.
const Enough = 4.5

var (
	white       = rgb{1, 1, 1}
	nearBlack   = rgb{0x1c / 255.0, 0x19 / 255.0, 0x17 / 255.0}
	darkSurface = toRGB(lch{0.207, 0.007, 262 * math.Pi / 180}) // --surface of the dark theme
)

// accents are the colours that static/src/css/tokens.css derives from a tenant's.
type accents struct {
	fill, hover, ink rgb // ground of buttons and of the staff bar, under the pointer, and the text on it
	light, dark      rgb // links, in either theme
	softLight        rgb // ground of what is chosen, in either theme
	softDark         rgb
}

// derive computes what tokens.css does; a test compares the formulas.
func derive(c rgb) accents {
	b := toLCH(c)
	pale := clamp(0, (b.l-0.64)*1e6, 1)
	fill := lch{pale*clamp(0.7, b.l, 0.88) + (1-pale)*clamp(0.36, b.l, 0.52), b.c, b.h}
	return accents{
		fill:      toRGB(fill),
		hover:     toRGB(lch{fill.l + (fill.l-0.61)*0.2, fill.c, fill.h}),
		ink:       toRGB(lch{1 - pale*0.84, pale * 0.02, b.h}),
		light:     toRGB(lch{min(b.l, 0.465), min(b.c, 0.15), b.h}),
		dark:      toRGB(lch{max(b.l, 0.79), min(b.c, 0.11), b.h}),
		softLight: toRGB(lch{0.965, min(b.c*0.18, 0.022), b.h}),
		softDark:  toRGB(lch{0.275, min(b.c*0.35, 0.04), b.h}),
	}
}

func clamp(lo, x, hi float64) float64 { return max(lo, min(x, hi)) }

// Sample is text on a ground, both "#rrggbb", and WCAG 2's contrast between them.
type Sample struct {
	Ground, Ink string
	Contrast    float64
}

func sample(ground, ink rgb) Sample {
	return Sample{ground.hex(), ink.hex(), contrast(ground, ink)}
}

// Readable reports whether the text can be read.
func (s Sample) Readable() bool { return s.Contrast >= Enough }

// Use is one way in which a tenant's colour is used: as it would look if the colour were
// taken as it is, and as it is shown.
type Use struct {
	Where         string
	Chosen, Shown Sample
}

// Changed reports whether another colour is shown than the one that was chosen.
func (u Use) Changed() bool {
	return u.Chosen.Ground != u.Shown.Ground || u.Chosen.Ink != u.Shown.Ink
}

// Uses are all ways in which a colour is used; ok is false where it is none.
func Uses(colour string) (uses []Use, ok bool) {
	c, ok := parseHex(colour)
	if !ok {
		return nil, false
	}
	a := derive(c)
	return []Use{
		{"Buttons", sample(c, a.ink), sample(a.fill, a.ink)},
		{"Links, light", sample(white, c), sample(white, a.light)},
		{"Links, dark", sample(darkSurface, c), sample(darkSurface, a.dark)},
	}, true
}

// inkOn is the one of near-black and white that reads better on a ground.
func inkOn(ground rgb) rgb {
	if contrast(ground, nearBlack) > contrast(ground, white) {
		return nearBlack
	}
	return white
}

// Swatch are the ground and the ink of a small mark in a tenant's colour; what is no
// colour gets Gatehouse's own.
func Swatch(colour string) (fill, ink string) {
	c, ok := parseHex(colour)
	if !ok {
		return "#3f5878", "#ffffff"
	}
	return c.hex(), inkOn(c).hex()
}

// Button are the ground and the ink of a button in a tenant's colour, for places that
// read no stylesheet; ok is false where the colour is none.
func Button(colour string) (fill, ink string, ok bool) {
	c, ok := parseHex(colour)
	if !ok {
		return "", "", false
	}
	a := derive(c)
	return a.fill.hex(), a.ink.hex(), true
}

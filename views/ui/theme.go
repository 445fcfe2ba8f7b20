package ui

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"

	"gatehouse/internal/fault"
)

var hexColour = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)

// ThemeCSS is a tenant's stylesheet: it sets --tenant and nothing else; all that is derived
// from it stands in static/src/css/tokens.css. The hash (12 hex digits of the content) goes
// into its address, /t/{tenant}/theme.{hash}.css, so that it may be cached for ever. The
// colour is "#rrggbb"; anything else is an Invalid fault on the field "colour".
func ThemeCSS(colour string) (css, hash string, err error) {
	if !hexColour.MatchString(colour) {
		const message = "Write the colour as # and six hexadecimal digits, for example #0f766e."
		return "", "", fault.New(fault.Invalid, "invalid_input", message).WithFields(fault.Field{Name: "colour", Message: message})
	}
	css = ":root { --tenant: " + colour + "; }\n"
	sum := sha256.Sum256([]byte(css))
	return css, hex.EncodeToString(sum[:6]), nil
}

// swatchColours are the ground and the ink of a tenant's swatch. The ink is the one of
// near-black and white that reads better on the ground.
func swatchColours(colour string) (fill, ink string) {
	c, ok := parseHex(colour)
	if !ok {
		return "#3f5878", "#fff"
	}
	const nearBlack = "#1c1917"
	dark, _ := parseHex(nearBlack)
	if contrast(c, dark) > contrast(c, rgb{1, 1, 1}) {
		return colour, nearBlack
	}
	return colour, "#fff"
}

// Ink says which text reads on a tenant's colour, in words, and with what contrast (WCAG 2);
// ok is false where the colour is none.
func Ink(colour string) (ink, contrastRatio string, ok bool) {
	c, ok := parseHex(colour)
	if !ok {
		return "", "", false
	}
	_, hex := swatchColours(colour)
	if hex == "#fff" {
		return "white", decimal(contrast(c, rgb{1, 1, 1}), 1), true
	}
	dark, _ := parseHex(hex)
	return "near-black", decimal(contrast(c, dark), 1), true
}

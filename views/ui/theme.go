package ui

import (
	"crypto/sha256"
	"encoding/hex"

	"gatehouse/internal/brand"
	"gatehouse/internal/fault"
)

// ThemeCSS is a tenant's stylesheet: it sets --tenant and nothing else; all that is derived
// from it stands in static/src/css/tokens.css. The hash (12 hex digits of the content) goes
// into its address, /t/{tenant}/theme.{hash}.css, so that it may be cached for ever. The
// colour is "#rrggbb"; anything else is an Invalid fault on the field "colour".
func ThemeCSS(colour string) (css, hash string, err error) {
	if !brand.Valid(colour) {
		const message = "Write the colour as # and six hexadecimal digits, for example #0f766e."
		return "", "", fault.New(fault.Invalid, "invalid_input", message).WithFields(fault.Field{Name: "colour", Message: message})
	}
	css = ":root { --tenant: " + colour + "; }\n"
	sum := sha256.Sum256([]byte(css))
	return css, hex.EncodeToString(sum[:6]), nil
}

// Package brand makes what a tenant chooses for its look fit to be shown: a colour on
// which and in which text can be read, and a logo that is nothing but a picture.
package brand

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
)

var hexColour = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)

// Valid reports whether text is a colour written as "#rrggbb".
func Valid(text string) bool { return hexColour.MatchString(text) }

// rgb is a colour in sRGB, gamma encoded, each channel 0 to 1.
type rgb struct{ r, g, b float64 }

// lch is a colour in OKLCH: lightness 0 to 1, chroma, hue in radians.
type lch struct{ l, c, h float64 }

func parseHex(s string) (rgb, bool) {
	if !Valid(s) {
		return rgb{}, false
	}
	n, err := strconv.ParseUint(s[1:], 16, 32)
	if err != nil {
		return rgb{}, false
	}
	return rgb{float64(n>>16) / 255, float64(n>>8&0xff) / 255, float64(n&0xff) / 255}, true
}

func (c rgb) hex() string {
	byteOf := func(x float64) int { return int(math.Round(x * 255)) }
	return fmt.Sprintf("#%02x%02x%02x", byteOf(c.r), byteOf(c.g), byteOf(c.b))
}

// contrast is WCAG 2's contrast ratio, 1 to 21.
func contrast(a, b rgb) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

// luminance is WCAG 2's relative luminance.
func luminance(c rgb) float64 {
	return 0.2126*linear(c.r) + 0.7152*linear(c.g) + 0.0722*linear(c.b)
}

func linear(x float64) float64 {
	if x <= 0.04045 {
		return x / 12.92
	}
	return math.Pow((x+0.055)/1.055, 2.4)
}

func encoded(x float64) float64 {
	if x <= 0.0031308 {
		return 12.92 * x
	}
	return 1.055*math.Pow(x, 1/2.4) - 0.055
}

// toLCH converts as CSS Color 4 does, with the matrices of CSS Color 4, 10.9.
func toLCH(c rgb) lch {
	r, g, b := linear(c.r), linear(c.g), linear(c.b)
	l := math.Cbrt(0.4122214708*r + 0.5363325363*g + 0.0514459929*b)
	m := math.Cbrt(0.2119034982*r + 0.6806995451*g + 0.1073969566*b)
	s := math.Cbrt(0.0883024619*r + 0.2817188376*g + 0.6299787005*b)
	a := 1.9779984951*l - 2.4285922050*m + 0.4505937099*s
	bb := 0.0259040371*l + 0.7827717662*m - 0.8086757660*s
	return lch{0.2104542553*l + 0.7936177850*m - 0.0040720468*s, math.Hypot(a, bb), math.Atan2(bb, a)}
}

// toRGB converts back. A colour outside sRGB is clipped channel by channel, as Chromium does.
func toRGB(c lch) rgb {
	a, b := c.c*math.Cos(c.h), c.c*math.Sin(c.h)
	l := cube(c.l + 0.3963377774*a + 0.2158037573*b)
	m := cube(c.l - 0.1055613458*a - 0.0638541728*b)
	s := cube(c.l - 0.0894841775*a - 1.2914855480*b)
	clip := func(x float64) float64 { return encoded(min(1, max(0, x))) }
	return rgb{
		clip(4.0767416621*l - 3.3077115913*m + 0.2309699292*s),
		clip(-1.2684380046*l + 2.6097574011*m - 0.3413193965*s),
		clip(-0.0041960863*l - 0.7034186147*m + 1.7076147010*s),
	}
}

func cube(x float64) float64 { return x * x * x }

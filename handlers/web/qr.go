package web

import (
	"fmt"
	"strings"

	"rsc.io/qr"
)

// qrCode is a text as a QR code (ISO/IEC 18004): how many modules a side has, and the
// dark ones as the path of an SVG in which a module is 1 × 1.
func qrCode(text string) (size int, path string, err error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return 0, "", err
	}
	var b strings.Builder
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			from := x
			for x < code.Size && code.Black(x, y) {
				x++
			}
			if x > from {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", from, y, x-from, x-from)
			}
		}
	}
	return code.Size, b.String(), nil
}

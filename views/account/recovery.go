package account

import (
	"strconv"
	"strings"
)

// text is the codes as a file holds them.
func (d CodesData) text() string {
	return "Recovery codes of " + d.Email + "\nEach works once, at " + d.Portal + "/recover\n\n" + strings.Join(d.Codes, "\n") + "\n"
}

// quiet is the light margin of a QR code in modules, ISO/IEC 18004 §9.1.
const quiet = 4

func (d DeviceLinkData) viewBox() string {
	side := strconv.Itoa(d.Size + 2*quiet)
	return "-" + strconv.Itoa(quiet) + " -" + strconv.Itoa(quiet) + " " + side + " " + side
}

package ui

import (
	"context"
	"io"

	"github.com/a-h/templ"
)

// icons are all our icons, drawn by us on a grid of 16, stroke 1.5: name to SVG content.
var icons = map[string]string{
	"search":    `<circle cx="7" cy="7" r="4.5"/><path d="m10.5 10.5 3.5 3.5"/>`,
	"bell":      `<path d="M4 6.5a4 4 0 0 1 8 0c0 3.5 1.5 4.5 1.5 4.5h-11S4 10 4 6.5ZM6.5 13.5h3"/>`,
	"key":       `<circle cx="5" cy="11" r="2.8"/><path d="m7 9 6-6M10.6 5.4l1.8 1.8"/>`,
	"fail":      `<circle cx="8" cy="8" r="6"/><path d="m6 6 4 4M10 6l-4 4"/>`,
	"warn":      `<path d="M8 2.5 1.8 13.2h12.4L8 2.5ZM8 6.5v3M8 11.4v.1"/>`,
	"ok":        `<circle cx="8" cy="8" r="6"/><path d="m5.5 8.2 1.8 1.8 3.3-3.6"/>`,
	"info":      `<circle cx="8" cy="8" r="6"/><path d="M8 7.5v3.2M8 5.2v.1"/>`,
	"plus":      `<path d="M8 3v10M3 8h10"/>`,
	"screen":    `<rect x="2" y="3" width="12" height="8" rx="1.2"/><path d="M6 13.5h4M8 11v2.5"/>`,
	"sun":       `<circle cx="8" cy="8" r="2.8"/><path d="M8 1.5v1M8 13.5v1M1.5 8h1M13.5 8h1M3.4 3.4l.7.7M11.9 11.9l.7.7M3.4 12.6l.7-.7M11.9 4.1l.7-.7"/>`,
	"moon":      `<path d="M13.5 9.5A6 6 0 0 1 6.5 2.5a6 6 0 1 0 7 7Z"/>`,
	"passkey":   `<path d="M4 12.5c.8-1.5 1-3 1-4.5a3 3 0 0 1 6 0c0 2-.2 3.8-.8 5.5M8 8c0 2.3-.4 4.2-1.3 6M2.3 10c.3-.8.4-1.5.4-2a5.3 5.3 0 0 1 9-3.8M13.3 7.5c.1 1.5 0 3-.3 4.5"/>`,
	"list":      `<path d="M5.5 4h8M5.5 8h8M5.5 12h8M2.5 4h.01M2.5 8h.01M2.5 12h.01"/>`,
	"right":     `<path d="m6 3.5 4.5 4.5L6 12.5"/>`,
	"down":      `<path d="M3.5 6 8 10.5 12.5 6"/>`,
	"up":        `<path d="M3.5 10 8 5.5 12.5 10"/>`,
	"play":      `<path d="M5 3.2v9.6L12.6 8 5 3.2Z"/>`,
	"copy":      `<rect x="5.5" y="5.5" width="8" height="8" rx="1.5"/><path d="M10.5 5.5V4A1.5 1.5 0 0 0 9 2.5H4A1.5 1.5 0 0 0 2.5 4v5A1.5 1.5 0 0 0 4 10.5h1.5"/>`,
	"inbox":     `<path d="M2 9h3.5l1 2h3l1-2H14M2 9l2-5.5h8L14 9v3a1 1 0 0 1-1 1H3a1 1 0 0 1-1-1V9Z"/>`,
	"pulse":     `<path d="M1.5 8.5h3l2-5 3 9 2-4h3"/>`,
	"api":       `<path d="m8 1.8 5.5 3v6.4L8 14.2l-5.5-3V4.8l5.5-3ZM2.7 5 8 8l5.3-3M8 8v6"/>`,
	"team":      `<circle cx="6" cy="5.5" r="2.5"/><path d="M1.5 13c0-2.5 2-4 4.5-4s4.5 1.5 4.5 4M10.5 3.2a2.5 2.5 0 0 1 0 4.6M12 9.3c1.5.5 2.5 1.8 2.5 3.7"/>`,
	"person":    `<circle cx="8" cy="5.5" r="2.5"/><path d="M3.5 13.5c0-2.5 2-4.2 4.5-4.2s4.5 1.7 4.5 4.2"/>`,
	"webhook":   `<circle cx="8" cy="4.2" r="2.2"/><circle cx="3.8" cy="11.5" r="2.2"/><circle cx="12.2" cy="11.5" r="2.2"/><path d="m7 6.2-2.3 3.5M9 6.2l2.3 3.5M6 11.5h4"/>`,
	"gear":      `<circle cx="8" cy="8" r="2.2"/><path d="M8 1.8v2M8 12.2v2M1.8 8h2M12.2 8h2M3.6 3.6 5 5M11 11l1.4 1.4M3.6 12.4 5 11M11 5l1.4-1.4"/>`,
	"shield":    `<path d="M8 1.8 13 3.6v4C13 10.8 11 13 8 14.2 5 13 3 10.8 3 7.6v-4l5-1.8Z"/>`,
	"ask":       `<circle cx="8" cy="8" r="6"/><path d="M6.3 6.3C6.5 5.3 7.2 4.8 8.1 4.8c1 0 1.7.6 1.7 1.5 0 1.3-1.8 1.4-1.8 2.7M8 11.2v.1"/>`,
	"check":     `<path d="m3 8.5 3.2 3.2L13 4.8"/>`,
	"dot":       `<circle cx="8" cy="8" r="6"/><path d="M8 8h.01" stroke-width="3.5"/>`,
	"cross":     `<path d="m4 4 8 8M12 4l-8 8"/>`,
	"switch":    `<path d="M11 2.5 13.5 5 11 7.5M13.5 5h-11M5 8.5 2.5 11 5 13.5M2.5 11h11"/>`,
	"leave":     `<path d="M6 2.5H3.5a1 1 0 0 0-1 1v9a1 1 0 0 0 1 1H6M10 4.5 13.5 8 10 11.5M13.5 8H6"/>`,
	"ban":       `<circle cx="8" cy="8" r="6"/><path d="m3.9 3.9 8.2 8.2"/>`,
	"clock":     `<circle cx="8" cy="8" r="6"/><path d="M8 4.8V8l2.2 1.4"/>`,
	"pause":     `<circle cx="8" cy="8" r="6"/><path d="M6.5 6v4M9.5 6v4"/>`,
	"sort":      `<path d="m4.5 6 3.5-3.5L11.5 6M4.5 10l3.5 3.5 3.5-3.5"/>`,
	"star":      `<path d="m8 2 1.8 3.8 4.2.5-3.1 2.9.8 4.1L8 11.3l-3.7 2 .8-4.1L2 6.3l4.2-.5L8 2Z"/>`,
	"hourglass": `<path d="M4 2h8M4 14h8M5 2c0 3.5 6 4.5 6 8.5V14M11 2c0 3.5-6 4.5-6 8.5V14"/>`,
	"eye":       `<path d="M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8Z"/><circle cx="8" cy="8" r="2"/>`,
	"lock":      `<rect x="3.5" y="7" width="9" height="6.5" rx="1.5"/><path d="M5.5 7V5a2.5 2.5 0 0 1 5 0v2"/>`,
	"globe":     `<circle cx="8" cy="8" r="6"/><path d="M2 8h12M8 2c2 1.7 2.6 3.9 2.6 6S10 12.3 8 14C6 12.3 5.4 10.1 5.4 8S6 3.7 8 2Z"/>`,
	"rotate":    `<path d="M13.5 8a5.5 5.5 0 0 1-9.6 3.6M2.5 8a5.5 5.5 0 0 1 9.6-3.6M12.2 1.8v2.7H9.5M3.8 14.2v-2.7h2.7"/>`,
	"more":      `<path d="M3.5 8h.01M8 8h.01M12.5 8h.01" stroke-width="2.2"/>`,
	"mail":      `<rect x="2" y="3.5" width="12" height="9" rx="1.2"/><path d="m2.5 4.5 5.5 4.3 5.5-4.3"/>`,
	"upload":    `<path d="M8 10.5v-8M4.8 5.5 8 2.3l3.2 3.2M2.5 10.5v2a1 1 0 0 0 1 1h9a1 1 0 0 0 1-1v-2"/>`,
	"download":  `<path d="M8 2.5v8M4.8 7.3 8 10.5l3.2-3.2M2.5 10.5v2a1 1 0 0 0 1 1h9a1 1 0 0 0 1-1v-2"/>`,
	"edit":      `<path d="M10.8 2.7 13.3 5.2 5.5 13H3v-2.5l7.8-7.8Z"/>`,
	"trash":     `<path d="M3 4.5h10M6.5 4.5v-2h3v2M4.5 4.5l.6 9h5.8l.6-9"/>`,
	"book":      `<path d="M8 4C6.5 2.8 4.5 2.6 2 2.8v9.7c2.5-.2 4.5 0 6 1.2 1.5-1.2 3.5-1.4 6-1.2V2.8C11.5 2.6 9.5 2.8 8 4ZM8 4v9.7"/>`,
}

// Icon draws one of our icons, 16 px, hidden from screen readers: a word or a spoken name
// stands beside it. Names are the keys of icons; a name that does not exist draws "dot"
// (a test reads all templates for such names). Classes colour it: "i-ok", "i-warn",
// "i-bad", "i-info", "i-accent", "chev", "glyph".
func Icon(name string, classes ...string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		drawing, ok := icons[name]
		if !ok {
			drawing = icons["dot"]
		}
		class := "icon"
		for _, c := range classes {
			class += " " + c
		}
		_, err := io.WriteString(w, `<svg class="`+templ.EscapeString(class)+`" viewBox="0 0 16 16" aria-hidden="true">`+drawing+`</svg>`)
		return err
	})
}

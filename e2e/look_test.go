package e2e

import (
	"strings"
	"testing"

	"gatehouse/e2e/drive"
)

// previewsALook lets an admin change the colour of the portal, see it in frames of both
// themes, publish it, and take back what was before.
func previewsALook(t *testing.T, admin *drive.Person) {
	t.Helper()
	admin.Open("/t/northquay/admin/settings/look")
	admin.Fills("Colour", "#ffe14d")
	admin.Sees("Too pale to read: shown darker")
	admin.Fills("Tagline", "Yellow port: seen before it is published")
	admin.Press("Preview")
	admin.Arrives("/t/northquay/admin/settings/look/preview")
	fill := func(frame int, selector, property string) string {
		t.Helper()
		return drive.JS[string](admin, `getComputedStyle(document.querySelectorAll("iframe")[`+string(rune('0'+frame))+`].contentDocument.querySelector("`+selector+`")).`+property)
	}
	loaded := `[...document.querySelectorAll("iframe")].every((f) => f.contentDocument?.readyState === "complete" && f.contentDocument.querySelector("h1"))`
	if !admin.Waits(loaded) {
		t.Fatal("the frames do not show the home page and the mail")
	}
	for frame, scheme := range map[int]string{2: "light", 3: "dark"} {
		button := `a[style]`
		if ground, ink := fill(frame, button, "backgroundColor"), fill(frame, button, "color"); ground != "rgb(245, 215, 64)" || ink != "rgb(16, 13, 4)" {
			t.Errorf("the button of the %s mail is %s on %s", scheme, ink, ground)
		}
	}
	for frame, scheme := range []string{"light", "dark"} {
		if got := fill(frame, "html", "colorScheme"); got != scheme {
			t.Errorf("frame %d is %q", frame, got)
		}
		if got := drive.JS[string](admin, `getComputedStyle(document.querySelectorAll("iframe")[`+string(rune('0'+frame))+`].contentDocument.documentElement).getPropertyValue("--tenant").trim()`); got != "#ffe14d" {
			t.Errorf("frame %d is in %q", frame, got)
		}
	}
	admin.Press("Publish")
	admin.Sees("Published: readers see it now.")
	admin.Open("/t/northquay")
	admin.Sees("Yellow port")
	admin.Open("/t/northquay/admin/settings/look")
	admin.Press("Take up again: Northquay Ports")
	admin.Sees("This is how it looked.")
	admin.Press("Publish")
	admin.Sees("Published: readers see it now.")
	admin.Open("/t/northquay")
	if text := admin.Text(); !strings.Contains(text, "Build on the port") {
		t.Errorf("the look of before did not come back: %.300s", text)
	}
}

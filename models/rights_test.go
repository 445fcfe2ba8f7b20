package models_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"gatehouse/models"
)

func ranges(t testing.TB, text string) []netip.Prefix {
	t.Helper()
	out, err := models.ParseRanges(text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// What needs a passkey: whatever lets a token do what it could not.
func TestWidens(t *testing.T) {
	operations := map[string][]models.Operation{"v1": {
		{Key: "GET /a", Class: models.ClassRead, Scopes: [][]string{{"read:a"}}},
		{Key: "GET /b", Class: models.ClassRead},
		{Key: "PUT /a", Class: models.ClassWrite, Scopes: [][]string{{"read:a", "write:a"}}},
	}}
	read, write, none := models.Permission{VersionID: "v1", Access: models.AccessRead}, models.Permission{VersionID: "v1", Access: models.AccessWrite}, models.Permission{VersionID: "v1", Access: models.AccessNone}
	scopes := func(s ...string) models.Permission {
		return models.Permission{VersionID: "v1", Access: models.AccessCustom, Scopes: s}
	}
	single := func(keys ...string) models.Permission {
		return models.Permission{VersionID: "v1", Access: models.AccessCustom, Operations: keys}
	}
	elsewhere := models.Permission{VersionID: "v2", Access: models.AccessRead}
	for name, tt := range map[string]struct {
		before, after string // ranges
		from, to      []models.Permission
		want          bool
	}{
		"nothing changes":                         {"", "", []models.Permission{read}, []models.Permission{read}, false},
		"read becomes write":                      {"", "", []models.Permission{read}, []models.Permission{write}, true},
		"write becomes read":                      {"", "", []models.Permission{write}, []models.Permission{read}, false},
		"one API less":                            {"", "", []models.Permission{read, elsewhere}, []models.Permission{read}, false},
		"one API more":                            {"", "", []models.Permission{read}, []models.Permission{read, elsewhere}, true},
		"none becomes read":                       {"", "", []models.Permission{none}, []models.Permission{read}, true},
		"read becomes none":                       {"", "", []models.Permission{read}, []models.Permission{none}, false},
		"write becomes an operation":              {"", "", []models.Permission{write}, []models.Permission{single("PUT /a")}, false},
		"read becomes one that reads":             {"", "", []models.Permission{read}, []models.Permission{single("GET /b")}, false},
		"read becomes one that writes":            {"", "", []models.Permission{read}, []models.Permission{single("PUT /a")}, true},
		"read becomes one that nobody knows":      {"", "", []models.Permission{read}, []models.Permission{single("GET /c")}, true},
		"read becomes a scope":                    {"", "", []models.Permission{read}, []models.Permission{scopes("read:a")}, true},
		"one operation becomes read":              {"", "", []models.Permission{single("GET /a", "GET /b")}, []models.Permission{read}, true},
		"an operation less":                       {"", "", []models.Permission{single("GET /a", "PUT /a")}, []models.Permission{single("PUT /a")}, false},
		"an operation more":                       {"", "", []models.Permission{single("GET /a")}, []models.Permission{single("GET /a", "GET /b")}, true},
		"one that nobody knows any more stays":    {"", "", []models.Permission{single("GET /c")}, []models.Permission{single("GET /c")}, false},
		"a scope becomes what it opens":           {"", "", []models.Permission{scopes("read:a")}, []models.Permission{single("GET /a")}, false},
		"a scope becomes what it half opens":      {"", "", []models.Permission{scopes("read:a")}, []models.Permission{single("PUT /a")}, true},
		"what a scope opens becomes the scope":    {"", "", []models.Permission{single("GET /a")}, []models.Permission{scopes("read:a")}, true},
		"a scope less":                            {"", "", []models.Permission{scopes("read:a", "write:a")}, []models.Permission{scopes("read:a")}, false},
		"a scope more":                            {"", "", []models.Permission{scopes("read:a")}, []models.Permission{scopes("read:a", "write:a")}, true},
		"the first range":                         {"", "192.0.2.0/24", []models.Permission{read}, []models.Permission{read}, false},
		"the last range goes":                     {"192.0.2.0/24", "", []models.Permission{read}, []models.Permission{read}, true},
		"a smaller range":                         {"192.0.2.0/24", "192.0.2.128/25 192.0.2.1", []models.Permission{read}, []models.Permission{read}, false},
		"a larger range":                          {"192.0.2.0/25", "192.0.2.0/24", []models.Permission{read}, []models.Permission{read}, true},
		"another range":                           {"192.0.2.0/24", "198.51.100.0/24", []models.Permission{read}, []models.Permission{read}, true},
		"the whole of IPv6 for IPv4":              {"0.0.0.0/0", "::/0", []models.Permission{read}, []models.Permission{read}, true},
		"two halves become the whole, to be sure": {"192.0.2.0/25 192.0.2.128/25", "192.0.2.0/24", []models.Permission{read}, []models.Permission{read}, true},
		"less here and more there":                {"", "192.0.2.1", []models.Permission{read}, []models.Permission{write}, true},
	} {
		t.Run(name, func(t *testing.T) {
			before := models.Rights{Permissions: tt.from, AllowedIPs: ranges(t, tt.before)}
			after := models.Rights{Permissions: tt.to, AllowedIPs: ranges(t, tt.after)}
			if got := models.Widens(before, after, operations); got != tt.want {
				t.Errorf("widens: %v", got)
			}
			if !before.Same(before) || before.Same(after) != (name == "nothing changes" || strings.HasSuffix(name, "any more stays")) {
				t.Error("the two are compared wrongly")
			}
		})
	}
}

// R77: ranges are kept as the gateway compares them.
func TestParseRanges(t *testing.T) {
	for text, want := range map[string]string{
		"":                               "",
		" \n, ":                          "",
		"192.0.2.7":                      "192.0.2.7/32",
		"192.0.2.7/24":                   "192.0.2.0/24",
		"2001:db8::1":                    "2001:db8::1/128",
		"2001:db8::1/32":                 "2001:db8::/32",
		"192.0.2.1, 198.51.100.0/24":     "192.0.2.1/32 198.51.100.0/24",
		"192.0.2.1\r\n192.0.2.1/32\n":    "192.0.2.1/32",
		"::ffff:192.0.2.7":               "192.0.2.7/32",
		"::ffff:192.0.2.7/120":           "192.0.2.0/24",
		"::ffff:0:0/90":                  "refused",
		"fe80::1%eth0":                   "refused",
		"192.0.2.0/33":                   "refused",
		"192.0.2.1:443":                  "refused",
		"192.0.2":                        "refused",
		"localhost":                      "refused",
		"192.0.2.1 and so on":            "refused",
		strings.Repeat("2001:db8::/", 3): "refused",
	} {
		got, err := models.ParseRanges(text)
		var words []string
		for _, p := range got {
			words = append(words, p.String())
		}
		if line := strings.Join(words, " "); err != nil && want != "refused" || err == nil && line != want {
			t.Errorf("%q: %q, %v, want %q", text, line, err, want)
		}
	}
	var many []string
	for i := range models.RangesMost + 1 {
		many = append(many, netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}).String())
	}
	if _, err := models.ParseRanges(strings.Join(many[1:], " ")); err != nil {
		t.Error(err)
	}
	if _, err := models.ParseRanges(strings.Join(many, " ")); err == nil {
		t.Error("one more than there may be is taken")
	}
}

// Whatever is typed: no panic, and what is understood is written as it is read.
func FuzzParseRanges(f *testing.F) {
	for _, s := range []string{"192.0.2.7", "192.0.2.0/24, 2001:db8::/32", "::ffff:1.2.3.4/97", "fe80::1%1", "::/0", "0.0.0.0/0", "x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := models.ParseRanges(text)
		if err != nil {
			return
		}
		again, err := models.ParseRanges(models.RangesText(got))
		if err != nil || !slices.Equal(got, again) {
			t.Errorf("%q: %v, then %v, %v", text, got, again, err)
		}
		for _, p := range got {
			if !p.IsValid() || p != p.Masked() || p.Addr().Is4In6() || p.Addr().Zone() != "" {
				t.Errorf("%q: %v", text, p)
			}
		}
	})
}

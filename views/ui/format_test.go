package ui

import (
	"testing"
	"time"
)

func TestTimesAreSaidAsPeopleDo(t *testing.T) {
	now := time.Date(2026, 11, 22, 16, 43, 0, 0, time.UTC)
	for _, tt := range []struct {
		ago  time.Duration
		want string
	}{
		{0, "just now"},
		{-500 * time.Millisecond, "just now"},
		{time.Second, "1 second ago"},
		{59 * time.Second, "59 seconds ago"},
		{3*time.Minute + 59*time.Second, "3 minutes ago"},
		{time.Hour, "1 hour ago"},
		{25 * time.Hour, "1 day ago"},
		{99 * day, "99 days ago"},
		{120 * day, "4 months ago"},
		{800 * day, "2 years ago"},
		{-82 * day, "in 82 days"},
		{-42 * time.Minute, "in 42 minutes"},
	} {
		if got := Ago(now.Add(-tt.ago), now); got != tt.want {
			t.Errorf("%v ago: %q, want %q", tt.ago, got, tt.want)
		}
	}
	if Ago(time.Time{}, now) != "never" || Date(time.Time{}) != "never" {
		t.Error("a time that never was")
	}
}

func TestNumbersAreWrittenForPeople(t *testing.T) {
	for _, tt := range []struct{ got, want string }{
		{Number(0), "0"}, {Number(999), "999"}, {Number(15079), "15,079"}, {Number(1234567), "1,234,567"}, {Number(-1234), "-1,234"},
		{Short(940), "940"}, {Short(9400), "9,400"}, {Short(12400), "12.4 k"}, {Short(1940000), "1.94 M"},
		{Plural(1, "token"), "1 token"}, {Plural(0, "token"), "0 tokens"}, {Plural(2, "key"), "2 keys"}, {Plural(3, "entry"), "3 entries"}, {Plural(16, "address"), "16 addresses"}, {Plural(2, "day"), "2 days"},
		{Percent(0), "0 %"}, {Percent(0.0001), "< 0.1 %"}, {Percent(0.042), "4.2 %"}, {Percent(0.71), "71 %"}, {Percent(0.99987), "99.98 %"}, {Percent(1), "100 %"},
		{Bytes(512), "512 B"}, {Bytes(1400), "1.4 kB"}, {Bytes(13_000_000), "13 MB"},
		{Took(400 * time.Microsecond), "0.4 ms"}, {Took(38 * time.Millisecond), "38 ms"}, {Took(5002 * time.Millisecond), "5,002 ms"},
		{ID("What it is for"), "what-it-is-for"}, {ID("  Crème & Co. "), "cr-me-co"}, {FieldID("ip_ranges"), "f-ip-ranges"},
		{zone(time.Unix(0, 0).In(time.FixedZone("", 5*3600+1800))), "UTC+5:30"}, {zone(time.Unix(0, 0).UTC()), "UTC"},
		{initials("Port Admin"), "PA"}, {initials("a@b.example"), "AE"}, {initials(""), "?"}, {initials("Zoë"), "Z"},
	} {
		if tt.got != tt.want {
			t.Errorf("%q, want %q", tt.got, tt.want)
		}
	}
}

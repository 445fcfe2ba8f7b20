package models

import (
	"net/netip"
	"strings"
	"time"
)

// PlaceSeen is how long a place from which a person signed in is remembered: after
// that it is a new one again.
const PlaceSeen = 90 * 24 * time.Hour

// Device is a user agent in words, as far as the usual ones say: enough for a
// person to know their own sessions, and for nothing else.
func Device(userAgent string) string {
	name := firstOf(userAgent, [][2]string{
		{"Edg/", "Edge"}, {"EdgA/", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser/", "Samsung Internet"}, {"Firefox/", "Firefox"},
		{"FxiOS/", "Firefox"}, {"Chrome/", "Chrome"}, {"CriOS/", "Chrome"}, {"Safari/", "Safari"},
	})
	system := firstOf(userAgent, [][2]string{
		{"Windows", "Windows"}, {"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Mac OS X", "macOS"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"},
	})
	switch {
	case name == "" && system == "":
		return "Unknown browser"
	case name == "" || system == "":
		return name + system
	}
	return name + " on " + system
}

func firstOf(text string, words [][2]string) string {
	for _, w := range words {
		if strings.Contains(text, w[0]) {
			return w[1]
		}
	}
	return ""
}

// Network is the part of an address that stays while a person stays where they are:
// 24 bits of an IPv4 address, 48 of an IPv6 one. It is "" for what is no address.
func Network(ip string) string {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return ""
	}
	bits := 48
	if addr = addr.Unmap().WithZone(""); addr.Is4() {
		bits = 24
	}
	prefix, err := addr.Prefix(bits)
	if err != nil {
		return ""
	}
	return prefix.String()
}

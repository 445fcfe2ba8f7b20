// Package docs shows the guides, the explanations of error codes, and the
// reference of the management API.
package docs

import "gatehouse/views/ui"

// Shelf is the list of guides at the side of every page here.
type Shelf []ui.SideItem

// Card leads to one guide.
type Card struct{ Title, Lead, URL string }

// Text is one guide.
type Text struct {
	Shelf       Shelf
	Title, Lead string
	Source      string // Markdown of our own
}

// Code is an error code in a list.
type Code struct{ Code, Title, URL string }

// CodeGroup is the codes that are met in one place.
type CodeGroup struct {
	Title string
	Codes []Code
}

// Explanation is the page of one error code.
type Explanation struct {
	Shelf            Shelf
	Code, Title      string
	Happened, Remedy string // Markdown of our own
}

// Item is one line of the shelf.
func Item(icon, text, url string, current bool) ui.SideItem {
	return ui.SideItem{Icon: icon, Text: text, URL: url, Current: current}
}

package catalog

import (
	"time"

	"gatehouse/views/ui"
)

// End is what the page about a version's end shows.
type End struct {
	Ending    ui.EndingData
	Sign      ui.Sign
	Crumbs    []ui.Link
	Reference string // "" where it is gone
	Tenant    string
	Seen      string // where it is said that one has seen it; "" where one has, or was not told
	Calendar  string // file with its end; "" where there is none
	Tokens    []EndToken
	News      []EndNews
}

// EndToken is a token of the reader's teams that called the version.
type EndToken struct {
	Name, URL, Team string
	LastAt          time.Time
	Operations      []string
}

// EndNews is one thing that was announced.
type EndNews struct {
	Icon, What, Text string
	Tone             ui.Tone
	At               time.Time
}

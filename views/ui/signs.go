package ui

import "strings"

// Tone is what a colour means. It never stands alone: a word and an icon go with it.
type Tone string

// The tones. Off is grey: ended, paused, not in force.
const (
	Plain  Tone = ""
	OK     Tone = "ok"
	Warn   Tone = "warn"
	Bad    Tone = "bad"
	Info   Tone = "info"
	Off    Tone = "off"
	Accent Tone = "accent"
)

// Sign is a state as it is shown: a tone, an icon and a word, always all three.
type Sign struct {
	Tone Tone
	Icon string
	Word string
}

// signs are the states of our nouns, by the word that models stores.
var signs = map[string]Sign{
	"active":       {OK, "ok", "Active"},
	"approved":     {OK, "ok", "Approved"},
	"published":    {OK, "ok", "Published"},
	"operational":  {OK, "ok", "Operational"},
	"healthy":      {OK, "ok", "Healthy"},
	"delivered":    {OK, "ok", "Delivered"},
	"completed":    {OK, "ok", "Done"},
	"rotating":     {Info, "rotate", "Rotating"},
	"running":      {Info, "rotate", "Running"},
	"degraded":     {Warn, "warn", "Degraded"},
	"no_calls":     {Off, "dot", "No calls"},
	"pending":      {Info, "dot", "Waiting"},
	"requested":    {Info, "dot", "Waiting"},
	"waiting":      {Info, "dot", "Waiting"},
	"draft":        {Info, "edit", "Draft"},
	"scheduled":    {Info, "clock", "Scheduled"},
	"beta":         {Info, "dot", "Beta"},
	"expires_soon": {Warn, "clock", "Expires soon"},
	"retryable":    {Warn, "rotate", "Trying again"},
	"deprecated":   {Warn, "hourglass", "Deprecated"},
	"paused":       {Off, "pause", "Paused"},
	"expired":      {Off, "hourglass", "Expired"},
	"retired":      {Off, "hourglass", "Retired"},
	"ended":        {Off, "hourglass", "Ended"},
	"withdrawn":    {Off, "cross", "Withdrawn"},
	"cancelled":    {Off, "cross", "Cancelled"},
	"superseded":   {Off, "hourglass", "Superseded"},
	"revoked":      {Bad, "ban", "Revoked"},
	"denied":       {Bad, "ban", "Denied"},
	"suspended":    {Bad, "ban", "Suspended"},
	"disabled":     {Bad, "ban", "Disabled"},
	"archived":     {Off, "hourglass", "Archived"},
	"failed":       {Bad, "fail", "Failed"},
	"discarded":    {Bad, "fail", "Given up"},
	"down":         {Bad, "fail", "Down"},
}

// State is how a stored state is shown: State("revoked"). A word we have no sign for is
// shown grey, as it is.
func State(word string) Sign {
	if s, ok := signs[word]; ok {
		return s
	}
	return Sign{Off, "dot", strings.ReplaceAll(word, "_", " ")}
}

// class names a component in a tone: class("mark", OK) is "mark mark-ok".
func class(component string, t Tone) string {
	if t == Plain {
		return component
	}
	return component + " " + component + "-" + string(t)
}

// iconTone is the class that colours an icon.
func iconTone(t Tone) string {
	if t == Plain || t == Off {
		return ""
	}
	return "i-" + string(t)
}

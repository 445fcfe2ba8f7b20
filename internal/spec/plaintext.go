package spec

import "strings"

// MarkdownText is text as it stands in a line of Markdown: nothing of it is
// markup, and it does not end the line.
func MarkdownText(s string) string {
	s = markdownEscape.Replace(strings.Join(strings.Fields(tame(s)), " "))
	if strings.HasPrefix(s, "-") || strings.HasPrefix(s, "+") { // would begin a list
		return `\` + s
	}
	return s
}

var markdownEscape = strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "<", `\<`, ">", `\>`, "#", `\#`, "|", `\|`, "~", `\~`)

// MarkdownCode is text as code in a line of Markdown.
func MarkdownCode(s string) string {
	s = strings.Join(strings.Fields(tame(s)), " ")
	fence := "`"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") {
		s = " " + s + " "
	}
	return fence + s + fence
}

// MarkdownBlock is a block of code, whatever fences stand in it.
func MarkdownBlock(language, code string) string {
	fence := "```"
	for strings.Contains(code, fence) {
		fence += "`"
	}
	return fence + language + "\n" + strings.TrimRight(code, "\n") + "\n" + fence + "\n"
}

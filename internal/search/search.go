// Package search cuts texts into the words by which they are found, the same for
// both databases, and marks in a text what a search meant.
//
// Scripts that put no spaces between words (Chinese, Japanese, Korean, Thai, …)
// are cut into pairs of letters. Most words of Japanese have two, which an index
// of three letters, SQLite's other way, cannot find; and PostgreSQL's parser
// would take a whole sentence for one word.
package search

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// unspaced are the scripts that put no spaces between words.
var unspaced = []*unicode.RangeTable{unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo,
	unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar}

// longSound (ー) belongs to several scripts, and so to none in Unicode's tables.
const longSound = 'ー'

func pairwise(r rune) bool { return r >= 0x0e00 && (r == longSound || unicode.In(r, unspaced...)) }

// maxWord is the longest word that is kept, in bytes: what is longer is data.
const maxWord = 64

// fold is a letter without case, width and, in scripts of Europe, accents.
func fold(s string) string {
	ascii := true
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			ascii = false
			break
		}
	}
	if ascii {
		return strings.ToLower(s)
	}
	var out strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(norm.NFKC.String(s))) {
		if r < 0x300 || r > 0x36f { // accents; the marks of other scripts tell letters apart
			out.WriteRune(r)
		}
	}
	return norm.NFC.String(out.String())
}

func inWord(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || r == longSound || unicode.IsMark(r)
}

// runs are the stretches of letters and digits in a text, as they stand there,
// each of one kind of script.
func runs(text string) (out []string) {
	start, pairs := -1, false
	end := func(i int) {
		if start >= 0 {
			out = append(out, text[start:i])
		}
		start = -1
	}
	for i, r := range text {
		switch {
		case !inWord(r):
			end(i)
		case start < 0:
			start, pairs = i, pairwise(r)
		case pairwise(r) != pairs && !unicode.IsMark(r):
			end(i)
			start, pairs = i, pairwise(r)
		}
	}
	end(len(text))
	return out
}

// Words are the words of some texts for the index, with a space between them:
// each once, names like listPets also by their parts.
func Words(texts ...string) string {
	var out []string
	seen := map[string]bool{}
	add := func(word string) {
		if word != "" && len(word) <= maxWord && !seen[word] {
			seen[word] = true
			out = append(out, word)
		}
	}
	for _, text := range texts {
		for _, run := range runs(text) {
			if first, _ := utf8.DecodeRuneInString(run); pairwise(first) {
				letters := []rune(fold(run))
				for i := range letters {
					add(string(letters[i:min(i+2, len(letters))]))
				}
				continue
			}
			add(fold(run))
			for _, part := range humps(run) {
				add(fold(part))
			}
		}
	}
	return strings.Join(out, " ")
}

// humps are the parts of a name like listPetsByID, none where it has but one.
func humps(word string) (parts []string) {
	letters := []rune(word)
	start := 0
	for i := 1; i < len(letters); i++ {
		up := unicode.IsUpper(letters[i])
		if up && !unicode.IsUpper(letters[i-1]) || up && i+1 < len(letters) && unicode.IsLower(letters[i+1]) ||
			unicode.IsDigit(letters[i]) != unicode.IsDigit(letters[i-1]) {
			parts = append(parts, string(letters[start:i]))
			start = i
		}
	}
	if start == 0 {
		return nil
	}
	return append(parts, string(letters[start:]))
}

// mostWords is how many words of a search count.
const mostWords = 12

// Query is what a search asks for: the beginnings of words that an entry must
// have, all of them. It has letters and digits only.
func Query(text string) (words []string) {
	for _, run := range runs(text) {
		letters := []rune(fold(run))
		if first, _ := utf8.DecodeRuneInString(run); pairwise(first) && len(letters) > 2 {
			for i := range len(letters) - 1 {
				words = append(words, string(letters[i:i+2]))
			}
		} else if len(letters) > 0 && len(string(letters)) <= maxWord {
			words = append(words, string(letters))
		}
	}
	words = slices.DeleteFunc(words, func(w string) bool { return strings.ContainsFunc(w, func(r rune) bool { return !inWord(r) }) })
	return words[:min(len(words), mostWords)]
}

// Piece of a text; Hit says that a search meant it.
type Piece struct {
	Text string
	Hit  bool
}

// Mark cuts a text where a search's words stand in it.
func Mark(text, query string) (pieces []Piece) {
	at := 0
	for _, hit := range hits(text, query) {
		if hit[0] > at {
			pieces = append(pieces, Piece{Text: text[at:hit[0]]})
		}
		pieces = append(pieces, Piece{text[hit[0]:hit[1]], true})
		at = hit[1]
	}
	if at < len(text) {
		pieces = append(pieces, Piece{Text: text[at:]})
	}
	return pieces
}

// hits are where the words of a search stand in a text, in order, none over another.
func hits(text, query string) (out [][2]int) {
	words := Query(query)
	if len(words) == 0 {
		return nil
	}
	prev := ' '
	for i, r := range text {
		begins := inWord(r) && (!inWord(prev) || pairwise(r) || pairwise(prev) ||
			unicode.IsUpper(r) && !unicode.IsUpper(prev) || unicode.IsDigit(r) != unicode.IsDigit(prev))
		prev = r
		if !begins || len(out) > 0 && i < out[len(out)-1][1] && !pairwise(r) {
			continue
		}
		longest := 0
		for _, w := range words {
			longest = max(longest, matched(text[i:], w))
		}
		switch last := len(out) - 1; {
		case longest == 0:
		case last >= 0 && i <= out[last][1] && pairwise(r):
			out[last][1] = max(out[last][1], i+longest)
		default:
			out = append(out, [2]int{i, i + longest})
		}
	}
	return out
}

// matched is how many bytes at the beginning of a text fold to a word, or 0.
func matched(text, word string) int {
	for i, r := range text {
		if word == "" {
			return i
		}
		rest, ok := strings.CutPrefix(word, fold(string(r)))
		if !ok {
			return 0
		}
		word = rest
	}
	if word == "" {
		return len(text)
	}
	return 0
}

// Snippet is about so many characters of a text around what a search meant first.
func Snippet(text, query string, around int) string {
	start := 0
	if found := hits(text, query); len(found) > 0 {
		start = found[0][0]
	}
	letters := []rune(text[:start])
	from := max(0, len(letters)-around/3)
	out, after := string(letters[from:])+text[start:], ""
	if all := []rune(out); len(all) > around {
		out, after = strings.TrimSpace(string(all[:around])), "…"
	}
	if from > 0 {
		if _, rest, ok := strings.Cut(out, " "); ok && len(rest) > len(out)/2 {
			out = rest
		}
		out = "…" + out
	}
	return out + after
}

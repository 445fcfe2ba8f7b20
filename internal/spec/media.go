package spec

import (
	"encoding/xml"
	"mime"
	"regexp"
	"strconv"
	"strings"
)

// concrete is a media type in place of a range such as image/*.
func concrete(media string) string {
	switch {
	case strings.HasPrefix(media, "image/*"):
		return "image/png"
	case strings.HasPrefix(media, "text/*"):
		return "text/plain"
	case strings.Contains(media, "*"):
		return "application/octet-stream"
	}
	return media
}

// extensions are those of media types that name no extension of their own.
var extensions = map[string]string{
	"image/jpeg": ".jpg", "text/plain": ".txt", "application/gzip": ".gz", "audio/mpeg": ".mp3", "image/svg+xml": ".svg",
}

var shortWord = regexp.MustCompile(`^[a-z0-9]{2,5}$`)

// suffix is the end of a file's name that goes with a media type, ".bin" for
// those that most people have none for.
func suffix(media string) string {
	t, _, err := mime.ParseMediaType(media)
	if err != nil {
		return ".bin"
	}
	if e := extensions[t]; e != "" {
		return e
	}
	_, sub, _ := strings.Cut(t, "/")
	switch {
	case IsJSON(t):
		return ".json"
	case isXML(t):
		return ".xml"
	case sub != "octet" && shortWord.MatchString(sub):
		return "." + sub
	}
	return ".bin"
}

var notFileName = regexp.MustCompile(`[^A-Za-z0-9_-]+`)

// fileName is a field's name as the start of a file's.
func fileName(field string, n int) string {
	name := strings.Trim(notFileName.ReplaceAllString(clipTo(field, 40), "-"), "-")
	name = unlessEmpty(name, "file")
	if n > 0 {
		name += strconv.Itoa(n + 1)
	}
	return name
}

func isXML(media string) bool {
	t, _, err := mime.ParseMediaType(media)
	return err == nil && (t == "application/xml" || t == "text/xml" || strings.HasSuffix(t, "+xml"))
}

// isText reports whether people write a media type by hand.
func isText(media string) bool {
	return strings.HasPrefix(media, "text/") || IsJSON(media) || isXML(media)
}

// jsonLines is a list as one value a line.
func jsonLines(v *node) string {
	if v.kind != list {
		return string(v.appendJSON(nil)) + "\n"
	}
	var b []byte
	for _, e := range v.items {
		b = append(e.appendJSON(b), '\n')
	}
	return string(b)
}

// xmlText is a value as XML, the names as the schema has them.
func xmlText(s *Schema, v *node) string {
	name := "root"
	if s != nil {
		name = unlessEmpty(s.Name, name)
	}
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n")
	xmlElement(&b, name, v, "")
	return strings.TrimSuffix(b.String(), "\n")
}

func xmlElement(b *strings.Builder, name string, v *node, indent string) {
	name = xmlName(name)
	switch {
	case v.kind == list:
		for _, e := range v.items {
			xmlElement(b, name, e, indent)
		}
	case v.kind == object && len(v.keys) > 0:
		b.WriteString(indent + "<" + name + ">\n")
		for i, key := range v.keys {
			xmlElement(b, key, v.items[i], indent+"  ")
		}
		b.WriteString(indent + "</" + name + ">\n")
	default:
		b.WriteString(indent + "<" + name + ">")
		_ = xml.EscapeText(b, []byte(tame(v.value))) // a Builder takes everything
		b.WriteString("</" + name + ">\n")
	}
}

var notXMLName = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

// xmlName makes a name that XML takes.
func xmlName(s string) string {
	s = strings.TrimLeft(notXMLName.ReplaceAllString(s, "_"), "0123456789.-")
	return unlessEmpty(s, "item")
}

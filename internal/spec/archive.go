package spec

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	slash "path"
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits on an archive.
const (
	maxEntries  = 2000
	maxUnpacked = MaxBytes
	maxRatio    = 200     // of what is unpacked to what was packed,
	ratioFrom   = 1 << 20 // for entries of more than so many bytes
	maxEntry    = 255     // bytes of an entry's name
)

// isArchive reports whether raw is a zip file, an empty one too.
func isArchive(raw []byte) bool {
	return bytes.HasPrefix(raw, []byte("PK\x03\x04")) || bytes.HasPrefix(raw, []byte("PK\x05\x06"))
}

// isDocument reports whether a file may hold OpenAPI, by its name.
func isDocument(name string) bool {
	return slices.Contains([]string{".yaml", ".yml", ".json"}, strings.ToLower(slash.Ext(name)))
}

// unzip reads the YAML and JSON files of an archive by their names. Other files
// are left where they are. An entry that could do harm anywhere refuses the whole:
// who sends it wants no document read.
func unzip(raw []byte) (map[string][]byte, error) {
	if len(raw) > MaxBytes {
		return nil, flawAt(0, 0, "The archive is larger than %d MiB.", MaxBytes>>20)
	}
	r, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, flawAt(0, 0, "The zip archive cannot be read: %s. Is it complete?", strings.TrimPrefix(err.Error(), "zip: "))
	}
	if len(r.File) > maxEntries {
		return nil, flawAt(0, 0, "The archive has more than %d entries. Pack the YAML and JSON files of one API alone.", maxEntries)
	}
	files, seen, room := map[string][]byte{}, map[string]bool{}, maxUnpacked
	for _, f := range r.File {
		if wrong := suspect(f); wrong != "" {
			return nil, flawAt(0, 0, "The archive's entry %q %s. The archive was not read.", clip(strings.ToValidUTF8(f.Name, "�")), wrong)
		}
		name := slash.Clean(f.Name)
		if seen[name] {
			return nil, flawAt(0, 0, "The archive has the entry %q twice. The archive was not read.", clip(name))
		}
		seen[name] = true
		if strings.HasPrefix(f.Name, "__MACOSX/") || f.FileInfo().IsDir() || !isDocument(name) {
			continue
		}
		if files[name], err = unpackEntry(f, room); err != nil {
			return nil, err
		}
		room -= len(files[name])
	}
	if len(files) == 0 {
		return nil, flawAt(0, 0, "The archive has no file that ends in .yaml, .yml or .json.")
	}
	return files, nil
}

// suspect says what is wrong with an entry, in words that follow its name.
func suspect(f *zip.File) string {
	switch mode := f.Mode(); {
	case f.Name == "" || len(f.Name) > maxEntry || !utf8.ValidString(f.Name):
		return fmt.Sprintf("has a name that is empty, longer than %d bytes or not in UTF-8", maxEntry)
	case strings.ContainsFunc(f.Name, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return "has a control character in its name"
	case strings.Contains(f.Name, `\`):
		return `has a backslash in its name; pack it with a tool that writes "/"`
	case strings.HasPrefix(f.Name, "/") || len(f.Name) > 1 && f.Name[1] == ':':
		return "is named by an absolute path"
	case slices.Contains(strings.Split(f.Name, "/"), ".."):
		return `leads out of the archive by ".."`
	case mode&fs.ModeSymlink != 0:
		return "is a symbolic link; put the file itself in its place"
	case !mode.IsRegular() && !mode.IsDir():
		return "is no regular file"
	case f.Flags&1 != 0:
		return "is encrypted"
	case slices.Contains([]string{".zip", ".gz", ".tgz", ".tar", ".bz2", ".xz", ".7z", ".rar"}, strings.ToLower(slash.Ext(f.Name))):
		return "is an archive itself; put its files in its place"
	}
	return ""
}

// unpackEntry reads one entry, whatever it says of its size.
func unpackEntry(f *zip.File, room int) ([]byte, error) {
	body, err := f.Open()
	if err != nil {
		return nil, flawAt(0, 0, "The archive's entry %q cannot be unpacked: %s.", clip(f.Name), strings.TrimPrefix(err.Error(), "zip: "))
	}
	defer body.Close()
	packed := max(f.CompressedSize64, 1)
	most := min(uint64(room), max(ratioFrom, packed*maxRatio))
	text, err := io.ReadAll(io.LimitReader(body, int64(most)+1))
	switch {
	case uint64(len(text)) > uint64(room):
		return nil, flawAt(0, 0, "The archive's files are larger than %d MiB together once they are unpacked.", maxUnpacked>>20)
	case uint64(len(text)) > most:
		return nil, flawAt(0, 0, "The archive's entry %q is packed to less than 1 in %d, as no document is. The archive was not read.", clip(f.Name), maxRatio)
	case err != nil:
		return nil, flawAt(0, 0, "The archive's entry %q cannot be unpacked: %s.", clip(f.Name), strings.TrimPrefix(err.Error(), "zip: "))
	}
	return text, nil
}

// mainNames are what the main document of an archive is called.
var mainNames = []string{"openapi.yaml", "openapi.yml", "openapi.json", "swagger.yaml", "swagger.yml", "swagger.json"}

// mainFile finds the document that the others are parts of: by its name where the
// archive begins, or as the only one that says which OpenAPI it is.
func (a *archive) mainFile() (string, error) {
	var names []string
	for name := range a.raw {
		names = append(names, name)
	}
	slices.SortFunc(names, func(x, y string) int {
		if d := strings.Count(x, "/") - strings.Count(y, "/"); d != 0 {
			return d
		}
		return strings.Compare(x, y)
	})
	top := slash.Dir(names[0])
	for _, main := range mainNames {
		if name := slash.Join(top, main); a.raw[name] != nil && strings.Count(name, "/") == strings.Count(names[0], "/") {
			return name, nil
		}
	}
	var found []string
	for _, name := range names {
		if f, err := a.file(name); err == nil && f.root.is(object) && (f.root.get("openapi") != nil || f.root.get("swagger") != nil) {
			found = append(found, name)
		}
	}
	switch {
	case len(found) == 1 || len(found) > 1 && strings.Count(found[0], "/") < strings.Count(found[1], "/"):
		return found[0], nil
	case len(found) == 0 && len(names) == 1:
		return names[0], nil // whose faults say what is wrong with it
	case len(found) == 0:
		return "", flawAt(0, 0, "None of the archive's files is an OpenAPI document. Name the main one openapi.yaml or openapi.json, and put it at the top.")
	}
	return "", flawAt(0, 0, "The archive has several documents that could be the main one: %s. Name it openapi.yaml or openapi.json, and put it at the top.",
		quoted(found[:min(len(found), 5)]))
}

// Package scan finds tokens of Gatehouse in files and in the history of a git
// repository, by their prefix and checksum: nothing leaves the machine, and what is
// found is a token and no accident. It shows no secret.
package scan

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"gatehouse/internal/keys"
)

// FileMost is how large a file is read, in bytes.
const FileMost = 32 << 20

// Find is a place of a token. What it holds may be shown.
type Find struct {
	File   string // path as it was asked for, or in the repository; "" in an object that no commit names
	Line   int    // from 1
	Column int    // from 1, in characters
	Commit string // that brought it in; "" in a file as it is now
	Object string // of git, where no commit names it
	Token  keys.Token
}

// Skipped is what was not read, and why.
type Skipped struct{ Path, Why string }

// Report is what a search came to.
type Report struct {
	Finds   []Find
	Files   int // that were read
	Objects int // of git that were read
	Skipped []Skipped
	Notes   []string // what the reader has to know, like that there is no git
}

// Why something was not read.
const (
	Binary   = "binary"
	TooLarge = "too large"
)

// Options say where to look.
type Options struct {
	Path    string
	History bool // of the repository that the path is in
	Staged  bool // what the next commit will bring in, and nothing else
}

// Run searches. What it found before an error is in the report.
func Run(ctx context.Context, o Options) (*Report, error) {
	r := &Report{}
	info, err := os.Stat(o.Path)
	if err != nil {
		return r, err
	}
	dir := o.Path
	if !info.IsDir() {
		dir = filepath.Dir(o.Path)
	}
	g, err := openGit(ctx, dir)
	if errors.Is(err, errNoGit) && !o.Staged {
		r.Notes = append(r.Notes, "git is not installed, so the history was not searched and .gitignore was not heeded")
	} else if err != nil && (o.Staged || !errors.Is(err, errNoRepository)) {
		return r, err
	}
	switch {
	case o.Staged:
		err = r.staged(ctx, g)
	case info.IsDir():
		err = r.folder(ctx, g, o.Path)
	default:
		err = r.file(o.Path)
	}
	if err == nil && o.History && !o.Staged && g != nil {
		err = r.history(ctx, g)
	}
	slices.SortStableFunc(r.Finds, func(a, b Find) int {
		return strings.Compare(fmt.Sprintf("%s\x00%s\x00%09d\x00%09d", a.Commit, a.File, a.Line, a.Column), fmt.Sprintf("%s\x00%s\x00%09d\x00%09d", b.Commit, b.File, b.Line, b.Column))
	})
	return r, err
}

// folder searches the files that git knows, or would be asked to add; without a
// repository all.
func (r *Report) folder(ctx context.Context, g *git, root string) error {
	if g != nil {
		names, err := g.files(ctx, root)
		for _, name := range names {
			if err := r.file(filepath.Join(root, name)); err != nil {
				return err
			}
		}
		return err
	}
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case d.IsDir() && d.Name() == ".git":
			return filepath.SkipDir
		case d.IsDir():
			return nil
		}
		return r.file(path)
	})
}

// file searches one file. Links are not followed: what they lead to has a place of its own.
func (r *Report) file(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) { // git knows it, and it was removed
		return nil
	}
	if err != nil || !info.Mode().IsRegular() {
		return err
	}
	if info.Size() > FileMost {
		r.Skipped = append(r.Skipped, Skipped{path, TooLarge})
		return nil
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	r.Files++
	r.search(content, Find{File: path})
	return nil
}

// search looks through the content of what is named.
func (r *Report) search(content []byte, at Find) (found int) {
	if binary(content) {
		r.Skipped = append(r.Skipped, Skipped{at.File, Binary})
		return 0
	}
	text, line, last := string(content), 1, 0
	for place, token := range keys.Find(text) {
		line += strings.Count(text[last:place.Start], "\n")
		last = place.Start
		f := at
		f.Line, f.Column, f.Token = line, 1+utf8.RuneCountInString(text[strings.LastIndexByte(text[:place.Start], '\n')+1:place.Start]), token
		r.Finds = append(r.Finds, f)
		found++
	}
	return found
}

// binary is what git takes for binary.
func binary(content []byte) bool {
	return bytes.IndexByte(content[:min(len(content), 8000)], 0) >= 0
}

package scan

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
)

// staged searches what the next commit will bring in.
func (r *Report) staged(ctx context.Context, g *git) error {
	out, err := g.run(ctx, nil, "diff", "--cached", "--raw", "-z", "--no-abbrev", "--no-renames", "--no-ext-diff", "--diff-filter=ACMT")
	if err != nil {
		return err
	}
	parts, paths := fields(out), map[string]string{}
	var objects []object
	for i := 0; i+1 < len(parts); i += 2 { // ":mode mode id id state", path
		meta := strings.Fields(parts[i])
		if len(meta) != 5 {
			return fmt.Errorf("git diff answered %q", parts[i])
		}
		if !strings.HasPrefix(meta[1], "100") { // links and submodules
			continue
		}
		objects = append(objects, object{meta[3], "blob"})
		paths[meta[3]] = parts[i+1]
	}
	if objects, err = r.small(ctx, g, objects, paths); err != nil {
		return err
	}
	return g.read(ctx, objects, func(o object, content []byte) {
		r.Files++
		r.search(content, Find{File: filepath.FromSlash(paths[o.id])})
	})
}

// small leaves out what is too large to be read.
func (r *Report) small(ctx context.Context, g *git, objects []object, paths map[string]string) (kept []object, err error) {
	var list strings.Builder
	for _, o := range objects {
		list.WriteString(o.id + "\n")
	}
	out, err := g.run(ctx, strings.NewReader(list.String()), "cat-file", "--batch-check=%(objectname) %(objecttype) %(objectsize)")
	return r.listed(out, paths), err
}

// listed are the objects of a list that are read.
func (r *Report) listed(out []byte, paths map[string]string) (kept []object) {
	for line := range strings.Lines(string(out)) {
		parts := strings.Fields(line)
		if len(parts) != 3 || parts[1] == "tree" {
			continue
		}
		if size, err := strconv.ParseInt(parts[2], 10, 64); err != nil || size > FileMost {
			name := paths[parts[0]]
			if name == "" {
				name = "git object " + parts[0]
			}
			r.Skipped = append(r.Skipped, Skipped{name, TooLarge})
			continue
		}
		kept = append(kept, object{parts[0], parts[1]})
	}
	return kept
}

// history searches all that the repository holds: every version of every file, the
// messages of commits and tags, and what no branch leads to any more.
func (r *Report) history(ctx context.Context, g *git) error {
	out, err := g.run(ctx, nil, "cat-file", "--batch-all-objects", "--unordered", "--batch-check=%(objectname) %(objecttype) %(objectsize)")
	if err != nil {
		return err
	}
	var inside Report
	blobs := map[string][]Find{}
	err = g.read(ctx, r.listed(out, nil), func(o object, content []byte) {
		r.Objects++
		inside.Finds, inside.Skipped = nil, nil
		if inside.search(content, Find{Object: o.id}) == 0 {
			return
		}
		switch o.kind {
		case "blob":
			blobs[o.id] = inside.Finds
		case "commit":
			r.add(inside.Finds, "(commit message)", o.id)
		default:
			r.add(inside.Finds, "("+o.kind+")", "")
		}
	})
	if err != nil || len(blobs) == 0 {
		return err
	}
	if err := r.locate(ctx, g, blobs); err != nil {
		return err
	}
	for _, finds := range blobs { // that no commit names
		r.add(finds, "", "")
	}
	return nil
}

// add notes finds in a place. Lines of a commit or a tag are those of git's own form.
func (r *Report) add(finds []Find, file, commit string) {
	for _, f := range finds {
		f.File, f.Commit = file, commit
		if commit != "" {
			f.Object = ""
		}
		r.Finds = append(r.Finds, f)
	}
}

// locate finds the commit that first brought each token into each file, the oldest
// first, and takes the objects that it placed out of blobs.
func (r *Report) locate(ctx context.Context, g *git, blobs map[string][]Find) error {
	out, err := g.run(ctx, nil, "log", "--all", "--reflog", "--reverse", "--topo-order", "-m", "--root", "--raw", "--no-abbrev", "--no-renames", "--no-ext-diff", "--format=commit %H")
	if err != nil {
		return err
	}
	type place struct {
		file  string
		token [32]byte
	}
	placed, known, commit := map[string]bool{}, map[place]bool{}, ""
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		if id, ok := strings.CutPrefix(line, "commit "); ok {
			commit = id
			continue
		}
		meta, file, ok := strings.Cut(line, "\t")
		parts := strings.Fields(meta)
		if !ok || len(parts) != 5 || blobs[parts[3]] == nil {
			continue
		}
		if plain, err := strconv.Unquote(file); err == nil {
			file = plain
		}
		placed[parts[3]] = true
		for _, f := range blobs[parts[3]] {
			if at := (place{file, f.Token.SHA256}); !known[at] {
				known[at] = true
				r.add([]Find{f}, file, commit)
			}
		}
	}
	for id := range placed {
		delete(blobs, id)
	}
	return lines.Err()
}

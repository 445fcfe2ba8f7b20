package spec

import (
	"errors"
	"net/url"
	slash "path"
	"regexp"
	"strconv"
	"strings"
)

// archive is several files that are one document.
type archive struct {
	raw    map[string][]byte
	parsed map[string]*source
	files  []string // whose index nodes carry; 0 is none
}

// bundler makes one document of an archive. What another file defines becomes a
// component, named as its file or its place says; what has no place among the
// components, such as a path, goes where it is referred to.
type bundler struct {
	*archive
	main     string
	old      bool // Swagger 2.0
	taken    map[string]map[string]bool
	names    map[target]string // components made
	done     map[visit]*node
	open     map[visit]bool
	sections map[string]*node
	order    []string
	queue    []made // to be walked
	notes    []Problem
	depth    int
}

// target is what a reference names, for a kind of place.
type target struct{ file, pointer, kind string }

// made is a component that was given a name and is still to be walked.
type made struct {
	target
	n             *node
	section, name string
}

type visit struct {
	n    *node
	kind string
}

// bundle reads an archive as one tree. Nothing outside of it is read.
func bundle(raw []byte) (parsed, error) {
	none := parsed{format: "json"}
	files, err := unzip(raw)
	if err != nil {
		return none, err
	}
	a := &archive{raw: files, parsed: map[string]*source{}}
	main, err := a.mainFile()
	if err != nil {
		return none, err
	}
	a.parsed, a.files = map[string]*source{}, []string{""} // the main document is the first
	root, err := a.file(main)
	if err != nil {
		return none, err
	}
	if !root.root.is(object) {
		return parsed{format: "json", root: root.root, files: a.files}, nil
	}
	b := &bundler{archive: a, main: main, old: root.root.get("swagger") != nil, taken: map[string]map[string]bool{},
		names: map[target]string{}, done: map[visit]*node{}, open: map[visit]bool{}, sections: map[string]*node{}}
	b.own(root.root)
	tree, err := b.walk(root.root, "root", main)
	if err != nil {
		return none, err
	}
	if err := b.components(); err != nil {
		return none, err
	}
	b.attach(tree)
	if err := bounded(tree); err != nil {
		return none, err
	}
	return parsed{format: "json", root: tree, notes: b.notes, files: a.files}, nil
}

// file parses one, when it is first needed.
func (a *archive) file(name string) (*source, error) {
	if s := a.parsed[name]; s != nil {
		return s, nil
	}
	p, err := parseText(a.raw[name])
	if err != nil {
		var f *flaw
		if errors.As(err, &f) {
			f.file = name
		}
		return nil, err
	}
	mark(p.root, uint16(len(a.files)))
	for i := range p.notes {
		p.notes[i].File = name
	}
	a.files = append(a.files, name)
	a.parsed[name] = &source{parsed: p}
	return a.parsed[name], nil
}

// mark notes the file of each node, 1 or more.
func mark(n *node, file uint16) {
	if n.file == file {
		return // an alias's
	}
	n.file = file
	for _, e := range n.items {
		mark(e, file)
	}
}

// sectionOf is where components of a kind stand.
func (b *bundler) sectionOf(kind string) string {
	if b.old {
		return map[string]string{"schema": "definitions", "parameter": "parameters", "response": "responses"}[kind]
	}
	return map[string]string{"schema": "schemas", "parameter": "parameters", "response": "responses", "header": "headers", "example": "examples",
		"requestBody": "requestBodies", "link": "links", "callback": "callbacks", "securityScheme": "securitySchemes", "mediaType": ""}[kind]
}

// own takes note of the names that the main document gives to components. One
// that is nothing but a reference to another file is where that will stand.
func (b *bundler) own(root *node) {
	components, from := root, b.main
	if !b.old {
		components, from = b.follow(root.get("components"), b.main)
	}
	for _, kind := range []string{"schema", "parameter", "response", "header", "example", "requestBody", "link", "callback", "securityScheme"} {
		section := b.sectionOf(kind)
		all, from := b.follow(components.get(section), from)
		if section == "" || !all.is(object) {
			continue
		}
		b.taken[section] = map[string]bool{}
		for i, name := range all.keys {
			b.taken[section][name] = true
			if ref := all.items[i].get("$ref"); ref.is(text) {
				file, pointer, ok := b.locate(ref.value, from)
				if t := (target{file, pointer, kind}); ok && file != b.main && b.names[t] == "" {
					b.names[t] = name
				}
			}
		}
	}
}

// follow is what stands for n, which may be nothing but a reference to another file.
func (b *bundler) follow(n *node, from string) (*node, string) {
	ref := n.get("$ref")
	if !ref.is(text) {
		return n, from
	}
	file, pointer, ok := b.locate(ref.value, from)
	if !ok || file == from {
		return n, from
	}
	s, err := b.file(file)
	if err != nil {
		return n, from
	}
	if found, reason := s.resolve("#" + pointer); reason == "" {
		return found, file
	}
	return n, from
}

// locate finds the file and the pointer that a reference in a file names; not ok
// where that is not in the archive.
func (b *bundler) locate(ref, from string) (file, pointer string, ok bool) {
	address, pointer, _ := strings.Cut(ref, "#")
	if address == "" {
		return from, pointer, true
	}
	if plain, err := url.PathUnescape(address); err == nil {
		address = plain
	}
	if strings.Contains(address, ":") || strings.HasPrefix(address, "/") {
		return "", "", false
	}
	file = slash.Join(slash.Dir(from), address)
	return file, pointer, b.raw[file] != nil
}

var notInName = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

// component is the name under which a target of another file stands in the
// bundle, and puts it there at the first time.
func (b *bundler) component(t target, n *node, section string) string {
	if name := b.names[t]; name != "" {
		return name
	}
	base := t.pointer[strings.LastIndexByte(t.pointer, '/')+1:]
	if base == "" {
		base = strings.TrimSuffix(slash.Base(t.file), slash.Ext(t.file))
	} else {
		base = refName("/" + base)
	}
	base = strings.Trim(notInName.ReplaceAllString(base, "_"), "_")
	if base == "" {
		base = t.kind
	}
	if b.taken[section] == nil {
		b.taken[section] = map[string]bool{}
	}
	name := base
	for i := 2; b.taken[section][name]; i++ {
		name = base + "-" + strconv.Itoa(i)
	}
	b.taken[section][name], b.names[t] = true, name
	if b.sections[section] == nil {
		b.sections[section] = objectOf()
		b.order = append(b.order, section)
	}
	b.sections[section].set(name, objectOf()) // keeps the order
	b.queue = append(b.queue, made{t, n, section, name})
	return name
}

// components walks those that were named, and what they name.
func (b *bundler) components() error {
	for len(b.queue) > 0 {
		next := b.queue[0]
		b.queue = b.queue[1:]
		done, err := b.walk(next.n, next.kind, next.file)
		if err != nil {
			return err
		}
		b.sections[next.section].set(next.name, done)
	}
	return nil
}

// attach puts the components that were made beside those of the main document.
func (b *bundler) attach(root *node) {
	home := root
	if !b.old && len(b.order) > 0 {
		if home = root.get("components"); !home.is(object) {
			home = objectOf()
			root.set("components", home)
		}
	}
	for _, section := range b.order {
		all := home.get(section)
		if !all.is(object) {
			home.set(section, b.sections[section])
			continue
		}
		for i, name := range b.sections[section].keys {
			all.set(name, b.sections[section].items[i])
		}
	}
}

// refer makes a reference good: by another one, or by the target that takes its
// place. Neither is where it stays as it is.
func (b *bundler) refer(n *node, ref, kind, from string) (to string, instead *node, err error) {
	file, pointer, ok := b.locate(ref, from)
	switch {
	case !ok || strings.HasPrefix(ref, "#") && file == b.main:
		return "", nil, nil // the checks of the whole say where it does not lead
	case file == b.main:
		return "#" + pointer, nil, nil
	}
	s, err := b.file(file)
	if err != nil {
		return "", nil, err
	}
	found, reason := s.resolve("#" + pointer)
	if reason != "" {
		b.notes = append(b.notes, Problem{Severity: Warning, File: b.files[n.file], Line: n.line, Column: n.col,
			Message: "The reference \"" + clip(ref) + "\" names nothing in the file " + strconv.Quote(clip(file)) + " of the archive."})
		return "", nil, nil
	}
	section := b.sectionOf(kind)
	if section == "" {
		instead, err = b.inline(found, kind, file)
		return "", instead, err
	}
	to = pointerEscape.Replace(b.component(target{file, pointer, kind}, found, section))
	if b.old {
		return "#/" + section + "/" + to, nil, nil
	}
	return "#/components/" + section + "/" + to, nil, nil
}

// inline walks a target that goes where it is referred to.
func (b *bundler) inline(n *node, kind, file string) (*node, error) {
	if b.open[visit{n, kind}] {
		return nil, &flaw{line: n.line, col: n.col, file: file, msg: "The archive's references go round in a circle where only schemas and other components can."}
	}
	return b.walk(n, kind, file)
}

// external is the target of a component that is nothing but a reference to
// another file: then it is that itself.
func (b *bundler) external(n *node, kind, name, from string) (*node, string) {
	ref := n.get("$ref")
	if !ref.is(text) {
		return n, from
	}
	if file, pointer, ok := b.locate(ref.value, from); !ok || b.names[target{file, pointer, kind}] != name {
		return n, from
	}
	return b.follow(n, from)
}

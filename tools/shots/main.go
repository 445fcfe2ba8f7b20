// Command shots takes pictures of the demo's pages in a real browser:
//
//	go run ./tools/shots FOLDER   every main page, 1280 and 375 px, light and dark
//	go run ./tools/shots          docs/images/portal.png, the picture of the README
//
// It builds the program with the assets of `make assets` and runs the demo in a
// temporary folder.
package main

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"gatehouse/e2e/drive"
)

func main() {
	log.SetFlags(0)
	s := &script{}
	defer s.end()
	dir, err := os.MkdirTemp("", "gatehouse-shots-")
	if err != nil {
		log.Fatal(err)
	}
	s.Cleanup(func() { _ = os.RemoveAll(dir) })
	s.dir = dir
	if s.browser, err = drive.OpenBrowser(); err != nil {
		log.Fatal(err)
	}
	s.Cleanup(s.browser.Close)
	s.server = drive.Demo(s, filepath.Join(dir, "demo"))
	s.Cleanup(drive.Remove)
	if len(os.Args) > 1 {
		s.album(os.Args[1])
		return
	}
	s.readme(filepath.Join(drive.Root(), "docs/images/portal.png"))
}

// script stands in for a test: what goes wrong ends it.
type script struct {
	browser *drive.Browser
	server  *drive.Server
	dir     string
	after   []func()
}

func (s *script) Helper()                           {}
func (s *script) TempDir() string                   { return s.dir }
func (s *script) Cleanup(f func())                  { s.after = append(s.after, f) }
func (s *script) Logf(format string, args ...any)   { log.Printf(format, args...) }
func (s *script) Errorf(format string, args ...any) { log.Printf(format, args...) }

func (s *script) Fatalf(format string, args ...any) {
	s.end()
	log.Fatalf(format, args...)
}

func (s *script) end() {
	for len(s.after) > 0 {
		f := s.after[len(s.after)-1]
		s.after = s.after[:len(s.after)-1]
		f()
	}
}

// signedIn opens a browser in which one of the demo's people is signed in.
func (s *script) signedIn(role string) *drive.Person {
	for _, r := range s.server.People {
		if r.Role == role {
			p := s.browser.Person(s, role, s.server.Portal)
			p.Enrols(r.EnrolURL, r.Email, r.Name)
			return p
		}
	}
	s.Fatalf("the demo has no %s", role)
	return nil
}

// take saves the page that somebody is at, in one or several looks.
func (s *script) take(p *drive.Person, folder, name string) {
	for _, width := range []int64{1280, 375} {
		for _, dark := range []bool{false, true} {
			p.View(width, 900, dark)
			colours := map[bool]string{false: "light", true: "dark"}[dark]
			s.save(filepath.Join(folder, fmt.Sprintf("%s-%d-%s.png", name, width, colours)), p.Picture(true))
		}
	}
	p.View(1280, 900, false)
}

func (s *script) save(path string, png []byte) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		s.Fatalf("%v", err)
	}
	if err := os.WriteFile(path, png, 0o644); err != nil {
		s.Fatalf("%v", err)
	}
}

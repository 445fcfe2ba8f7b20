package e2e

import (
	"os"
	"path/filepath"
	"regexp"

	"gatehouse/e2e/drive"
)

// archive lets an operator bring the archive of a tenant of the server from, and looks
// at what is said of it before it is imported. It returns the key that signed it.
func (w *walk) archive(p *drive.Person, from *drive.Server, slug string) string {
	w.Helper()
	file := filepath.Join(w.TempDir(), slug+".zip")
	said := from.Runs("tenant", "export", slug, file)
	content, err := os.ReadFile(file)
	if err != nil {
		w.Fatal(err)
	}
	p.Open("/support/import")
	p.Uploads(slug+".zip", string(content))
	p.Press("See what is in it")
	p.Arrives("/support/import/.+")
	w.look(p, "the archive of "+slug+" before it is imported")
	w.visited["/support/import/:id"]++
	return regexp.MustCompile(`(?m)^  (\S.*)$`).FindStringSubmatch(said + "\n  \n")[1]
}

// moved lets an operator import a tenant from another installation: refused for a wrong
// key first, then whole; and looks at its members, who came with it and are not here yet.
func (w *walk) moved(p *drive.Person, from *drive.Server) {
	w.Helper()
	key := w.archive(p, from, "meridian")
	p.Expect("422 (Unprocessable")
	p.Fills("Fingerprint", "00:11:22")
	p.Leaves(func() { p.Press("Import Meridian Grid") })
	w.look(p, "an archive with another key")
	p.Fills("Fingerprint", key)
	p.Press("Import Meridian Grid")
	p.Sees("is here", "What comes next")
	w.accessible(w.T, p, "a tenant that was imported") // which the answer alone says
	p.Press("Resume it")
	p.Arrives("/support/tenants/meridian/state")
	w.look(p, "a tenant that is suspended because it was imported")
	p.Press("Resume it")
	p.Arrives(`/support/tenants/meridian(/state)?(\?.*)?`)
	w.emergency(p, "meridian")
	p.Open("/t/meridian/admin/members")
	p.Sees("Came with the archive, not here yet")
	w.look(p, "members, with those who came with an archive")
}

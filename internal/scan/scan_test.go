package scan_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/keys"
	"gatehouse/internal/leaveout"
	"gatehouse/internal/scan"
)

func token(n byte) string { return keys.Derive(keys.Access, "nq", [32]byte{n}).Reveal() }

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// places are what was found, as text: the commit as its number from the first on.
func places(t *testing.T, dir string, r *scan.Report, commits ...string) []string {
	t.Helper()
	var out []string
	for _, f := range r.Finds {
		file := f.File
		if rel, err := filepath.Rel(dir, f.File); err == nil && filepath.IsAbs(f.File) {
			file = rel
		}
		at := fmt.Sprintf("%s:%d:%d %s", filepath.ToSlash(file), f.Line, f.Column, f.Token.Hint)
		if f.Commit != "" {
			at += fmt.Sprintf(" commit %d", 1+slices.Index(commits, f.Commit))
		}
		out = append(out, at)
	}
	slices.Sort(out)
	return out
}

func same(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	slices.Sort(want)
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s: found\n%s\nwant\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func hint(n byte) string { s := token(n); return s[len(s)-4:] }

func TestFilesWithoutARepository(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.env"), "X=1\né="+token(1)+"\n"+token(2)+token(3))
	write(t, filepath.Join(dir, "sub", "b.txt"), token(1)[:42]+"-")
	write(t, filepath.Join(dir, "sub", "binary"), "\x00"+token(4))
	write(t, filepath.Join(dir, ".git", "x"), token(5))
	if err := os.Symlink(filepath.Join(dir, "a.env"), filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	big, err := os.Create(filepath.Join(dir, "big"))
	if err != nil {
		t.Fatal(err)
	}
	if err := big.Truncate(scan.FileMost + 1); err != nil {
		t.Fatal(err)
	}
	_ = big.Close()
	t.Setenv("GIT_CEILING_DIRECTORIES", filepath.Dir(dir))
	r, err := scan.Run(t.Context(), scan.Options{Path: dir, History: true})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "a folder", places(t, dir, r), "a.env:2:3 "+hint(1), "a.env:3:1 "+hint(2), fmt.Sprintf("a.env:3:%d %s", 1+len(token(2)), hint(3)))
	var skipped []string
	for _, s := range r.Skipped {
		skipped = append(skipped, filepath.Base(s.Path)+" "+s.Why)
	}
	slices.Sort(skipped)
	same(t, "left out", skipped, "big too large", "binary binary")
	if r, err = scan.Run(t.Context(), scan.Options{Path: filepath.Join(dir, "a.env")}); err != nil || len(r.Finds) != 3 {
		t.Errorf("a file: %+v %v", r, err)
	}
	if _, err := scan.Run(t.Context(), scan.Options{Path: filepath.Join(dir, "nothing")}); err == nil {
		t.Error("nothing was searched without a word")
	}
	if _, err := scan.Run(t.Context(), scan.Options{Path: dir, Staged: true}); err == nil {
		t.Error("a folder without a repository has nothing staged, and that is not said")
	}
	t.Setenv("PATH", "")
	if r, err = scan.Run(t.Context(), scan.Options{Path: dir, History: true}); err != nil || len(r.Finds) != 3 || len(r.Notes) != 1 {
		t.Errorf("without git: %+v %v", r, err)
	}
}

// A token that was taken out again stays in the history, where everybody who clones finds it.
func TestHistory(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		leaveout.Skip(t, "the search of git histories, for want of git")
	}
	dir := t.TempDir()
	t.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	t.Setenv("GIT_CONFIG_NOSYSTEM", "1")
	git := func(args ...string) string {
		t.Helper()
		out, err := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=a", "-c", "user.email=a@b.example", "-c", "commit.gpgsign=false"}, args...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("git %v: %v %s", args, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	var commits []string
	commit := func(message string) {
		git("commit", "--allow-empty", "-m", message)
		commits = append(commits, git("rev-parse", "HEAD"))
	}
	git("init", "-q", "-b", "main")
	write(t, filepath.Join(dir, "a.env"), "\n "+token(1)+"\n")
	git("add", "-A")
	r, err := scan.Run(t.Context(), scan.Options{Path: dir, Staged: true})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "staged before the first commit", places(t, dir, r), "a.env:2:2 "+hint(1))
	commit("one")
	write(t, filepath.Join(dir, "a.env"), "clean\n")
	write(t, filepath.Join(dir, "ü \"b\".txt"), token(2))
	git("add", "-A")
	commit("two")
	git("rm", "-q", "ü \"b\".txt")
	commit("three: " + token(3))
	git("checkout", "-q", "-b", "side", commits[0])
	write(t, filepath.Join(dir, "side.txt"), token(1)+" "+token(4))
	git("add", "-A")
	commit("four")
	git("checkout", "-q", "main")
	git("tag", "-a", "v1", "-m", "tag "+token(5))
	write(t, filepath.Join(dir, "loose"), token(6))
	loose := git("hash-object", "-w", "loose")
	write(t, filepath.Join(dir, ".gitignore"), "loose\nignored/\n")
	write(t, filepath.Join(dir, "ignored", "x"), token(7))
	write(t, filepath.Join(dir, "new.txt"), token(8))
	git("config", "core.fsmonitor", "touch "+filepath.Join(dir, "..", "evil")+"; false") // what a repository says is not run
	r, err = scan.Run(t.Context(), scan.Options{Path: dir, History: true})
	if err != nil {
		t.Fatal(err)
	}
	got := places(t, dir, r, commits...)
	want := []string{
		"new.txt:1:1 " + hint(8), "a.env:2:2 " + hint(1) + " commit 1", "ü \"b\".txt:1:1 " + hint(2) + " commit 2",
		"side.txt:1:1 " + hint(1) + " commit 4", fmt.Sprintf("side.txt:1:%d %s commit 4", 2+len(token(1)), hint(4)), ":1:1 " + hint(6),
	}
	var messages int
	got = slices.DeleteFunc(got, func(s string) bool {
		message := strings.HasPrefix(s, "(commit message)") && strings.HasSuffix(s, hint(3)+" commit 3") || strings.HasPrefix(s, "(tag)") && strings.HasSuffix(s, hint(5))
		if message {
			messages++
		}
		return message
	})
	same(t, "the history", got, want...)
	if messages != 2 {
		t.Errorf("%d messages have tokens, want 2", messages)
	}
	for _, f := range r.Finds {
		if f.File == "" && f.Object != loose {
			t.Errorf("a loose object: %+v", f)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "..", "evil")); err == nil {
		t.Error("what the repository configures was run")
	}
	if r, err = scan.Run(t.Context(), scan.Options{Path: dir}); err != nil {
		t.Fatal(err)
	}
	same(t, "without the history", places(t, dir, r), "new.txt:1:1 "+hint(8))
	git("config", "--unset", "core.fsmonitor")
	git("add", "new.txt")
	write(t, filepath.Join(dir, "new.txt"), "clean") // but what is staged is not
	if r, err = scan.Run(t.Context(), scan.Options{Path: dir, Staged: true}); err != nil {
		t.Fatal(err)
	}
	same(t, "staged", places(t, dir, r), "new.txt:1:1 "+hint(8))
}

package scan

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// git asks the git program about a repository. Nothing that the repository itself
// configures is run.
type git struct{ dir string }

var (
	errNoGit        = errors.New("git is not installed")
	errNoRepository = errors.New("this is no git repository")
)

// openGit finds the repository that a folder is in.
func openGit(ctx context.Context, dir string) (*git, error) {
	if _, err := exec.LookPath("git"); err != nil {
		return nil, errNoGit
	}
	g := &git{dir}
	if _, err := g.run(ctx, nil, "rev-parse", "--git-dir"); err != nil {
		if strings.Contains(err.Error(), "not a git repository") {
			return nil, errNoRepository
		}
		return nil, err
	}
	return g, nil
}

func (g *git) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "git", append([]string{"-C", g.dir, "-c", "core.fsmonitor=false", "-c", "core.quotePath=false", "-c", "log.showSignature=false", "--no-pager"}, args...)...)
	cmd.Env = append(os.Environ(), "GIT_OPTIONAL_LOCKS=0", "LC_ALL=C")
	return cmd
}

// run returns what a command prints.
func (g *git) run(ctx context.Context, in io.Reader, args ...string) ([]byte, error) {
	cmd := g.command(ctx, args...)
	var stderr bytes.Buffer
	cmd.Stdin, cmd.Stderr = in, &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("git %s: %w: %s", args[0], err, strings.TrimSpace(stderr.String()))
	}
	return out, nil
}

// files are the files below a folder that are tracked, or not ignored.
func (g *git) files(ctx context.Context, root string) ([]string, error) {
	at := git{root}
	out, err := at.run(ctx, nil, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate")
	return fields(out), err
}

func fields(out []byte) []string {
	return strings.FieldsFunc(string(out), func(r rune) bool { return r == 0 })
}

// object of git, as it is listed.
type object struct{ id, kind string }

// read passes the content of objects on, in their order.
func (g *git) read(ctx context.Context, objects []object, each func(object, []byte)) error {
	cmd := g.command(ctx, "cat-file", "--batch", "--buffer")
	var list, stderr strings.Builder
	for _, o := range objects {
		list.WriteString(o.id + "\n")
	}
	cmd.Stdin, cmd.Stderr = strings.NewReader(list.String()), &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	err = readBatch(bufio.NewReaderSize(out, 1<<16), objects, each)
	if err != nil {
		_ = cmd.Process.Kill()
	}
	if waited := cmd.Wait(); waited != nil && err == nil {
		err = fmt.Errorf("git cat-file: %w: %s", waited, strings.TrimSpace(stderr.String()))
	}
	return err
}

// readBatch reads "id kind size", the content and a line feed, for each object.
func readBatch(from *bufio.Reader, objects []object, each func(object, []byte)) error {
	for _, o := range objects {
		head, err := from.ReadString('\n')
		if err != nil {
			return fmt.Errorf("git cat-file: %w", err)
		}
		parts := strings.Fields(head)
		if len(parts) == 2 && parts[1] == "missing" {
			continue
		}
		size := int64(-1)
		if len(parts) == 3 {
			size, err = strconv.ParseInt(parts[2], 10, 64)
		}
		if err != nil || size < 0 || size > FileMost {
			return fmt.Errorf("git cat-file answered %q", head)
		}
		content := make([]byte, size+1)
		if _, err := io.ReadFull(from, content); err != nil {
			return fmt.Errorf("git cat-file: %w", err)
		}
		each(o, content[:size])
	}
	return nil
}

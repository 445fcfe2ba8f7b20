package main

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"gatehouse/internal/spec"
)

// zipFolder packs the YAML and JSON files of a folder. A link is followed within
// the folder; one that leads out of it is an error, for what it names is not meant
// to be sent. Hidden folders and node_modules are left out.
func zipFolder(dir string) ([]byte, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	var out bytes.Buffer
	archive := zip.NewWriter(&out)
	size := int64(0)
	err = fs.WalkDir(root.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() {
			if name != "." && (strings.HasPrefix(e.Name(), ".") || e.Name() == "node_modules") {
				return fs.SkipDir
			}
			return nil
		}
		if strings.HasPrefix(e.Name(), ".") || !slices.Contains([]string{".yaml", ".yml", ".json"}, strings.ToLower(path.Ext(name))) {
			return nil
		}
		n, err := addFile(archive, root, name)
		if size += n; err == nil && size > spec.MaxBytes {
			err = fmt.Errorf("the YAML and JSON files of %s are larger than %d MiB together", dir, spec.MaxBytes>>20)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := archive.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func addFile(archive *zip.Writer, root *os.Root, name string) (int64, error) {
	info, err := root.Stat(name)
	if err != nil || !info.Mode().IsRegular() { // opening a pipe would wait for its writer
		return 0, err
	}
	f, err := root.Open(name)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	entry, err := archive.Create(name)
	if err != nil {
		return 0, err
	}
	return io.Copy(entry, io.LimitReader(f, spec.MaxBytes+1))
}

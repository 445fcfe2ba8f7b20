package world

import (
	"embed"
	"io/fs"
)

//go:embed documents logos
var files embed.FS

func mustRead(name string) []byte {
	data, err := fs.ReadFile(files, name)
	if err != nil {
		panic(err) // embedded at build: a missing one is a slip in this package
	}
	return data
}

// Document is an embedded OpenAPI document by its file name, such as
// northquay-equipment-v2.yaml. It panics for one that is not there.
func Document(name string) []byte { return mustRead("documents/" + name) }

// Documents are the file names of all embedded OpenAPI documents.
func Documents() []string {
	entries, _ := files.ReadDir("documents")
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names
}

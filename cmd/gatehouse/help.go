package main

import (
	"fmt"
	"os"
	"reflect"
	"runtime/debug"

	"github.com/alecthomas/kong"

	"gatehouse/internal/config"
	"gatehouse/internal/spec"
)

type helpCommand struct {
	Topic string `arg:"" optional:"" help:"A command, or config."`
}

// Run shows help.
func (h *helpCommand) Run(parser *kong.Kong) error {
	switch h.Topic {
	case "config":
		printConfig()
		return nil
	case "":
		_, err := parser.Parse([]string{"--help"})
		return err
	}
	_, err := parser.Parse([]string{h.Topic, "--help"})
	return err
}

// printConfig lists every setting, from the tags that read them.
func printConfig() {
	fmt.Println("Every setting is an environment variable; serve and demo take each as a flag too.")
	t := reflect.TypeFor[config.Config]()
	for i := range t.NumField() {
		tag := t.Field(i).Tag
		if tag.Get("env") == "" {
			continue
		}
		fmt.Printf("\n%s", tag.Get("env"))
		if d := tag.Get("default"); d != "" && d[0] != '$' {
			fmt.Printf("  (default %s)", d)
		}
		fmt.Printf("\n    %s\n", tag.Get("help"))
	}
}

type versionCommand struct{}

// Run shows the version that the program was built from.
func (versionCommand) Run() error {
	fmt.Println("gatehouse", version())
	return nil
}

// revision is set by the build: -ldflags "-X main.revision=…".
var revision = ""

func version() string {
	if revision != "" {
		return revision
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "devel"
}

// readCommand is the child process that reads a document; see app.ReadDocument.
type readCommand struct{}

// Run reads a document from standard input.
func (readCommand) Run() error { return exitCode(spec.ChildMain(os.Stdin, os.Stdout)) }

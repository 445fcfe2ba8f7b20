package config_test

import (
	"flag"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"gatehouse/internal/config"
)

var update = flag.Bool("update", false, "write the table of settings into README.md")

const begin, end = "<!-- settings: go test ./internal/config -update -->\n", "<!-- end of settings -->"

// The README lists every setting, in the words of help config.
func TestREADME(t *testing.T) {
	raw, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(raw), begin)
	old, after, found := strings.Cut(rest, end)
	if !ok || !found {
		t.Fatalf("README.md lacks %q or %q", begin, end)
	}
	fresh := table()
	if *update {
		if err := os.WriteFile("../../README.md", []byte(before+begin+fresh+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if old != fresh {
		t.Error("the table of settings in README.md is old; run go test ./internal/config -update")
	}
}

func table() string {
	var b strings.Builder
	b.WriteString("| setting | default | what it is |\n|---|---|---|\n")
	vars := strings.NewReplacer("${portal_addr}", ":8080", "${gateway_addr}", ":8081")
	t := reflect.TypeFor[config.Config]()
	for i := range t.NumField() {
		tag := t.Field(i).Tag
		if tag.Get("env") == "" {
			continue
		}
		preset := ""
		if d := vars.Replace(tag.Get("default")); d != "" {
			preset = "`" + d + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", tag.Get("env"), preset, tag.Get("help"))
	}
	return b.String()
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"gatehouse/internal/app"
	"gatehouse/internal/archive"
	"gatehouse/internal/config"
	"gatehouse/internal/demo/stage"
	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/models"
)

// tenantCommands work beside a running server, or without one.
type tenantCommands struct {
	Export tenantExportCommand `cmd:"" help:"Write a tenant with its members, subscriptions, APIs and audit log into one signed file. Secrets are not in it."`
	Verify tenantVerifyCommand `cmd:"" help:"Check such a file, and show what is in it and who signed it. Needs no installation. Exit code: 0 whole and signed by the key named, 1 refused."`
	Import tenantImportCommand `cmd:"" help:"Bring the tenant of such a file in, whole or not at all. It arrives suspended."`
	Key    tenantKeyCommand    `cmd:"" help:"Show the fingerprint of the key with which this installation signs such files."`
}

// byCommandLine is who acts: whoever can read the key file could do anything.
var byCommandLine = models.NewProgram("command line", models.Tenant{})

type tenantExportCommand struct {
	config.Config
	Slug string `arg:"" help:"The tenant's slug."`
	To   string `arg:"" help:"File to make."`
}

// Run writes the archive. The file appears when it is whole.
func (t *tenantExportCommand) Run(ctx context.Context) error {
	if _, err := os.Lstat(t.To); err == nil {
		return fmt.Errorf("%s is there already; name a file that is not", t.To)
	}
	return withArchives(ctx, &t.Config, func(archives *portal.Archives) (err error) {
		f, err := archives.ExportFrom(ctx, byCommandLine, t.Slug)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, f.Close()) }()
		if err := appear(t.To, f); err != nil {
			return err
		}
		fmt.Printf("%s holds %s (%d bytes).\nIt is signed with the key\n\n  %s\n\nHand that to whoever imports it by another way than the file.\n", t.To, t.Slug, f.Size, f.Fingerprint)
		return nil
	})
}

// appear copies r into a file beside path that takes its name when it is whole.
func appear(path string, r io.Reader) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = io.Copy(f, r)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

type tenantVerifyCommand struct {
	File        string `arg:"" help:"The archive." type:"existingfile"`
	Fingerprint string `help:"Of the key that is to have signed it, as the other installation tells it." placeholder:"HEX"`
}

// Run verifies an archive.
func (t *tenantVerifyCommand) Run() error {
	return withArchive(t.File, func(file *archive.Archive) error {
		printArchive(file)
		if t.Fingerprint == "" {
			fmt.Println("\nCompare the fingerprint with what the other installation tells (gatehouse tenant key).")
			return nil
		}
		if !archive.SameFingerprint(t.Fingerprint, archive.Fingerprint(file.Signer)) {
			return errors.New("the archive is signed with another key than the one named")
		}
		fmt.Println("\nIt is signed with the key named.")
		return nil
	})
}

func printArchive(file *archive.Archive) {
	m := file.Manifest
	fmt.Printf("%s (/t/%s, code %s), exported at %s from %s.\nSigned with the key\n\n  %s\n\n", m.Tenant.Name, m.Tenant.Slug, m.Tenant.Code, m.ExportedAt, m.Origin, archive.Fingerprint(file.Signer))
	for _, p := range m.Parts {
		if p.Rows > 0 {
			fmt.Printf("%9d  %s\n", p.Rows, p.Name)
		}
	}
}

type tenantImportCommand struct {
	config.Config
	File        string `arg:"" help:"The archive." type:"existingfile"`
	Fingerprint string `help:"Of the key that signed it, as the other installation tells it." required:"" placeholder:"HEX"`
	Slug        string `help:"Another slug, where this installation has one of that name." placeholder:"SLUG"`
	Code        string `help:"Another code in tokens, where this installation has it." placeholder:"CODE"`
}

// Run imports an archive.
func (t *tenantImportCommand) Run(ctx context.Context) error {
	return withArchive(t.File, func(file *archive.Archive) error {
		return withArchives(ctx, &t.Config, func(archives *portal.Archives) error {
			b, tenant, err := archives.Import(ctx, byCommandLine, file, portal.ArchiveChoice{Fingerprint: t.Fingerprint, Slug: t.Slug, Code: t.Code}, "")
			if err != nil {
				return err
			}
			printArchive(file)
			fmt.Printf("\n%s is here as /t/%s, suspended. An operator resumes it at /support/tenants/%s/state. To be set anew:\n\n", tenant.Name, tenant.Slug, tenant.Slug)
			for _, what := range b.Anew {
				fmt.Println("  -", what)
			}
			return nil
		})
	})
}

type tenantKeyCommand struct{ config.Config }

// Run shows the fingerprint.
func (t *tenantKeyCommand) Run(ctx context.Context) error {
	return withArchives(ctx, &t.Config, func(archives *portal.Archives) error {
		fingerprint, err := archives.Fingerprint(ctx)
		if err == nil {
			fmt.Println(fingerprint)
		}
		return err
	})
}

func withArchives(ctx context.Context, c *config.Config, fn func(*portal.Archives) error) error {
	checked, err := c.Check()
	if err != nil {
		return err
	}
	return inWords(app.WithArchives(ctx, stage.Place(checked), fn))
}

func withArchive(path string, fn func(*archive.Archive) error) (err error) {
	f, err := os.Open(filepath.Clean(path))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	file, err := portal.ReadArchive(f, info.Size())
	if err != nil {
		return inWords(err)
	}
	return fn(file)
}

// inWords is an error as people read it, with what it says of single settings.
func inWords(err error) error {
	f := fault.From(err)
	if err == nil || f.Kind == fault.Internal {
		return err
	}
	words := f.Message
	if f.Code == "invalid_input" {
		words = ""
		for _, field := range f.Fields {
			words += " " + field.Message
		}
	}
	return errors.New(strings.TrimSpace(words))
}

package portal

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"io"

	"gatehouse/internal/fault"
	"gatehouse/internal/spec"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// whole is a document as it is downloaded, which is made once and kept compressed.
type whole struct {
	packed []byte
	size   int64 // when it is not
	sum    [sha256.Size]byte
}

// wholesMost is how many bytes of whole documents are kept in all. Of those that
// are stored in no more than smallDocument, one is made in this process: it takes
// little of it, and less time than a child's start.
const (
	wholesMost    = 32 << 20
	smallDocument = 64 << 10
)

// whole is the document of a version, for all who ask for it at the same time made
// once.
func (a *APIs) whole(ctx context.Context, actor models.Actor, api, version string, yaml bool, gatewayURL string) (io.ReadSeeker, [sha256.Size]byte, error) {
	if err := actor.May(models.CatalogRead); err != nil {
		return nil, [sha256.Size]byte{}, err
	}
	at := shelfMark{tenant: actor.Tenant().ID, kind: "json " + gatewayURL}
	if yaml {
		at.kind = "yaml " + gatewayURL
	}
	var found whole
	var kept bool
	var document []byte
	err := a.store.As(ctx, actor, func(r store.Tenant) error {
		_, v, err := r.Version(api, version)
		if err != nil {
			return err
		}
		if at.revision, err = shown(r, v); err != nil {
			return err
		}
		if found, kept = a.wholes.find(at); kept {
			return nil
		}
		revision, err := r.Revision(at.revision)
		if err != nil {
			return fault.Missing("document")
		}
		document = revision.Document
		return nil
	})
	if err != nil || kept {
		return &inflated{whole: found}, found.sum, err
	}
	answer := a.writing.DoChan(at.tenant+" "+at.revision+" "+at.kind, func() (any, error) {
		limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), spec.ReadTimeout)
		defer cancel()
		return a.wholes.get(at, func() (whole, int, error) {
			made, err := a.write(limited, document, yaml, gatewayURL)
			return made, len(made.packed), err
		})
	})
	select {
	case got := <-answer:
		made, _ := got.Val.(whole)
		return &inflated{whole: made}, made.sum, got.Err
	case <-ctx.Done():
		return nil, found.sum, fault.New(fault.Unavailable, "document_queue", "The document is being prepared for download. Try again in a moment.").Because(ctx.Err())
	}
}

// write makes a document as it is downloaded from one as it is stored.
func (a *APIs) write(ctx context.Context, document []byte, yaml bool, gatewayURL string) (w whole, err error) {
	var packed bytes.Buffer
	zip, sum := gzip.NewWriter(&packed), sha256.New()
	out := &sized{Writer: io.MultiWriter(zip, sum)}
	if len(document) <= smallDocument {
		err = a.writeSmall(ctx, document, yaml, gatewayURL, out)
	} else {
		var raw *gzip.Reader
		if raw, err = gzip.NewReader(bytes.NewReader(document)); err == nil {
			err = a.reader.WriteWhole(ctx, raw, yaml, gatewayURL, out)
		}
	}
	if err := errors.Join(err, zip.Close()); err != nil {
		return w, err
	}
	w.packed, w.size = bytes.Clone(packed.Bytes()), out.n
	sum.Sum(w.sum[:0])
	return w, nil
}

func (a *APIs) writeSmall(ctx context.Context, document []byte, yaml bool, gatewayURL string, out io.Writer) error {
	raw, err := inflate(document)
	if err != nil {
		return err
	}
	made, err := a.cut(ctx, func() ([]byte, error) {
		if yaml {
			return spec.WholeYAML(raw, gatewayURL)
		}
		return spec.Whole(raw, gatewayURL)
	})
	if err == nil {
		_, err = out.Write(made)
	}
	return err
}

// sized counts what is written.
type sized struct {
	io.Writer
	n int64
}

func (c *sized) Write(p []byte) (int, error) {
	n, err := c.Writer.Write(p)
	c.n += int64(n)
	return n, err
}

// inflated reads a document that is kept compressed, from wherever it is asked to.
type inflated struct {
	whole
	zip      *gzip.Reader // nil before the first Read
	read, at int64        // how far zip is, and from where is read next
}

func (i *inflated) Read(p []byte) (n int, err error) {
	if i.at >= i.size {
		return 0, io.EOF
	}
	if i.zip == nil || i.at < i.read {
		if i.zip, err = gzip.NewReader(bytes.NewReader(i.packed)); err != nil {
			return 0, err
		}
		i.read = 0
	}
	if i.at > i.read {
		skipped, err := io.CopyN(io.Discard, i.zip, i.at-i.read)
		if i.read += skipped; err != nil {
			return 0, err
		}
	}
	n, err = i.zip.Read(p)
	i.read += int64(n)
	i.at = i.read
	return n, err
}

func (i *inflated) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += i.at
	case io.SeekEnd:
		offset += i.size
	}
	if offset < 0 {
		return 0, errors.New("before the start of a document")
	}
	i.at = offset
	return offset, nil
}

package portal

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
)

// deflater compresses many small things with one set of tables.
type deflater struct {
	buf bytes.Buffer
	zip *gzip.Writer
}

// pack is v as JSON, compressed.
func (d *deflater) pack(v any) ([]byte, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return d.deflate(raw)
}

func (d *deflater) deflate(raw []byte) ([]byte, error) {
	d.buf.Reset()
	if d.zip == nil {
		d.zip = gzip.NewWriter(&d.buf)
	} else {
		d.zip.Reset(&d.buf)
	}
	if _, err := d.zip.Write(raw); err != nil {
		return nil, err
	}
	if err := d.zip.Close(); err != nil {
		return nil, err
	}
	return bytes.Clone(d.buf.Bytes()), nil
}

// inflate undoes deflate. What it reads is what we wrote.
func inflate(packed []byte) ([]byte, error) {
	zip, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(zip)
}

// inflatesWithin reports what is wrong with something packed that others wrote. It
// holds none of it.
func inflatesWithin(packed []byte, most int64) error {
	zip, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return err
	}
	n, err := io.Copy(io.Discard, io.LimitReader(zip, most+1))
	if err == nil && n > most {
		err = errors.New("it is too large")
	}
	return err
}

// unpack undoes pack.
func unpack(packed []byte, into any) error {
	raw, err := inflate(packed)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, into)
}

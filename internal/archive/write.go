package archive

import (
	"archive/zip"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"time"
)

// Writer writes an archive as it comes: nothing is held but the row at hand. A file
// whose Close was not reached has no signature and is refused by every reader.
type Writer struct {
	out   *tail
	zip   *zip.Writer
	at    time.Time
	parts []Part
	open  map[string]bool
	rows  int
	size  int64
	part  io.Writer
	sum   hash.Hash
}

// Create begins an archive of the time at.
func Create(w io.Writer, at time.Time) (*Writer, error) {
	out := &tail{w: w, sum: sha256.New()}
	z := zip.NewWriter(out)
	return &Writer{out: out, zip: z, at: at.UTC(), open: map[string]bool{}}, z.SetComment(string(make([]byte, commentLen)))
}

// Part begins the next part; the rows that follow are its.
func (w *Writer) Part(name string) error {
	if !partName.MatchString(name) || w.open[name] {
		return errors.New("archive: a part has one name of its own")
	}
	w.finish()
	w.open[name] = true
	w.parts = append(w.parts, Part{Name: name})
	w.sum = sha256.New()
	var err error
	w.part, err = w.file(name + ".jsonl")
	return err
}

func (w *Writer) file(name string) (io.Writer, error) {
	return w.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: w.at})
}

// Row adds a line, without its line feed, to the part that was begun last.
func (w *Writer) Row(line []byte) error {
	p := &w.parts[len(w.parts)-1]
	if len(line) > LineMost {
		return errLarge
	}
	p.Rows, p.Bytes = p.Rows+1, p.Bytes+int64(len(line))+1
	w.rows, w.size = w.rows+1, w.size+int64(len(line))+1
	if w.rows > RowsMost || w.size > UnpackedMost || w.out.n > FileMost-(1<<20) {
		return errLarge
	}
	for _, b := range [][]byte{line, {'\n'}} {
		w.sum.Write(b)
		if _, err := w.part.Write(b); err != nil {
			return err
		}
	}
	return nil
}

func (w *Writer) finish() {
	if n := len(w.parts); n > 0 {
		w.parts[n-1].SHA256 = hex.EncodeToString(w.sum.Sum(nil))
	}
}

// Close writes the manifest, whose parts it knows itself, and signs the file.
func (w *Writer) Close(m Manifest, key ed25519.PrivateKey) error {
	w.finish()
	m.Format, m.ExportedAt, m.Parts = Format, w.at.Format(time.RFC3339), w.parts
	if err := m.check(); err != nil {
		return err
	}
	text, err := Encode(m)
	if err != nil {
		return err
	}
	f, err := w.file(ManifestName)
	if err == nil {
		_, err = f.Write(append(text, '\n'))
	}
	if err = errors.Join(err, w.zip.Close()); err != nil {
		return err
	}
	return w.out.sign(key)
}

// tail passes on what is written but for the last commentLen bytes, which it holds
// back: there the signature over all the others comes to stand.
type tail struct {
	w    io.Writer
	sum  hash.Hash
	held []byte
	n    int64
}

func (t *tail) Write(b []byte) (int, error) {
	t.held = append(t.held, b...)
	more := len(t.held) - commentLen
	if more <= 0 {
		return len(b), nil
	}
	t.sum.Write(t.held[:more])
	t.n += int64(more)
	if _, err := t.w.Write(t.held[:more]); err != nil {
		return 0, err
	}
	t.held = append(t.held[:0], t.held[more:]...)
	return len(b), nil
}

func (t *tail) sign(key ed25519.PrivateKey) error {
	sig := ed25519.Sign(key, signed(t.sum.Sum(nil)))
	_, err := t.w.Write(comment(key.Public().(ed25519.PublicKey), sig))
	return err
}

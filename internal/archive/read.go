package archive

import (
	"archive/zip"
	"bufio"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
)

// Archive is a file whose signature fits and whose parts are those of its manifest.
// By whom it is signed, and whether they are to be believed, is for the caller.
type Archive struct {
	Manifest Manifest
	Signer   ed25519.PublicKey
	SHA256   string // of the whole file

	files map[string]*zip.File
}

// Damaged is why a file is refused, in words for whoever brought it.
type Damaged struct{ Reason string }

func (d *Damaged) Error() string { return "the archive is refused: " + d.Reason }

// Open checks a whole file before it gives anything of it away: the signature over
// all of its bytes first, then that it holds the parts of its manifest, in their
// order, and nothing else. What is wrong with it is a *Damaged; any other error is
// that of reading.
func Open(r io.ReaderAt, size int64) (*Archive, error) {
	a := &Archive{files: map[string]*zip.File{}}
	if err := a.open(r, size); err != nil {
		if _, ok := errors.AsType[readError](err); ok {
			return nil, err
		}
		return nil, &Damaged{err.Error()}
	}
	return a, nil
}

// readError is a failure of the disk, not of the file.
type readError struct{ error }

func (a *Archive) open(r io.ReaderAt, size int64) error {
	if size > FileMost {
		return errLarge
	}
	if size < int64(commentLen+endLen) {
		return errors.New("it is too short to be one")
	}
	if err := a.checkSignature(r, size); err != nil {
		return err
	}
	z, err := zip.NewReader(r, size)
	if err != nil {
		return errors.New("it is no zip file")
	}
	if err := a.readManifest(z); err != nil {
		return err
	}
	for i, p := range a.Manifest.Parts {
		f := z.File[i]
		if f.Name != p.Name+".jsonl" {
			return fmt.Errorf("%q stands where its manifest says %s.jsonl", f.Name, p.Name)
		}
		a.files[p.Name] = f
		if err := checkPart(f, p); err != nil {
			return err
		}
	}
	return nil
}

// checkSignature reads every byte before anything is made of one.
func (a *Archive) checkSignature(r io.ReaderAt, size int64) error {
	last := make([]byte, endLen+commentLen)
	if _, err := r.ReadAt(last, size-int64(len(last))); err != nil && err != io.EOF {
		return readError{err}
	}
	end, text := last[:endLen], last[endLen:]
	key, sig, err := parseComment(text)
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(end, []byte("PK\x05\x06")) || int(binary.LittleEndian.Uint16(end[endLen-2:])) != commentLen {
		return errors.New("its end is not that of an archive")
	}
	sum, whole := sha256.New(), sha256.New()
	body := io.NewSectionReader(r, 0, size-int64(commentLen))
	if _, err := io.Copy(io.MultiWriter(sum, whole), body); err != nil {
		return readError{err}
	}
	if !ed25519.Verify(key, signed(sum.Sum(nil)), sig) {
		return errors.New("its signature does not fit: something in it was changed after it was signed")
	}
	whole.Write(text)
	a.Signer, a.SHA256 = key, hex.EncodeToString(whole.Sum(nil))
	return nil
}

func (a *Archive) readManifest(z *zip.Reader) error {
	n := len(z.File)
	if n == 0 || n > partsMost+1 || z.File[n-1].Name != ManifestName {
		return errors.New("it has no manifest at its end")
	}
	text, err := readAll(z.File[n-1], manifestMost)
	if err != nil {
		return fmt.Errorf("its manifest cannot be read: %w", err)
	}
	var known struct{ Format int }
	if err := json.Unmarshal(text, &known); err == nil && known.Format != Format {
		return Manifest{Format: known.Format}.check() // before the fields of a format that nobody knows here
	}
	if err := Decode(bytes.TrimSuffix(text, []byte("\n")), &a.Manifest); err != nil {
		return fmt.Errorf("its manifest cannot be read: %w", err)
	}
	if err := a.Manifest.check(); err != nil {
		return err
	}
	if len(a.Manifest.Parts) != n-1 {
		return fmt.Errorf("it holds %d parts, and its manifest says %d", n-1, len(a.Manifest.Parts))
	}
	return nil
}

// plain refuses what we never write: other compressions, encryption, folders, links.
func plain(f *zip.File) error {
	if f.Method != zip.Deflate || f.Flags&0x1 != 0 || f.Mode()&^0o777 != 0 {
		return fmt.Errorf("%q is not stored as Gatehouse stores parts", f.Name)
	}
	return nil
}

func readAll(f *zip.File, most int64) ([]byte, error) {
	if err := plain(f); err != nil {
		return nil, err
	}
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	text, err := io.ReadAll(io.LimitReader(r, most+1))
	if err == nil && int64(len(text)) > most {
		err = errLarge
	}
	return text, err
}

// checkPart unpacks a part once, and no further than its manifest says.
func checkPart(f *zip.File, p Part) error {
	if err := plain(f); err != nil {
		return err
	}
	r, err := f.Open()
	if err != nil {
		return fmt.Errorf("%s cannot be unpacked", f.Name)
	}
	defer r.Close()
	sum, rows, last := sha256.New(), 0, byte('\n')
	block := make([]byte, 64<<10)
	size := int64(0)
	for {
		n, err := r.Read(block)
		if size += int64(n); size > p.Bytes {
			return fmt.Errorf("%s is longer than its manifest says", f.Name)
		}
		if sum.Write(block[:n]); n > 0 {
			rows += bytes.Count(block[:n], []byte{'\n'})
			last = block[n-1]
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return fmt.Errorf("%s cannot be unpacked", f.Name)
		}
	}
	if size != p.Bytes || rows != p.Rows || last != '\n' || hex.EncodeToString(sum.Sum(nil)) != p.SHA256 {
		return fmt.Errorf("%s is not what its manifest says", f.Name)
	}
	return nil
}

// Lines are the rows of a part, in their order, each good until the next. A part that
// is not there has none.
func (a *Archive) Lines(part string) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		f := a.files[part]
		if f == nil {
			return
		}
		r, err := f.Open()
		if err != nil {
			yield(nil, err)
			return
		}
		defer r.Close()
		lines := bufio.NewScanner(r)
		lines.Buffer(make([]byte, 0, 64<<10), LineMost)
		lines.Split(wholeLines)
		for lines.Scan() {
			if !yield(lines.Bytes(), nil) {
				return
			}
		}
		if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
			yield(nil, &Damaged{fmt.Sprintf("%s has a row that is too long", f.Name)})
		} else if err != nil {
			yield(nil, err)
		}
	}
}

// wholeLines is bufio.ScanLines that takes nothing away but the line feed.
func wholeLines(data []byte, _ bool) (advance int, token []byte, err error) {
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		return i + 1, data[:i], nil
	}
	return 0, nil, nil
}

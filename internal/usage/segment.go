package usage

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// A segment is a file of fixed size, written to the end once and then removed:
//
//	"GHspool2" | 16 bytes of id | 8 bytes of zero | records, see encode.go
//
// Its id is random, so that a name is never used again, whatever the disk forgot
// in a power failure.
const (
	segmentHead  = 32
	segmentMagic = "GHspool2"
	segmentExt   = ".spool"
)

type segment struct {
	id   [16]byte
	path string
	file *os.File
	mem  []byte
}

// newSegment makes a segment of size bytes and maps it. All its blocks are
// written first: a hole would be filled at the first touch, and a full disk
// would then kill the process instead of answering with an error.
func newSegment(dir string, size int) (_ *segment, err error) {
	s := &segment{}
	_, _ = rand.Read(s.id[:]) // never fails (crypto/rand)
	s.path = filepath.Join(dir, hex.EncodeToString(s.id[:])+segmentExt)
	if s.file, err = os.OpenFile(s.path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600); err != nil {
		return nil, fmt.Errorf("make a spool segment: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.file.Close(), os.Remove(s.path))
		}
	}()
	zeros := make([]byte, size)
	copy(zeros, segmentMagic)
	copy(zeros[len(segmentMagic):], s.id[:])
	if _, err = s.file.Write(zeros); err != nil {
		return nil, fmt.Errorf("preallocate a spool segment: %w", err)
	}
	if s.mem, err = mapFile(s.file, size); err != nil {
		return nil, fmt.Errorf("map a spool segment: %w", err)
	}
	for i := segmentHead; i < size; i += os.Getpagesize() {
		s.mem[i] = 0 // the page fault is taken here, not by a call
	}
	return s, nil
}

// sync brings what was written to the disk.
func (s *segment) sync() error { return s.file.Sync() }

// close takes the mapping away; the file stays.
func (s *segment) close() error {
	return errors.Join(unmapFile(s.mem), s.file.Close())
}

// readSegment is the content of a segment that nobody writes to any more. A file
// cut short before its head was written holds no record.
func readSegment(path string) ([]byte, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read a spool segment: %w", err)
	}
	if len(b) < segmentHead || string(b[:len(segmentMagic)]) != segmentMagic {
		return make([]byte, segmentHead), nil
	}
	return b, nil
}

// segmentID is the id in a file's name.
func segmentID(path string) (id [16]byte, ok bool) {
	b, err := hex.DecodeString(strings.TrimSuffix(filepath.Base(path), segmentExt))
	return [16]byte(append(b, id[:]...)), err == nil && len(b) == len(id)
}

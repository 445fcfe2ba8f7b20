package audit

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// Checkpoint witnesses that a chain had Count events and ended in Head at At. Kept
// where the database's administrator cannot write, it makes a shortened chain visible.
type Checkpoint struct {
	ChainID string
	Seq     uint64
	Head    []byte // Hash of event Seq
	Count   uint64
	At      time.Time // UTC, whole microseconds
	KeyID   string    // which key signed, see SignerID
	Sig     []byte    // Ed25519
}

// SignerID names a public key in checkpoints.
func SignerID(public ed25519.PublicKey) string {
	sum := sha256.Sum256(public)
	return hex.EncodeToString(sum[:8])
}

// Sign makes the checkpoint of a chain that ends in head at the time at.
func Sign(key ed25519.PrivateKey, head Head, at time.Time) Checkpoint {
	c := Checkpoint{
		ChainID: head.ChainID, Seq: head.Seq, Head: head.Hash, Count: head.Seq,
		At: at.UTC().Truncate(time.Microsecond), KeyID: SignerID(key.Public().(ed25519.PublicKey)),
	}
	c.Sig = ed25519.Sign(key, c.signed())
	return c
}

func (c Checkpoint) signed() []byte {
	return frame("gatehouse/audit/checkpoint/1", []byte(c.ChainID), number(c.Seq), c.Head,
		number(c.Count), number(uint64(c.At.UnixMicro())), []byte(c.KeyID))
}

// Verify checks the signature against the public keys of this installation, old and new.
func (c Checkpoint) Verify(public ...ed25519.PublicKey) error {
	for _, key := range public {
		if len(key) == ed25519.PublicKeySize && SignerID(key) == c.KeyID {
			if ed25519.Verify(key, c.signed(), c.Sig) {
				return nil
			}
			return fmt.Errorf("the signature of the checkpoint of %s at event %d does not fit", c.ChainID, c.Seq)
		}
	}
	return fmt.Errorf("the checkpoint of %s at event %d is signed by %q, which is none of the keys given", c.ChainID, c.Seq, c.KeyID)
}

// mark is a checkpoint in the file, one to a line.
type mark struct {
	Chain string `json:"chain"`
	Seq   uint64 `json:"seq"`
	Head  []byte `json:"head"`
	Count uint64 `json:"count"`
	At    string `json:"at"`
	KeyID string `json:"key_id"`
	Sig   []byte `json:"sig"`
}

// Line is the checkpoint as one line of JSON with its line feed, as it goes to the
// file and to standard output.
func (c Checkpoint) Line() []byte {
	text, err := marshal(mark{c.ChainID, c.Seq, c.Head, c.Count, c.At.UTC().Format(timeForm), c.KeyID, c.Sig})
	if err != nil {
		panic(err) // strings, numbers and bytes always marshal
	}
	return append(text, '\n')
}

// AppendCheckpoint adds c to the file at path, which it makes readable by the owner
// alone when it is not there, and returns when the line is on disk. A line that a
// crash left unfinished is cut off first.
func AppendCheckpoint(path string, c Checkpoint) (err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("audit: checkpoint file: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	end, err := lastLineEnd(f)
	if err != nil {
		return fmt.Errorf("audit: checkpoint file: %w", err)
	}
	if err := f.Truncate(end); err != nil {
		return fmt.Errorf("audit: checkpoint file: %w", err)
	}
	if _, err := f.WriteAt(c.Line(), end); err != nil {
		return fmt.Errorf("audit: checkpoint file: %w", err)
	}
	return f.Sync()
}

// lastLineEnd is the offset behind the last line feed, looking back one block at a time.
func lastLineEnd(f *os.File) (int64, error) {
	end, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return 0, err
	}
	block := make([]byte, 4096)
	for end > 0 {
		start := max(0, end-int64(len(block)))
		part := block[:end-start]
		if _, err := f.ReadAt(part, start); err != nil {
			return 0, err
		}
		if i := bytes.LastIndexByte(part, '\n'); i >= 0 {
			return start + int64(i) + 1, nil
		}
		end = start
	}
	return 0, nil
}

// ReadCheckpoints reads a checkpoint file and checks every signature. A last line
// without its line feed is what a crash leaves behind and is passed over. Of other
// lines that are not signed checkpoints the first is a *LineError, beside the
// checkpoints of all good lines.
func ReadCheckpoints(r io.Reader, public ...ed25519.PublicKey) (out []Checkpoint, err error) {
	var bad *LineError
	more := 0
	in := bufio.NewReader(r)
	for n := 1; ; n++ {
		text, err := in.ReadBytes('\n')
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("audit: checkpoint file: %w", err)
		}
		c, err := parseCheckpoint(text)
		if err == nil {
			err = c.Verify(public...)
		}
		switch {
		case err == nil:
			out = append(out, c)
		case bad == nil:
			bad = &LineError{n, err.Error()}
		default:
			more++
		}
	}
	if bad == nil {
		return out, nil
	}
	if more > 0 {
		bad.Reason += fmt.Sprintf(" (%d other lines are damaged, too)", more)
	}
	return out, bad
}

func parseCheckpoint(text []byte) (Checkpoint, error) {
	var m mark
	if err := json.Unmarshal(text, &m); err != nil {
		return Checkpoint{}, fmt.Errorf("it is not a checkpoint: %w", err)
	}
	at, err := time.Parse(timeForm, m.At)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("its time %q is not in the form %s", m.At, timeForm)
	}
	c := Checkpoint{m.Chain, m.Seq, m.Head, m.Count, at.UTC(), m.KeyID, m.Sig}
	if !bytes.Equal(c.Line(), text) {
		return Checkpoint{}, errors.New("it is not written as Gatehouse writes checkpoints")
	}
	return c, nil
}

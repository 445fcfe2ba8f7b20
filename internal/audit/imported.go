package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
)

// ImportAction is the action of the event that closes a part of a chain which was
// made elsewhere.
const ImportAction = "tenant.import"

// Imported is what that event says, in its details, of all events before it. Their
// hashes were made with keys of another installation, which do not travel: from here
// on the digest, which stands under a key of this installation, vouches for them.
type Imported struct {
	Events uint64 `json:"events"`
	SHA256 string `json:"events_sha256"`
}

// Prefix is the digest of a part of a chain that was made elsewhere. Its zero value
// has no event.
type Prefix struct {
	sum    hash.Hash
	events uint64
	last   Head // of Take
}

// Add takes the next event, as it is stored.
func (p *Prefix) Add(e Event) {
	if p.sum == nil {
		p.sum = sha256.New()
	}
	p.events++
	p.sum.Write(frame("gatehouse/audit/imported/1",
		[]byte(e.ChainID), number(e.Seq), e.Prev, e.Hash, []byte(e.KeyID), number(uint64(e.At.UnixMicro())),
		[]byte(e.Actor), []byte(e.ActorName), []byte(e.ActingAs), []byte(e.Action),
		[]byte(e.ObjectKind), []byte(e.ObjectID), e.Details, e.BeforeDigest, e.AfterDigest,
		[]byte(e.RequestID), []byte(e.ClientIP)))
}

// Imported is what an import event has to say of the events that were added.
func (p *Prefix) Imported() Imported {
	if p.sum == nil {
		return Imported{}
	}
	return Imported{p.events, hex.EncodeToString(p.sum.Sum(nil))}
}

// closedBy is why e does not vouch for the events that were added, "" where it does.
func (p *Prefix) closedBy(e Event) string {
	var said Imported
	if e.Action != ImportAction || json.Unmarshal(e.Details, &said) != nil {
		return "the events before it were made elsewhere, and it does not say that they were imported"
	}
	if said != p.Imported() {
		return fmt.Sprintf("the %d events before it are not those that were imported", p.events)
	}
	return ""
}

// Take is Add for an event that has to follow those before it, in the chain of that
// id. Hashes are not computed: whoever hands the events over signs for them.
func (p *Prefix) Take(chain string, e Event) error {
	if p.sum == nil {
		p.last = Genesis(chain)
	}
	switch {
	case e.ChainID != chain:
		return fmt.Errorf("event %d belongs to another chain", e.Seq)
	case e.Seq != p.last.Seq+1:
		return fmt.Errorf("event %d follows event %d", e.Seq, p.last.Seq)
	case !bytes.Equal(e.Prev, p.last.Hash):
		return fmt.Errorf("event %d does not follow the event before it", e.Seq)
	case len(e.Hash) != sha256.Size || e.KeyID == "":
		return fmt.Errorf("event %d has no hash", e.Seq)
	}
	p.Add(e)
	p.last = e.Head()
	return nil
}

// Head is the event that was taken last.
func (p *Prefix) Head() Head { return p.last }

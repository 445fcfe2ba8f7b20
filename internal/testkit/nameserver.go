package testkit

import (
	"net"
	"slices"
	"sync"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// Nameserver is a DNS server that knows some TXT records.
type Nameserver struct {
	Addr string // for GATEHOUSE_DNS

	mu      sync.Mutex
	records map[string][]string // by name with its last dot
	asked   []string
	broken  bool
}

// NewNameserver starts one that knows nothing yet.
func NewNameserver(t testing.TB) *Nameserver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n, done := &Nameserver{Addr: conn.LocalAddr().String(), records: map[string][]string{}}, make(chan struct{})
	go func() {
		defer close(done)
		buf := make([]byte, 1500)
		for {
			size, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			if answer := n.answer(buf[:size]); answer != nil {
				_, _ = conn.WriteTo(answer, from)
			}
		}
	}()
	t.Cleanup(func() { _ = conn.Close(); <-done })
	return n
}

// Set says what the TXT records of a name are; without any there is no such name.
func (n *Nameserver) Set(name string, texts ...string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.records[name+"."] = texts
}

// Break makes it answer that it failed, or mends it.
func (n *Nameserver) Break(broken bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.broken = broken
}

// Asked are the names that were asked for.
func (n *Nameserver) Asked() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.asked)
}

func (n *Nameserver) answer(raw []byte) []byte {
	var m dnsmessage.Message
	if m.Unpack(raw) != nil || len(m.Questions) != 1 {
		return nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	q := m.Questions[0]
	n.asked = append(n.asked, q.Name.String())
	m.Response, m.RecursionAvailable, m.Additionals = true, true, nil
	texts := n.records[q.Name.String()]
	switch {
	case n.broken:
		m.RCode = dnsmessage.RCodeServerFailure
	case len(texts) == 0 || q.Type != dnsmessage.TypeTXT:
		m.RCode = dnsmessage.RCodeNameError
	}
	for _, text := range texts {
		if m.RCode == dnsmessage.RCodeSuccess {
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 1}, Body: &dnsmessage.TXTResource{TXT: []string{text}}})
		}
	}
	out, _ := m.Pack()
	return out
}

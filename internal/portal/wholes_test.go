package portal_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"io"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"gatehouse/internal/egress"
	"gatehouse/internal/portal"
	"gatehouse/internal/spec"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
)

// writing counts how often its reader writes a document.
type writing struct {
	portal.Reader
	asked atomic.Int32
}

func (w *writing) WriteWhole(ctx context.Context, document io.Reader, yaml bool, gatewayURL string, out io.Writer) error {
	w.asked.Add(1)
	return w.Reader.WriteWhole(ctx, document, yaml, gatewayURL, out)
}

// A large document is written for download once, by another process, and what is
// kept of it is the same bytes wherever one begins to read.
func TestALargeDocumentIsWrittenOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		s := newShop(t, o)
		w := &writing{Reader: s.reader()}
		apis := portal.New(portal.Deps{Store: s.store, Keys: s.keys, Clock: o.Clock, Reader: w, Upstreams: &egress.Policy{OwnHosts: []string{"portal.example"}}}).APIs
		noise := make([]byte, 100<<10)
		random := rand.NewChaCha8([32]byte{1})
		_, _ = random.Read(noise)
		raw := []byte("openapi: 3.1.0\ninfo: {title: Noise, version: '1', description: " + hex.EncodeToString(noise) + "}\npaths: {/a: {get: {responses: {'200': {description: ok}}}}}\n")
		_, _, _, err := s.portal.APIs.PutDocument(s.ctx, s.as("manager"), "noise", "v1", raw)
		s.must(err)
		for _, form := range []struct {
			yaml bool
			want func([]byte, string) ([]byte, error)
		}{{false, spec.Whole}, {true, spec.WholeYAML}} {
			want, err := form.want(raw, "https://gw.example/a")
			s.must(err)
			w.asked.Store(0)
			var all sync.WaitGroup
			for range 4 {
				all.Go(func() {
					got, _, err := apis.Download(s.ctx, s.as("manager"), "noise", "v1", portal.DocumentPart{YAML: form.yaml}, "https://gw.example/a")
					if err != nil {
						t.Error(err)
						return
					}
					for _, from := range []int64{0, int64(len(want)) - 10, 70_000, 5} {
						at, seekErr := got.Seek(from, io.SeekStart)
						rest, err := io.ReadAll(got)
						if err != nil || seekErr != nil || at != from || !bytes.Equal(rest, want[from:]) {
							t.Errorf("from %d: %d bytes, want %d: %v, %v", from, len(rest), len(want)-int(from), err, seekErr)
						}
					}
				})
			}
			all.Wait()
			if n := w.asked.Load(); n != 1 {
				t.Errorf("written %d times", n)
			}
		}
	})
}

package portal

import "sync"

// shelf keeps what was read of revisions, which never change, up to so many bytes
// in all; what was not asked for the longest goes first. It knows nothing of who
// may read: whoever asks has looked in the transaction of the request whether the
// version is there for the reader (R53).
type shelf[V any] struct {
	mu    sync.Mutex
	most  int // bytes
	bytes int
	clock int // counts the times that something was asked for
	books map[shelfMark]*book[V]
}

// shelfMark says whose and which: nothing of a tenant is found by another.
type shelfMark struct{ tenant, revision, kind string }

type book[V any] struct {
	value V
	bytes int
	asked int
}

func newShelf[V any](most int) *shelf[V] {
	return &shelf[V]{most: most, books: map[shelfMark]*book[V]{}}
}

// get is what stands at the mark, or what read finds, with about how many bytes
// it takes. It is shared: nobody changes it.
func (s *shelf[V]) get(at shelfMark, read func() (V, int, error)) (V, error) {
	if v, ok := s.find(at); ok {
		return v, nil
	}
	v, bytes, err := read()
	if err == nil && bytes <= s.most {
		s.put(at, v, bytes)
	}
	return v, err
}

func (s *shelf[V]) find(at shelfMark) (v V, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, ok := s.books[at]
	if !ok {
		return v, false
	}
	s.clock++
	b.asked = s.clock
	return b.value, true
}

func (s *shelf[V]) put(at shelfMark, v V, bytes int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if old, ok := s.books[at]; ok { // somebody read the same meanwhile
		s.bytes -= old.bytes
	}
	s.clock++
	s.books[at] = &book[V]{v, bytes, s.clock}
	for s.bytes += bytes; s.bytes > s.most; {
		var oldest shelfMark
		asked := s.clock + 1
		for at, b := range s.books {
			if b.asked < asked {
				oldest, asked = at, b.asked
			}
		}
		s.bytes -= s.books[oldest].bytes
		delete(s.books, oldest)
	}
}

package portal

import (
	"errors"
	"testing"
)

func TestShelf(t *testing.T) {
	s, reads := newShelf[string](10), 0
	get := func(tenant, revision string, bytes int, err error) string {
		t.Helper()
		got, gotErr := s.get(shelfMark{tenant: tenant, revision: revision}, func() (string, int, error) {
			reads++
			return tenant + revision, bytes, err
		})
		if !errors.Is(gotErr, err) || got != tenant+revision {
			t.Fatalf("%s%s is %q, %v", tenant, revision, got, gotErr)
		}
		return got
	}
	for _, tt := range []struct {
		name, tenant, revision string
		bytes                  int
		err                    error
		reads                  int
	}{
		{"the first time it is read", "a", "1", 4, nil, 1},
		{"then it is kept", "a", "1", 4, nil, 1},
		{"another tenant's is another", "b", "1", 4, nil, 2},
		{"asked again, it is the newest", "a", "1", 4, nil, 2},
		{"a third makes the oldest go", "c", "1", 4, nil, 3},
		{"the one that was asked for stays", "a", "1", 4, nil, 3},
		{"the oldest is read again", "b", "1", 4, nil, 4},
		{"what is too big is not kept", "a", "2", 11, nil, 5},
		{"nor read only once", "a", "2", 11, nil, 6},
		{"and drives nothing out", "a", "1", 4, nil, 6},
		{"a failure is not kept", "d", "1", 1, errors.ErrUnsupported, 7},
		{"and is tried again", "d", "1", 1, nil, 8},
	} {
		get(tt.tenant, tt.revision, tt.bytes, tt.err)
		if reads != tt.reads || s.bytes > s.most {
			t.Errorf("%s: %d reads, want %d; %d bytes", tt.name, reads, tt.reads, s.bytes)
		}
	}
	s.put(shelfMark{tenant: "a", revision: "1"}, "a1", 4)
	sum := 0
	for _, b := range s.books {
		sum += b.bytes
	}
	if sum != s.bytes {
		t.Errorf("it holds %d bytes and counts %d", sum, s.bytes)
	}
}

package api

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"gatehouse/internal/fault"
	"gatehouse/internal/spec"
)

// What does not arrive is waited for no longer than promised, and the answer
// still reaches its sender.
func TestSlowBody(t *testing.T) {
	e := echo.New()
	e.PUT("/", func(c echo.Context) error {
		_, err := body(c, 20*time.Millisecond)
		return c.String(http.StatusTeapot, fault.Code(err))
	})
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	half, rest := io.Pipe()
	go func() { _, _ = rest.Write([]byte("half")) }()
	t.Cleanup(func() { _ = rest.Close() })
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, server.URL, half)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if said, _ := io.ReadAll(resp.Body); string(said) != "body_too_slow" {
		t.Errorf("%q", said)
	}
}

// Who waits for a document hears that it was too slow before the time is over in
// which they were promised an answer.
func TestTimesOfADocument(t *testing.T) {
	if spec.ReadTimeout >= answerMost || answerMost >= time.Minute {
		t.Errorf("the reader takes %v, the answer comes within %v", spec.ReadTimeout, answerMost)
	}
}

// Whatever arrives: an error or a value that is valid JSON with known fields, never a panic.
func FuzzParse(f *testing.F) {
	for _, s := range []string{`{}`, `{"slug":"a","name":"b"}`, `{"rates":[{"calls":1,"seconds":2}]}`, `{"a":1,"a":2}`, `[[[`, `{"name":null}`, "\xef\xbb\xbf{}", `{"a":{"b":[1,{"c":1e999}]}}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var in newPlanJSON
		if parse(raw, &in) == nil && !json.Valid(raw) {
			t.Errorf("%q was read", raw)
		}
	})
}

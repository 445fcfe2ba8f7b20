package demo_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"

	"gatehouse/internal/clock"
	"gatehouse/internal/demo/upstream"
	"gatehouse/internal/demo/world"
)

const upstreamCredential = "demo-upstream-credential"

func newEngine(t testing.TB, name string, options upstream.Options) *upstream.Engine {
	t.Helper()
	if options.Clock == nil {
		options.Clock = clock.NewManual(now)
	}
	options.Credential = upstreamCredential
	e, err := upstream.New(world.Document(name), options)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func newValidator(t testing.TB, name string) validator.Validator {
	t.Helper()
	doc, err := libopenapi.NewDocument(world.Document(name))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := doc.BuildV3Model(); err != nil {
		t.Fatalf("the model can't be built: %v", err)
	}
	v, errs := validator.NewValidator(doc)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return v
}

func send(e *upstream.Engine, r upstream.Request) (*http.Request, *http.Response) {
	// A request for the validator that still has its body, and one for the engine.
	make := func() *http.Request {
		request := httptest.NewRequest(r.Method, "http://upstream.test"+r.Path, bytes.NewReader(r.Body))
		request.Header = r.Header.Clone()
		request.Header.Set("X-Upstream-Key", upstreamCredential)
		request.Header.Set("Authorization", "Bearer none")
		return request
	}
	w := httptest.NewRecorder()
	e.ServeHTTP(w, make())
	return make(), w.Result()
}

func TestEveryDocumentIsValid(t *testing.T) {
	for _, name := range world.Documents() {
		t.Run(name, func(t *testing.T) {
			v := newValidator(t, name)
			if ok, errs := v.ValidateDocument(); !ok {
				for _, err := range errs {
					t.Errorf("%s: %s %v", err.Message, err.Reason, err.SchemaValidationErrors)
				}
			}
		})
	}
}

// Each example that the engine makes is valid by its document, and so is the
// answer to it: judged by a validator that shares no code with the engine.
func TestEveryOperationAnswersAsDocumented(t *testing.T) {
	for _, name := range world.Documents() {
		t.Run(name, func(t *testing.T) {
			v := newValidator(t, name)
			e := newEngine(t, name, upstream.Options{Seed: 7})
			base := serverPath(t, name)
			for _, key := range e.Operations() {
				for n := range uint64(6) {
					example, ok := e.Example(key, n)
					if !ok {
						t.Fatalf("%s: no example", key)
					}
					request, response := send(e, example)
					if response.StatusCode >= 300 {
						body, _ := io.ReadAll(response.Body)
						t.Fatalf("%s: %s answered %d: %s", key, example.Path, response.StatusCode, body)
					}
					judge(t, v, base, key, request, response)
				}
				if wrong, ok := e.WrongExample(key, 1); ok {
					request, response := send(e, wrong)
					if response.StatusCode != http.StatusNotFound {
						t.Errorf("%s: %s answered %d, want 404", key, wrong.Path, response.StatusCode)
					}
					judge(t, v, base, key, request, response)
				}
			}
		})
	}
}

func judge(t *testing.T, v validator.Validator, base, key string, request *http.Request, response *http.Response) {
	t.Helper()
	request.URL.Path = base + request.URL.Path
	ok, errs := v.ValidateHttpRequestResponse(request, response)
	if ok {
		return
	}
	for _, err := range errs {
		t.Errorf("%s (%s): %s: %s", key, request.URL, err.Message, err.Reason)
		for _, detail := range err.SchemaValidationErrors {
			t.Errorf("  %s: %s", detail.FieldPath, detail.Reason)
		}
	}
}

// serverPath is the path of the document's only server: /equipment/v2.
func serverPath(t *testing.T, name string) string {
	t.Helper()
	_, rest, found := strings.Cut(string(world.Document(name)), "https://gateway.")
	if !found {
		t.Fatalf("%s names no server", name)
	}
	_, path, _ := strings.Cut(rest[:strings.IndexAny(rest, "'\"\n ")], "/")
	return "/" + path
}

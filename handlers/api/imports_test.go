package api_test

import (
	"archive/zip"
	"bytes"
	"net/http"
	"strings"
	"testing"

	"gatehouse/internal/testkit"
)

// RFC 7240: who does not want to wait for a document gets an address to ask.
func TestDocumentInTheBackground(t *testing.T) {
	k := testkit.New(t)
	p := newPlace(t, k, "nq")
	put := func(document string) string {
		t.Helper()
		a := p.manager.want(http.StatusAccepted, "PUT", p.path+"/apis/later/versions/v1/document", document, "Content-Type", "application/yaml", "Prefer", "wait=5, Respond-Async")
		if a.Header.Get("Preference-Applied") != "respond-async" || !strings.HasPrefix(a.Header.Get("Location"), p.path+"/imports/") {
			t.Fatal(a.Header)
		}
		return a.Header.Get("Location")
	}
	good, bad := put(testkit.Document), ""
	if got := await(t, p, good); !strings.Contains(got, `"state":"stored"`) || !strings.Contains(got, `"operations":4`) || !strings.Contains(got, `"revision":"`) {
		t.Error(got)
	}
	p.manager.want(http.StatusOK, "GET", p.path+"/apis/later/versions/v1", "")
	bad = put("openapi: 3.0.3\ninfo: {title: T, version: '1'}\npaths: {pets: {}}\n")
	if got := await(t, p, bad); !strings.Contains(got, `"state":"refused"`) || !strings.Contains(got, `"line":3`) || !strings.Contains(got, `"pointer":"/paths/pets"`) {
		t.Error(got)
	}
	p.manager.want(http.StatusUnprocessableEntity, "PUT", p.path+"/apis/No/versions/v1/document", testkit.Document, "Content-Type", "application/yaml", "Prefer", "respond-async")
	p.manager.want(http.StatusNotFound, "GET", p.path+"/imports/none", "")
}

// await asks for an import until nothing more happens.
func await(t *testing.T, p place, address string) (raw string) {
	t.Helper()
	testkit.Eventually(t, "the import ends", func() bool {
		raw = p.manager.want(http.StatusOK, "GET", address, "").raw
		return strings.Contains(raw, `"finished_at"`)
	})
	return raw
}

// R99: a document's URL is set, read and forgotten by programs, too.
func TestSourceOfADocument(t *testing.T) {
	k := testkit.New(t)
	p := newPlace(t, k, "nq")
	k.Upstream.Publish(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(testkit.Document + "# from a URL\n"))
	})
	source, at := p.path+"/apis/orders/versions/v1/source", k.Upstream.URL+"/documents/api.yaml"
	p.manager.want(http.StatusNotFound, "GET", source, "")
	p.manager.want(http.StatusUnprocessableEntity, "PUT", source, `{"url":"https://me:secret@api.example.com/x"}`)
	p.manager.want(http.StatusUnprocessableEntity, "PUT", source, `{"url":"`+at+`","schedule":"often"}`)
	put := p.manager.want(http.StatusAccepted, "PUT", source, `{"url":"`+at+`","schedule":"weekly"}`)
	if got := await(t, p, put.Header.Get("Location")); !strings.Contains(got, `"state":"stored"`) || !strings.Contains(got, at) {
		t.Error(got)
	}
	if got := p.manager.want(http.StatusOK, "GET", source, ""); !strings.Contains(got.raw, `"schedule":"weekly"`) || !strings.Contains(got.raw, `"next_at"`) || strings.Contains(got.raw, "failure") {
		t.Error(got.raw)
	}
	p.manager.want(http.StatusNoContent, "DELETE", source, "")
	p.manager.want(http.StatusNotFound, "DELETE", source, "")
}

// zipped is a document of two files.
func zipped(t *testing.T) string {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for name, text := range map[string]string{
		"openapi.yaml":       "openapi: 3.0.3\ninfo: {title: T, version: '1'}\npaths:\n  /a: {get: {responses: {200: {description: ok, content: {a/b: {schema: {$ref: schemas/order.yaml}}}}}}}\n",
		"schemas/order.yaml": "type: object\nproperties: {lost: {$ref: none.yaml}}\n",
	} {
		f, err := w.Create(name)
		if err == nil {
			_, err = f.Write([]byte(text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// What a zip of several files makes is stored as one document.
func TestArchiveByTheManagementAPI(t *testing.T) {
	k := testkit.New(t)
	p := newPlace(t, k, "nq")
	a := p.manager.want(http.StatusOK, "PUT", p.path+"/apis/orders/versions/v1/document", zipped(t), "Content-Type", "application/zip")
	if !strings.Contains(a.raw, `"operations":1`) || !strings.Contains(a.raw, `"file":"schemas/order.yaml"`) {
		t.Error(a.raw)
	}
	one := p.manager.want(http.StatusOK, "GET", p.path+"/apis/orders/versions/v1/document", "")
	if !strings.Contains(one.raw, `"#/components/schemas/order"`) || one.Header.Get("Content-Type") != "application/json" {
		t.Error(one.raw)
	}
}

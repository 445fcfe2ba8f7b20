package handlers_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"testing"

	"gatehouse/internal/testkit"
)

// R90: no method brings more than the address reads, HEAD and GET neither.
func TestBodiesAreLimited(t *testing.T) {
	k := testkit.New(t)
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	file, err := form.CreateFormFile("file", "large")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Write(make([]byte, 1<<20)); err != nil {
		t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	for _, method := range []string{http.MethodHead, http.MethodGet} {
		for name, length := range map[string]int64{"of a length": int64(body.Len()), "chunked": -1} {
			req, err := http.NewRequest(method, k.PortalURL.String()+"/login", bytes.NewReader(body.Bytes()))
			if err != nil {
				t.Fatal(err)
			}
			req.ContentLength = length
			req.Header.Set("Content-Type", form.FormDataContentType())
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			_ = resp.Body.Close()
			if resp.StatusCode != http.StatusRequestEntityTooLarge {
				t.Errorf("%s with a body %s: %d", method, name, resp.StatusCode)
			}
		}
	}
}

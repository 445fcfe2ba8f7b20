package handlers

import (
	"errors"
	"fmt"
	"io/fs"
	"mime/multipart"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"gatehouse/internal/fault"
)

// formMemory is how much of an uploaded file is held in memory while it is read.
// The rest waits in the system's folder for temporary files; a container needs one.
const formMemory = 8 << 20

// limited reads no more than so many bytes of a body (R90). Forms are parsed
// here, where a failure is an answer: Echo's FormValue would hide it.
func limited(most int64) func(echo.Context) error {
	return func(c echo.Context) error {
		r := c.Request()
		if r.ContentLength > most {
			return fault.New(fault.TooLarge, "body_too_large", "This is more than the %d bytes that are read here.", most)
		}
		r.Body = http.MaxBytesReader(c.Response(), r.Body, most)
		return parseForm(r)
	}
}

func parseForm(r *http.Request) error {
	if forPrograms(r.URL.Path) {
		return nil // reads no forms: a document that curl calls one is still a document
	}
	var err error
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
		err = r.ParseMultipartForm(formMemory)
	} else {
		err = r.ParseForm()
	}
	if err == nil {
		return nil
	}
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return err
	}
	if errors.Is(err, multipart.ErrMessageTooLarge) {
		return fault.New(fault.TooLarge, "body_too_large", "What was pasted is too long for a form. Save it as a file and upload that.")
	}
	if _, ours := errors.AsType[*fs.PathError](err); ours {
		return fmt.Errorf("keeping an upload in the folder for temporary files (TMPDIR): %w", err)
	}
	return fault.New(fault.BadRequest, "bad_request", "The form could not be read.").Because(err)
}

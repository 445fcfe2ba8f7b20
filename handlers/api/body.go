package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"gatehouse/internal/fault"
)

// maxDepth is how far objects and arrays in a body may be nested (R140).
const maxDepth = 64

// decode reads the body's one JSON object into a struct (R56, R140).
func decode(c echo.Context, into any) error {
	if err := mediaType(c, "application/json"); err != nil {
		return err
	}
	raw, err := body(c, bodyMost)
	if err != nil {
		return err
	}
	return parse(raw, into)
}

// bodyMost is how long a body may take to arrive.
const bodyMost = time.Minute

// body is the whole body of a request, if it arrives in time. Its size is
// limited by the sitemap.
func body(c echo.Context, most time.Duration) ([]byte, error) {
	connection := http.NewResponseController(c.Response())
	late := time.AfterFunc(most, func() { _ = connection.SetReadDeadline(time.Unix(1, 0)) }) // long ago: what waits for bytes stops now
	raw, err := io.ReadAll(c.Request().Body)
	if !late.Stop() {
		return nil, fault.New(fault.TooSlow, "body_too_slow",
			"The body did not arrive within %d seconds. Nothing was changed. Try again over a better connection.", int(most.Seconds()))
	}
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); err != nil && !tooLarge {
		return nil, fault.New(fault.BadRequest, "body_malformed", "The body did not arrive whole. Nothing was changed.").Because(err)
	}
	return raw, err
}

// noBody refuses a body where none is read.
func noBody(c echo.Context) error {
	n, err := io.CopyN(io.Discard, c.Request().Body, 1)
	if n > 0 {
		return malformed("Send no body here.")
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// mediaType is nil where the body is declared as one of the types, in UTF-8.
func mediaType(c echo.Context, types ...string) error {
	said, params, err := mime.ParseMediaType(c.Request().Header.Get("Content-Type"))
	charset := strings.ToLower(params["charset"])
	for _, t := range types {
		if err == nil && said == t && (charset == "" || charset == "utf-8") {
			return nil
		}
	}
	return fault.New(fault.Unsupported, "unsupported_media_type", "Send the body with Content-Type: %s.", strings.Join(types, " or "))
}

func malformed(format string, args ...any) *fault.Error {
	return fault.New(fault.BadRequest, "malformed_json", format, args...)
}

// parse holds raw to one object without repeated names, then fills in the
// struct, whose names must all be known.
func parse(raw []byte, into any) error {
	if !utf8.Valid(raw) || bytes.HasPrefix(raw, []byte("\xef\xbb\xbf")) {
		return malformed("The body is not UTF-8 without a byte order mark.")
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if err := object(dec); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return malformed("The body goes on after its JSON object.")
	}
	dec = json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	return fieldOf(dec.Decode(into))
}

// object checks that an object comes next, and everything in it.
func object(dec *json.Decoder) error {
	t, err := dec.Token()
	if err != nil {
		return malformed("The body is not JSON.").Because(err)
	}
	if t != json.Delim('{') {
		return malformed("The body is not a JSON object.")
	}
	return members(dec, "", 1)
}

// members checks an object from behind its opening brace to its end.
func members(dec *json.Decoder, path string, depth int) error {
	seen := map[string]bool{}
	for dec.More() {
		t, err := dec.Token()
		if err != nil {
			return malformed("The body is not JSON.").Because(err)
		}
		name, _ := t.(string) // the decoder accepts nothing else here
		at := strings.TrimPrefix(path+"."+name, ".")
		if !plain(name) {
			return invalid(at, "There is no such field.")
		}
		if seen[name] {
			return malformed("The body has the field %q twice.", at)
		}
		seen[name] = true
		if err := value(dec, at, depth); err != nil {
			return err
		}
	}
	return closing(dec)
}

// plain reports whether a name could be that of a field. For encoding/json it
// need not be the same: capitals stand for small letters, and U+017F and U+212A for s and k.
func plain(name string) bool {
	return !strings.ContainsFunc(name, func(r rune) bool {
		return r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z')
	})
}

// elements checks an array from behind its opening bracket to its end.
func elements(dec *json.Decoder, path string, depth int) error {
	for i := 0; dec.More(); i++ {
		if err := value(dec, path+"["+strconv.Itoa(i)+"]", depth); err != nil {
			return err
		}
	}
	return closing(dec)
}

func value(dec *json.Decoder, path string, depth int) error {
	t, err := dec.Token()
	switch {
	case err != nil:
		return malformed("The body is not JSON.").Because(err)
	case t == nil:
		return invalid(path, "Null is no value here; leave the field out.")
	case t != json.Delim('{') && t != json.Delim('['):
		return nil
	case depth >= maxDepth:
		return malformed("The body is nested more than %d levels deep.", maxDepth)
	case t == json.Delim('{'):
		return members(dec, path, depth+1)
	}
	return elements(dec, path, depth+1)
}

func closing(dec *json.Decoder) error {
	if _, err := dec.Token(); err != nil {
		return malformed("The body is not JSON.").Because(err)
	}
	return nil
}

// fieldOf says which field an error of the decoder is about.
func fieldOf(err error) error {
	if err == nil {
		return nil
	}
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return invalid(wrong.Field, "This must be %s.", spoken(wrong.Type.Kind()))
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return invalid(strings.Trim(name, `"`), "There is no such field.")
	}
	return malformed("The body is not JSON.").Because(err)
}

func spoken(k reflect.Kind) string {
	switch k {
	case reflect.String:
		return "a text"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		return "a list"
	case reflect.Struct:
		return "an object"
	}
	return "a whole number, not too large"
}

// named gives the fields of a fault the names that the request has for them,
// where those are others than the form's: pairs of theirs and ours.
func named(err error, names ...string) error {
	if err == nil || len(fault.From(err).Fields) == 0 {
		return err
	}
	e := *fault.From(err)
	e.Fields = slices.Clone(e.Fields)
	for i, f := range e.Fields {
		for n := 0; n+1 < len(names); n += 2 {
			if f.Name == names[n] {
				e.Fields[i].Name = names[n+1]
			}
		}
	}
	return &e
}

// invalid is a fault about one field.
func invalid(field, format string, args ...any) error {
	var p fault.Problems
	p.Add(true, field, format, args...)
	return p.Err()
}

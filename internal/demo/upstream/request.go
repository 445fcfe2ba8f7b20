package upstream

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

const maxBody = 1 << 20

// call is a request that the document allows.
type call struct {
	op     *operation
	params map[string]string
	query  url.Values
	path   string
	key    string         // Idempotency-Key
	body   map[string]any // nil without one
}

func (o *operation) match(segments []string) (map[string]string, bool) {
	if len(segments) != len(o.segments) {
		return nil, false
	}
	values := map[string]string{}
	for i, want := range o.segments {
		got, err := url.PathUnescape(segments[i])
		if err != nil || got == "" {
			return nil, false
		}
		if isParam(want) {
			values[paramName(want)] = got
		} else if got != want {
			return nil, false
		}
	}
	return values, true
}

func (e *Engine) read(op *operation, params map[string]string, w http.ResponseWriter, r *http.Request) (*call, *answer) {
	c := &call{op: op, params: params, query: r.URL.Query(), path: r.URL.Path, key: r.Header.Get("Idempotency-Key")}
	faults := c.checkQuery()
	for _, p := range op.header {
		switch t := r.Header.Get(p.name); {
		case t != "":
			faults = append(faults, p.schema.checkText(p.name, t)...)
		case p.required:
			faults = append(faults, wrong{p.name, "is missing"})
		}
	}
	if len(faults) > 0 {
		return nil, refusal(op, http.StatusBadRequest, sentence(faults), faults...)
	}
	if op.body == nil {
		return c, nil
	}
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
		return nil, refusal(op, http.StatusRequestEntityTooLarge, "The body is larger than 1 MiB.")
	}
	if err != nil {
		return nil, refusal(op, http.StatusBadRequest, "The body can't be read.")
	}
	return c, c.readBody(data)
}

func (c *call) checkQuery() (faults []wrong) {
	for _, p := range c.op.query {
		values := c.query[p.name]
		if len(values) == 0 && p.required {
			faults = append(faults, wrong{p.name, "is missing"})
		}
		schema := p.schema
		if schema.kind == "array" {
			schema = schema.items
			if p.split && len(values) > 0 {
				values = strings.Split(values[0], ",")
				c.query[p.name] = values
			}
		}
		for _, v := range values {
			faults = append(faults, schema.checkText(p.name, v)...)
		}
	}
	return faults
}

func (c *call) readBody(data []byte) *answer {
	if len(bytes.TrimSpace(data)) == 0 && !c.op.bodyNeeded {
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var body any
	if err := decoder.Decode(&body); err != nil {
		return refusal(c.op, http.StatusBadRequest, "The body is not JSON.")
	}
	if decoder.Decode(new(any)) != io.EOF {
		return refusal(c.op, http.StatusBadRequest, "The body has something after its JSON.")
	}
	if faults := c.op.body.check("", body); len(faults) > 0 {
		return refusal(c.op, http.StatusUnprocessableEntity, sentence(faults), faults...)
	}
	c.body, _ = body.(map[string]any)
	return nil
}

func sentence(faults []wrong) string {
	if faults[0].Field == "" {
		return fmt.Sprintf("The body %s.", faults[0].Message)
	}
	return fmt.Sprintf("%s %s.", faults[0].Field, faults[0].Message)
}

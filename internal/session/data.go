package session

import (
	"encoding/json"
	"fmt"
)

const (
	flashesMax = 5
	dataMaxLen = 8 << 10
)

// Flash is a message for the next page that the person sees.
type Flash struct {
	Kind string `json:"kind"` // "success", "error", "info"
	Text string `json:"text"`
}

// held is Row.Data.
type held struct {
	Values  map[string]string `json:"values,omitempty"`
	Flashes []Flash           `json:"flashes,omitempty"`
}

// flashes is where gorilla keeps flash messages among the Values.
const flashes = "_flash"

func encode(values map[any]any) ([]byte, error) {
	h := held{Values: map[string]string{}}
	for k, v := range values {
		if k == any(rowKey{}) {
			continue
		}
		name, ok := k.(string)
		if !ok {
			return nil, fmt.Errorf("session: the key %v is not text", k)
		}
		if name == flashes {
			list, err := flashList(v)
			if err != nil {
				return nil, err
			}
			h.Flashes = list
			continue
		}
		text, ok := v.(string)
		if !ok {
			return nil, fmt.Errorf("session: the value of %q is not text", name)
		}
		h.Values[name] = text
	}
	data, err := json.Marshal(h)
	if err == nil && len(data) > dataMaxLen {
		err = fmt.Errorf("session: more than %d bytes to keep", dataMaxLen)
	}
	return data, err
}

// flashList keeps the newest ones.
func flashList(v any) ([]Flash, error) {
	list, _ := v.([]any)
	if len(list) > flashesMax {
		list = list[len(list)-flashesMax:]
	}
	var out []Flash
	for _, v := range list {
		f, ok := v.(Flash)
		if !ok {
			return nil, fmt.Errorf("session: %T is not a Flash", v)
		}
		out = append(out, f)
	}
	return out, nil
}

func decode(data []byte, values map[any]any) error {
	var h held
	if err := json.Unmarshal(data, &h); err != nil {
		return fmt.Errorf("session: stored data: %w", err)
	}
	for k, v := range h.Values {
		values[k] = v
	}
	var list []any
	for _, f := range h.Flashes {
		list = append(list, f)
	}
	if list != nil {
		values[flashes] = list
	}
	return nil
}

// Put keeps a small text in the session; "" removes it. Save stores it.
func (s *Session) Put(name, text string) {
	if text == "" {
		delete(s.gs.Values, name)
		return
	}
	s.gs.Values[name] = text
}

// Value is what Put kept, or "".
func (s *Session) Value(name string) string {
	text, _ := s.gs.Values[name].(string)
	return text
}

// Flash keeps a message for the next page. It needs a started session, and never
// holds a secret.
func (s *Session) Flash(kind, text string) { s.gs.AddFlash(Flash{kind, text}) }

// Flashes takes the messages out, oldest first. Save makes that last.
func (s *Session) Flashes() []Flash {
	var out []Flash
	for _, v := range s.gs.Flashes() {
		if f, ok := v.(Flash); ok {
			out = append(out, f)
		}
	}
	return out
}

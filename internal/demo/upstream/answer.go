package upstream

import (
	"encoding/json"
	"net/http"
	"slices"
)

// answer is what a call gets.
type answer struct {
	status   int
	media    string
	location string
	data     []byte
}

// newAnswer writes the body at once, while the rows in it are locked. Text is
// taken as it is, anything else becomes JSON.
func newAnswer(status int, media string, body any) *answer {
	a := &answer{status: status, media: media}
	if t, isText := body.(string); isText {
		a.data = []byte(t)
	} else if media != "" {
		a.data, _ = json.Marshal(body)
	}
	return a
}

func (a *answer) write(w http.ResponseWriter) {
	if a.location != "" {
		w.Header().Set("Location", a.location)
	}
	w.Header().Set("Cache-Control", "private, no-cache")
	if a.media == "" {
		w.WriteHeader(a.status)
		return
	}
	w.Header().Set("Content-Type", a.media)
	w.WriteHeader(a.status)
	w.Write(a.data)
}

type problem struct {
	Type   string  `json:"type"`
	Title  string  `json:"title"`
	Status int     `json:"status"`
	Detail string  `json:"detail,omitempty"`
	Errors []wrong `json:"errors,omitempty"`
}

// refusal is a problem document. Where the operation documents only one of
// 400 and 422, that one is used for both.
func refusal(op *operation, status int, detail string, faults ...wrong) *answer {
	media := "application/problem+json"
	if op != nil {
		instead := map[int]int{400: 422, 422: 400}[status]
		if !slices.Contains(op.errors, status) && slices.Contains(op.errors, instead) {
			status = instead
		}
		if documented := op.problem[status]; documented != "" {
			media = documented
		}
	}
	return newAnswer(status, media, problem{"about:blank", http.StatusText(status), status, detail, faults})
}

// kept remembers the newest maxKept things by name.
type kept[T any] struct {
	order []string
	named map[string]T
}

func (k *kept[T]) get(name string) (T, bool) {
	v, ok := k.named[name]
	return v, ok
}

func (k *kept[T]) put(name string, v T) {
	if k.named == nil {
		k.named = map[string]T{}
	}
	if _, there := k.named[name]; !there {
		if len(k.order) >= maxKept {
			delete(k.named, k.order[0])
			k.order = slices.Delete(k.order, 0, 1)
		}
		k.order = append(k.order, name)
	}
	k.named[name] = v
}

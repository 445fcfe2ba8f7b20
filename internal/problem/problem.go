// Package problem writes faults as RFC 9457 problem documents. The portal's
// API and the gateway share it, so a client meets one error format.
package problem

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/logging"
)

// MediaType of a problem document, RFC 9457 §3.
const MediaType = "application/problem+json"

// statuses is the only mapping from kinds to HTTP.
var statuses = [fault.Kinds]int{
	fault.Internal:             http.StatusInternalServerError,
	fault.BadRequest:           http.StatusBadRequest,
	fault.Invalid:              http.StatusUnprocessableEntity,
	fault.Unauthenticated:      http.StatusUnauthorized,
	fault.Forbidden:            http.StatusForbidden,
	fault.NotFound:             http.StatusNotFound,
	fault.NotAllowed:           http.StatusMethodNotAllowed,
	fault.Conflict:             http.StatusConflict,
	fault.Gone:                 http.StatusGone,
	fault.TooLarge:             http.StatusRequestEntityTooLarge,
	fault.TooSlow:              http.StatusRequestTimeout,
	fault.Unsupported:          http.StatusUnsupportedMediaType,
	fault.Misdirected:          http.StatusMisdirectedRequest,
	fault.PreconditionFailed:   http.StatusPreconditionFailed,
	fault.PreconditionRequired: http.StatusPreconditionRequired,
	fault.TooMany:              http.StatusTooManyRequests,
	fault.Unavailable:          http.StatusServiceUnavailable,
}

// Status of a fault.
func Status(e *fault.Error) int { return statuses[e.Kind] }

// Document is the body of a problem response, RFC 9457 §3.
type Document struct {
	Type     string        `json:"type" example:"https://portal.example/docs/errors/not_found"`
	Title    string        `json:"title" example:"Not Found"`
	Status   int           `json:"status" example:"404"`
	Detail   string        `json:"detail" example:"There is no such token."`
	Instance string        `json:"instance,omitempty" example:"req-0198c1f2"` // the request id
	Fields   []fault.Field `json:"fields,omitempty"`
} // @name Problem

// Of makes the document of a fault. Portal is the portal's base URL, under
// which the page of each code stands.
func Of(e *fault.Error, portal, requestID string) Document {
	status := Status(e)
	return Document{
		Type: portal + "/docs/errors/" + e.Code, Title: http.StatusText(status), Status: status,
		Detail: e.Message, Instance: requestID, Fields: e.Fields,
	}
}

// Write logs what only operators may read and answers with the rest.
func Write(w http.ResponseWriter, r *http.Request, err error, portal, requestID string) {
	e := fault.From(err)
	Log(r, e, requestID)
	Headers(w.Header(), e)
	w.Header().Set("Content-Type", MediaType)
	w.WriteHeader(Status(e))
	if r.Method != http.MethodHead {
		_ = json.NewEncoder(w).Encode(Of(e, portal, requestID))
	}
}

// Headers sets what belongs to a fault in every format.
func Headers(h http.Header, e *fault.Error) {
	if e.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int((e.RetryAfter+time.Second-1)/time.Second)))
	}
}

// Log writes one line for a failure, loud only if it is ours.
func Log(r *http.Request, e *fault.Error, requestID string) {
	level := slog.LevelInfo
	if e.Kind == fault.Internal || e.Kind == fault.Unavailable {
		level = slog.LevelError
	}
	slog.LogAttrs(r.Context(), level, "request refused", slog.String("request_id", requestID),
		slog.String("method", r.Method), slog.String("path", logging.Redact(r.URL.Path)), slog.String("code", e.Code), slog.String("error", e.Error()))
}

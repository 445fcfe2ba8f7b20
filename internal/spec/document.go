// Package spec reads customers' OpenAPI documents: what they offer, what is
// wrong with them, and the parts of them that pages and tools need.
//
// Documents are hostile until read. Reader therefore reads them in a child
// process with limits on time and memory; what comes back is plain data, sized
// so that a page can be drawn from one operation alone. Nothing that a document
// points at is ever fetched.
package spec

import (
	"encoding/json"
	"fmt"
)

// Document is what a customer's OpenAPI document says, without its operations'
// details (those stay encoded in each Operation until a page needs them).
type Document struct {
	Format         string           `json:"format"`          // "json" or "yaml"
	OpenAPIVersion string           `json:"openapi_version"` // as written, e.g. "3.0.4"
	Title          string           `json:"title"`
	Version        string           `json:"version"`
	Summary        string           `json:"summary,omitempty"`
	Description    string           `json:"description,omitempty"` // markdown source; show it through Markdown
	Contact        Contact          `json:"contact,omitzero"`
	Licence        Licence          `json:"licence,omitzero"`
	TermsURL       string           `json:"terms_url,omitempty"` // http or https only, as DocsURL
	DocsURL        string           `json:"docs_url,omitempty"`
	Servers        []Server         `json:"servers,omitempty"`
	Schemes        []SecurityScheme `json:"schemes,omitempty"`
	Scopes         []Scope          `json:"scopes,omitempty"`       // of all schemes and requirements, in order of appearance
	Tags           []Tag            `json:"tags,omitempty"`         // declared ones first, in order, then those only used
	Webhooks       int              `json:"webhooks,omitempty"`     // as many as Hooks
	SchemaPages    int              `json:"schema_pages,omitempty"` // as many as Schemas
	Operations     []Operation      `json:"-"`                      // in the order of the document
	Schemas        []SchemaPage     `json:"-"`                      // of the components, in their order
	Hooks          []Operation      `json:"-"`                      // webhooks; nobody can call them
	Problems       []Problem        `json:"problems,omitempty"`
	Internal       Internal         `json:"internal,omitzero"`

	// Bundled is the one document, as JSON, that an archive of several files makes;
	// it is what is stored. Without it, that is what was read.
	Bundled []byte `json:"bundled,omitempty"`
}

// Internal is what a document marks as not for partners: it is left out of all
// that is shown, served and handed out.
type Internal struct {
	Operations []string `json:"operations,omitempty"` // their keys, the first maxInternal
	Count      int      `json:"count,omitempty"`      // of operations
	Parts      int      `json:"parts,omitempty"`      // parameters, properties, schemas and tags
}

// Faults are the problems that keep the document from being imported.
func (d Document) Faults() []Problem { return d.withSeverity(Fault) }

// Grave are the problems that keep it from being published.
func (d Document) Grave() []Problem { return d.withSeverity(Grave) }

// Warnings are the problems that do neither.
func (d Document) Warnings() []Problem { return d.withSeverity(Warning) }

func (d Document) withSeverity(s Severity) (out []Problem) {
	for _, p := range d.Problems {
		if p.Severity == s {
			out = append(out, p)
		}
	}
	return out
}

// Operation finds an operation by its key or its slug.
func (d Document) Operation(keyOrSlug string) (Operation, bool) {
	for _, o := range d.Operations {
		if o.Key == keyOrSlug || o.Slug == keyOrSlug {
			return o, true
		}
	}
	return Operation{}, false
}

// Where is the place of a problem in words, "" where it is about the whole.
func (p Problem) Where() string {
	switch {
	case p.File == "" && p.Line == 0:
		return ""
	case p.Line == 0:
		return p.File
	case p.File == "":
		return fmt.Sprintf("Line %d", p.Line)
	}
	return fmt.Sprintf("%s, line %d", p.File, p.Line)
}

// Severity of a Problem.
type Severity string

// The severities.
const (
	Fault   Severity = "fault"   // the document is refused
	Grave   Severity = "grave"   // it is kept as a draft that cannot be published
	Warning Severity = "warning" // it is imported, and its owner is told
)

// Severities are all of them, the worst first.
var Severities = []Severity{Fault, Grave, Warning}

// Problem is one thing wrong with a document, in words for its author.
type Problem struct {
	Severity Severity `json:"severity"`
	Kind     string   `json:"kind,omitempty"`    // what it is about, in words: "References"
	File     string   `json:"file,omitempty"`    // of an archive
	Line     int      `json:"line,omitempty"`    // 1-based, 0 if unknown
	Column   int      `json:"column,omitempty"`  // 1-based, in characters
	Pointer  string   `json:"pointer,omitempty"` // JSON pointer, RFC 6901
	Message  string   `json:"message"`
	Repair   string   `json:"repair,omitempty"` // what to write there, where it is known
}

// Contact is whom to ask.
type Contact struct {
	Name  string `json:"name,omitempty"`
	Email string `json:"email,omitempty"`
	URL   string `json:"url,omitempty"` // http or https only
}

// Licence of the API's description.
type Licence struct {
	Name string `json:"name,omitempty"`
	URL  string `json:"url,omitempty"` // http or https only
}

// Server is an address that the document names. The portal shows the gateway's
// address in its place (R105); this one helps to fill in the upstream.
type Server struct {
	URL         string           `json:"url"`
	Description string           `json:"description,omitempty"`
	Variables   []ServerVariable `json:"variables,omitempty"`
}

// ServerVariable stands for a {name} in a Server's URL.
type ServerVariable struct {
	Name    string   `json:"name"`
	Default string   `json:"default"`
	Enum    []string `json:"enum,omitempty"`
}

// SecurityScheme is one way in which the document says that callers identify.
type SecurityScheme struct {
	Name        string  `json:"name"`
	Type        string  `json:"type"`             // apiKey, http, oauth2, openIdConnect, mutualTLS; "" where it cannot be read
	Scheme      string  `json:"scheme,omitempty"` // of http: bearer, basic, …
	In          string  `json:"in,omitempty"`     // of apiKey: query, header, cookie
	Parameter   string  `json:"parameter,omitempty"`
	Description string  `json:"description,omitempty"`
	Scopes      []Scope `json:"scopes,omitempty"`
}

// Scope is a permission that the document names.
type Scope struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
}

// Tag groups operations.
type Tag struct {
	Name        string `json:"name"`
	Summary     string `json:"summary,omitempty"`
	Description string `json:"description,omitempty"`
	Parent      string `json:"parent,omitempty"` // OpenAPI 3.2
	Group       string `json:"group,omitempty"`  // the heading above it, of x-tagGroups
}

// Access is what an operation does to the upstream, derived from its method.
type Access string

// The classes of access.
const (
	Read  Access = "read"  // GET, HEAD, OPTIONS
	Write Access = "write" // all others
)

// Operation is one method on one path.
type Operation struct {
	Key         string          `json:"key"`  // method and template, "GET /pets/{id}": the name that gateway, usage and revisions share
	Slug        string          `json:"slug"` // the same for addresses of pages, "get-pets-id"
	Method      string          `json:"method"`
	Path        string          `json:"path"` // as written, a "#fragment" included
	OperationID string          `json:"operation_id,omitempty"`
	Summary     string          `json:"summary,omitempty"`
	Tags        []string        `json:"tags,omitempty"`
	Deprecated  bool            `json:"deprecated,omitempty"`
	Access      Access          `json:"access"`
	Scopes      [][]string      `json:"scopes,omitempty"` // any one of these sets is enough; none: no scope needed
	Risk        string          `json:"risk,omitempty"`   // the document's word: low, medium, high or ""
	Personal    Personal        `json:"personal,omitzero"`
	Detail      json.RawMessage `json:"detail"` // a Detail, at most MaxDetail bytes
}

// Title is the summary, or what there is in its place.
func (o Operation) Title() string {
	switch {
	case o.Summary != "":
		return o.Summary
	case o.OperationID != "":
		return o.OperationID
	}
	return o.Key
}

// Open decodes the operation's detail.
func (o Operation) Open() (Detail, error) {
	var d Detail
	if len(o.Detail) == 0 {
		return d, nil
	}
	err := json.Unmarshal(o.Detail, &d)
	return d, err
}

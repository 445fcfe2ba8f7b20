package spec

import "encoding/json"

// Detail is what the reference page of one operation shows, self-contained.
type Detail struct {
	Description string        `json:"description,omitempty"` // markdown source
	DocsURL     string        `json:"docs_url,omitempty"`    // http or https only
	Parameters  []Parameter   `json:"parameters,omitempty"`
	Body        *Body         `json:"body,omitempty"`
	Responses   []Response    `json:"responses,omitempty"`
	Security    []Alternative `json:"security,omitempty"` // any one is enough; an empty one means anonymous
	Callbacks   []Callback    `json:"callbacks,omitempty"`
	Elsewhere   []Server      `json:"elsewhere,omitempty"` // servers named for this operation or path alone
}

// Alternative is a set of schemes that together let a caller in.
type Alternative []Requirement

// Requirement names a scheme and the scopes needed with it.
type Requirement struct {
	Scheme string   `json:"scheme"`
	Scopes []string `json:"scopes,omitempty"`
}

// Parameter of an operation, or a header of a response.
type Parameter struct {
	Name        string    `json:"name"`
	In          string    `json:"in"` // path, query, querystring, header, cookie
	Required    bool      `json:"required,omitempty"`
	Deprecated  bool      `json:"deprecated,omitempty"`
	Description string    `json:"description,omitempty"`
	Style       string    `json:"style"` // the default is filled in
	Explode     bool      `json:"explode"`
	Reserved    bool      `json:"reserved,omitempty"` // allowReserved
	Media       string    `json:"media,omitempty"`    // media type, where the parameter has content in place of a schema
	Schema      *Schema   `json:"schema,omitempty"`
	Examples    []Example `json:"examples,omitempty"`
	Missing     string    `json:"missing,omitempty"` // the $ref that could not be followed
}

// Body of a request.
type Body struct {
	Description string  `json:"description,omitempty"`
	Required    bool    `json:"required,omitempty"`
	Media       []Media `json:"media,omitempty"`
	Missing     string  `json:"missing,omitempty"`
}

// Media is a body in one media type.
type Media struct {
	Type     string     `json:"type"` // e.g. application/json
	Schema   *Schema    `json:"schema,omitempty"`
	Examples []Example  `json:"examples,omitempty"`
	Encoding []Encoding `json:"encoding,omitempty"` // of a form's fields
}

// Encoding says how one field of a form is written.
type Encoding struct {
	Name     string `json:"name"`
	Media    string `json:"media,omitempty"` // media types of the field, comma separated
	Style    string `json:"style,omitempty"` // "" unless style, explode or allowReserved is given
	Explode  bool   `json:"explode,omitempty"`
	Reserved bool   `json:"reserved,omitempty"`

	Headers []Parameter `json:"headers,omitempty"` // of the field's part
}

// Response to one status.
type Response struct {
	Status      string      `json:"status"` // "200", "4XX" or "default"
	Description string      `json:"description,omitempty"`
	Headers     []Parameter `json:"headers,omitempty"`
	Media       []Media     `json:"media,omitempty"`
	Links       []Link      `json:"links,omitempty"`
	Missing     string      `json:"missing,omitempty"`
}

// Callback is a call that the API makes to an address of the caller's.
type Callback struct {
	Name       string `json:"name"`
	Expression string `json:"expression,omitempty"` // of the address, like {$request.body#/url}
	Method     string `json:"method,omitempty"`
	Summary    string `json:"summary,omitempty"`
	Call       Detail `json:"call,omitzero"`
	Missing    string `json:"missing,omitempty"` // the $ref that could not be followed
}

// Link says how an answer leads to another call.
type Link struct {
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Target      string          `json:"target,omitempty"` // the operation as the document names it
	Slug        string          `json:"slug,omitempty"`   // of the operation's page, "" if it is not in the document
	Parameters  []Pair          `json:"parameters,omitempty"`
	Body        json.RawMessage `json:"body,omitempty"`
	Missing     string          `json:"missing,omitempty"`
}

// Pair is a name with what it is given: a value or a runtime expression.
type Pair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Example as the document gives it.
type Example struct {
	Name        string          `json:"name,omitempty"`
	Summary     string          `json:"summary,omitempty"`
	Description string          `json:"description,omitempty"`
	Value       json.RawMessage `json:"value,omitempty"`
	Text        string          `json:"text,omitempty"`     // a serialised example that is not JSON
	External    string          `json:"external,omitempty"` // where the document says that it is; never fetched
}

// Schema is a schema as a tree for reading. allOf is folded in where that loses
// nothing; recursion and depth are cut, naming what would follow.
type Schema struct {
	Name          string            `json:"name,omitempty"`     // of the component it comes from
	Ref           string            `json:"ref,omitempty"`      // the slug of that component's page, if it has one
	Includes      []Named           `json:"includes,omitempty"` // components that are folded into this one
	Types         []string          `json:"types,omitempty"`
	Format        string            `json:"format,omitempty"`
	Title         string            `json:"title,omitempty"`
	Description   string            `json:"description,omitempty"`
	Nullable      bool              `json:"nullable,omitempty"`
	Deprecated    bool              `json:"deprecated,omitempty"`
	ReadOnly      bool              `json:"read_only,omitempty"`
	WriteOnly     bool              `json:"write_only,omitempty"`
	Enum          []json.RawMessage `json:"enum,omitempty"`
	MoreEnum      int               `json:"more_enum,omitempty"` // values left out of Enum
	Const         json.RawMessage   `json:"const,omitempty"`
	Default       json.RawMessage   `json:"default,omitempty"`
	Examples      []json.RawMessage `json:"examples,omitempty"`
	Limits        []Limit           `json:"limits,omitempty"`
	Properties    []Property        `json:"properties,omitempty"` // in the document's order
	Patterns      []Property        `json:"patterns,omitempty"`   // Name is a regular expression
	Required      []string          `json:"required,omitempty"`
	Additional    *Schema           `json:"additional,omitempty"` // of the values under any other name
	Closed        bool              `json:"closed,omitempty"`     // no other names
	Items         *Schema           `json:"items,omitempty"`
	Prefix        []*Schema         `json:"prefix,omitempty"`
	AllOf         []*Schema         `json:"all_of,omitempty"` // parts that could not be folded in
	OneOf         []*Schema         `json:"one_of,omitempty"`
	AnyOf         []*Schema         `json:"any_of,omitempty"`
	Not           *Schema           `json:"not,omitempty"`
	Discriminator *Discriminator    `json:"discriminator,omitempty"`
	Rare          *Rare             `json:"rare,omitempty"`
	Nothing       bool              `json:"nothing,omitempty"`   // the schema false
	Recursive     bool              `json:"recursive,omitempty"` // inside itself; Name says which
	Cut           bool              `json:"cut,omitempty"`       // too deep or too large to show here
	Missing       string            `json:"missing,omitempty"`   // the $ref that could not be followed
}

// Property is a named member of an object.
type Property struct {
	Name     string  `json:"name"`
	Required bool    `json:"required,omitempty"`
	Schema   *Schema `json:"schema"`
}

// Limit is one constraint, named as in JSON Schema: minLength, pattern, …
type Limit struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Discriminator tells the branches of a oneOf apart.
type Discriminator struct {
	Property string   `json:"property"`
	Mapping  []Mapped `json:"mapping,omitempty"`
	Default  string   `json:"default,omitempty"` // the schema for any other value, OpenAPI 3.2
}

// Mapped is a value of a discriminator with the schema that it means.
type Mapped struct {
	Value string `json:"value"`
	Named
}

// Named is a component with the slug of its page, if it has one.
type Named struct {
	Name string `json:"name"`
	Ref  string `json:"ref,omitempty"`
}

// Rare are the keywords that few schemas have.
type Rare struct {
	If               *Schema    `json:"if,omitempty"`
	Then             *Schema    `json:"then,omitempty"`
	Else             *Schema    `json:"else,omitempty"`
	Names            *Schema    `json:"names,omitempty"` // propertyNames
	Contains         *Schema    `json:"contains,omitempty"`
	Needs            []Needs    `json:"needs,omitempty"`   // dependentRequired
	Depends          []Property `json:"depends,omitempty"` // dependentSchemas, Name being the member
	Unevaluated      *Schema    `json:"unevaluated,omitempty"`
	UnevaluatedItems *Schema    `json:"unevaluated_items,omitempty"`
	Content          *Schema    `json:"content,omitempty"`    // contentSchema
	EnumWords        []string   `json:"enum_words,omitempty"` // beside Enum, "" where nothing is said
	XML              []Pair     `json:"xml,omitempty"`
	Comment          string     `json:"comment,omitempty"`
	DocsURL          string     `json:"docs_url,omitempty"` // http or https only
}

// Needs names the members that must be there where one is.
type Needs struct {
	Property string   `json:"property"`
	Others   []string `json:"others"`
}

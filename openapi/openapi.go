// Package openapi holds the description of the management API. tools/openapi
// writes it from the comments in handlers/api; a test in handlers compares it
// with the sitemap.
package openapi

import _ "embed"

// Management is the OpenAPI 3.1 document of the management API, JSON.
//
//go:embed management.json
var Management []byte

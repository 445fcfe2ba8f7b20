// Package clients shows the programs that a tenant has registered to ask about tokens.
package clients

import (
	"time"

	"gatehouse/internal/fault"
)

// Row is a registered client.
type Row struct {
	ID, Name, URL string
	Mask          string   // what may be shown of its secret
	Versions      []string // "Berths v1"
	MayRevoke     bool
	By            string
	Made, Rotated time.Time
	Last          time.Time // zero if it never asked
}

// List is the page of all of them.
type List struct {
	Tenant, Base string // slug; address of the list
	Rows         []Row
	MayManage    bool
	Now          time.Time
}

// Choice is a version that a client can be told about.
type Choice struct {
	Field, Label, Help string
	Chosen             bool
}

// Form registers a client, or changes one.
type Form struct {
	Tenant, Base, URL string
	Object            string // of the step-up
	Name              string
	Choices           []Choice
	MayRevoke         bool
	Key               string // of a new one: the same when the form is sent twice
	Revision          int    // of one that is changed
	Problems          []fault.Field
}

// Detail is the page of one client.
type Detail struct {
	Tenant, Base string
	Row
	MayManage bool
	Form      Form
	Secret    string        // object of the step-up that makes another secret
	Problems  []fault.Field // of making another secret
	Portal    string        // its origin
	Now       time.Time
}

// Shown is the page that shows a secret, once.
type Shown struct {
	Tenant, Base, Portal string
	Row
	Secret string
	Fresh  bool // the client is new, too
}

// Remove asks before a client is removed.
type Remove struct {
	Tenant, Base string
	Row
	Now time.Time
}

func (s Shown) title() string {
	if s.Fresh {
		return s.Name + " is registered"
	}
	return "Another secret of " + s.Name
}

// curl asks about a token.
func curl(portal, id string) string {
	return "curl -u " + id + ":$GATEHOUSE_CLIENT_SECRET \\\n  --data-urlencode token=\"$TOKEN\" \\\n  " + portal + "/oauth/introspect"
}

func right(mayRevoke bool) string {
	if mayRevoke {
		return "May also revoke them"
	}
	return "Asks only"
}

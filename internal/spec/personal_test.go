package spec

import (
	"fmt"
	"slices"
	"testing"
)

// What looks like data of people, by its names, and what the document says itself.
func TestPersonalData(t *testing.T) {
	property := func(name string) string {
		return fmt.Sprintf(`"requestBody":{"content":{"application/json":{"schema":{"type":"array","items":{"properties":{%q:{"type":"string"}}}}}}},`, name)
	}
	for name, tt := range map[string]struct {
		path, item, operation string // JSON in front of what stands there
		says                  string
		like                  []string
	}{
		"a birthday in what is sent":   {"/a", "", property("birthDate"), "", []string{"birth"}},
		"an e-mail with other words":   {"/a", "", property("customer_e-mail_2"), "", []string{"e-mail", "person"}},
		"a name of a person":           {"/a", "", property("lastName"), "", []string{"name of a person"}},
		"a name of a ship":             {"/a", "", property("vesselName"), "", nil},
		"words that only contain one":  {"/a", "", property("emailless") + `"operationId":"shipbirths",`, "", nil},
		"a path":                       {"/passengers/{id}", "", "", "", []string{"person"}},
		"a tag":                        {"/a", "", `"tags":["Employees"],`, "", []string{"person"}},
		"a parameter":                  {"/a", "", `"parameters":[{"name":"phone","in":"query"}],`, "", []string{"phone"}},
		"the format of a text":         {"/a", "", `"parameters":[{"name":"to","in":"query","schema":{"type":"string","format":"email"}}],`, "", []string{"e-mail"}},
		"an answer":                    {"/a", "", `"responses":{"200":{"description":"x","content":{"application/json":{"schema":{"properties":{"iban":{}}}}}}},"x-y":1,`, "", []string{"bank details"}},
		"the document's word":          {"/a", "", `"x-personal-data":true,`, "yes", nil},
		"the document's word against":  {"/a", "", `"x-personal-data":false,` + property("email"), "no", []string{"e-mail"}},
		"a class":                      {"/a", "", `"x-data-class":"confidential",`, "confidential", nil},
		"a word for the whole path":    {"/a", `"x-personal-data":true,`, "", "yes", nil},
		"its own word before its path": {"/a", `"x-personal-data":true,`, `"x-personal-data":false,`, "no", nil},
		"a word that is none":          {"/a", "", `"x-personal-data":"maybe",`, "", nil},
	} {
		raw := fmt.Sprintf(`{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{%q:{%s"post":{%s"summary":"s"}}}}`, tt.path, tt.item, tt.operation)
		o, _ := operationOf(t, raw, "POST "+tt.path)
		if o.Personal.Says != tt.says || !slices.Equal(o.Personal.Like, tt.like) {
			t.Errorf("%s: says %q, looks like %q", name, o.Personal.Says, o.Personal.Like)
		}
	}
}

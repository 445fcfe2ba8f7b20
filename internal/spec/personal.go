package spec

import (
	"slices"
	"strings"
	"unicode"
)

// personal are the words that look like data of people, by the name they are
// shown under. A name in a document is cut into words at every change of case and
// at every sign; all words of a row's pattern must follow each other in it.
var personal = []struct {
	name     string
	patterns []string // words, with spaces between them
}{
	{"e-mail", []string{"email", "e mail", "mail address"}},
	{"phone", []string{"phone", "telephone", "mobile", "msisdn", "fax"}},
	{"name of a person", []string{"first name", "last name", "full name", "given name", "family name", "surname", "maiden name", "middle name", "forename", "firstname", "lastname", "fullname"}},
	{"birth", []string{"birth", "birthday", "birthdate", "dob", "date of birth"}},
	{"address of a person", []string{"street", "postcode", "postal code", "zip code", "zipcode", "home address", "postal address", "delivery address", "billing address", "shipping address"}},
	{"identity number", []string{"ssn", "social security", "national id", "passport", "tax id", "driver license", "driving licence"}},
	{"bank details", []string{"iban", "bic", "account holder", "card number", "cardholder"}},
	{"health", []string{"patient", "diagnosis", "medication", "blood type", "allergy"}},
	{"where somebody is", []string{"ip address", "geolocation", "gps"}},
	{"person", []string{"person", "persons", "customer", "customers", "employee", "employees", "passenger", "passengers", "recipient", "recipients", "contact", "contacts", "driver", "drivers", "resident", "gender", "nationality"}},
}

// Personal is what of an operation touches data of people.
type Personal struct {
	Says string   `json:"says,omitempty"` // the document's own word: "yes", "no" or a class of data
	Like []string `json:"like,omitempty"` // what its names look like: "e-mail", "birth"
}

// saysPersonal is the document's own word: x-personal-data, true or false, or
// x-data-class, a text; at the operation, or at its path.
func saysPersonal(nodes ...*node) string {
	for _, n := range nodes {
		if flag := n.get("x-personal-data"); flag.is(boolean) {
			if n.flag("x-personal-data") {
				return "yes"
			}
			return "no"
		}
		if class := strings.TrimSpace(n.str("x-data-class")); class != "" {
			return clip(class)
		}
	}
	return ""
}

// looksPersonal is what the names in an operation look like: path, tags,
// parameters, and the members of what is sent and answered. It is a guess by
// words, never more.
func looksPersonal(o Operation) (like []string) {
	names := append([]string{o.Path, o.OperationID}, o.Tags...)
	if d, err := o.Open(); err == nil {
		for _, p := range d.Parameters {
			names = append(names, p.Name)
			names = p.Schema.names(names)
		}
		if d.Body != nil {
			names = mediaNames(d.Body.Media, names)
		}
		for _, r := range d.Responses {
			names = mediaNames(r.Media, names)
		}
	}
	for _, row := range personal {
		if slices.ContainsFunc(names, func(n string) bool { return matches(n, row.patterns) }) {
			like = append(like, row.name)
		}
	}
	return like
}

func mediaNames(all []Media, names []string) []string {
	for _, m := range all {
		names = m.Schema.names(names)
	}
	return names
}

// names adds the names of a schema and of all its members.
func (s *Schema) names(to []string) []string {
	if s == nil {
		return to
	}
	to = append(to, s.Name)
	if s.Format == "email" {
		to = append(to, "email")
	}
	for _, p := range s.Properties {
		to = append(to, p.Name)
		to = p.Schema.names(to)
	}
	to = s.Items.names(s.Additional.names(to))
	for _, parts := range [][]*Schema{s.Prefix, s.AllOf, s.OneOf, s.AnyOf} {
		for _, part := range parts {
			to = part.names(to)
		}
	}
	return to
}

// matches reports whether one of the patterns stands in the words of a name.
func matches(name string, patterns []string) bool {
	in := " " + wordsOf(name) + " "
	return slices.ContainsFunc(patterns, func(p string) bool { return strings.Contains(in, " "+p+" ") })
}

// wordsOf cuts a name into lower-case words: "customerEMail_2" is "customer e mail 2".
func wordsOf(name string) string {
	var b strings.Builder
	var before rune
	for _, r := range name {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			b.WriteByte(' ')
		case unicode.IsUpper(r) && unicode.IsLower(before):
			b.WriteByte(' ')
			b.WriteRune(unicode.ToLower(r))
		default:
			b.WriteRune(unicode.ToLower(r))
		}
		before = r
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/internal/spec"
	"gatehouse/models"
	"gatehouse/views/tokens"
	"gatehouse/views/ui"
)

// How the form names what it asks for each version.
const (
	accessField    = "access-"
	operationField = "op-"
	findField      = "find-"
)

// longList is how many operations are listed before somebody asks for them: each
// is a line of the page.
const longList = 100

// readSettings is what a form says of a token. Operations stand in it by their
// names in addresses, which are short.
func readSettings(c echo.Context, apis []portal.ReachableAPI) portal.NewToken {
	form := c.Request().PostForm
	in := portal.NewToken{
		Name: c.FormValue("name"), Purpose: c.FormValue("purpose"), Description: c.FormValue("description"),
		Ranges: c.FormValue("ips"), People: form["person"],
		Access: map[string]models.Access{}, Scopes: map[string][]string{}, Operations: map[string][]string{},
	}
	for name, values := range form {
		if version, ok := strings.CutPrefix(name, accessField); ok {
			in.Access[version] = models.Access(values[0])
		}
		if version, ok := strings.CutPrefix(name, scopeField); ok {
			in.Scopes[version] = values
		}
	}
	for _, a := range apis {
		for _, slug := range form[operationField+a.VersionID] {
			in.Operations[a.VersionID] = append(in.Operations[a.VersionID], keyOf(a, slug))
		}
	}
	return in
}

// keyOf is the key of an operation by its name in addresses; of what is no such
// name, itself, which is no key either.
func keyOf(a portal.ReachableAPI, slug string) string {
	for _, o := range a.Operations {
		if o.Slug == slug {
			return o.Key
		}
	}
	return slug
}

// tokenSettings is what the form shows of what is filled in.
func tokenSettings(c echo.Context, s tokens.Settings, in portal.NewToken, can portal.TokenForm) tokens.Settings {
	actor := guard.Actor(c)
	s.Name, s.Purpose, s.Description, s.Ranges = in.Name, in.Purpose, in.Description, in.Ranges
	s.NeedsPurpose, s.Address = actor.Tenant().TokenPolicy.Approval, actor.Request().ClientIP
	for _, a := range can.APIs {
		s.APIs = append(s.APIs, reach(c, a, in))
	}
	for _, a := range can.Others {
		s.Others = append(s.Others, ui.Link{Text: a.Name, URL: apiURL(c, a.Slug) + "/subscribe"})
	}
	s.Mocks = can.Mocks
	for _, u := range can.People {
		s.People = append(s.People, tokens.Person{ID: u.ID, Name: u.Name, Email: u.Email, Chosen: slices.Contains(in.People, u.ID)})
	}
	return s
}

// reach is an API in the form: what each choice would allow, and what can be ticked.
func reach(c echo.Context, a portal.ReachableAPI, in portal.NewToken) tokens.Reach {
	id := a.VersionID
	chosen := models.Permission{Access: models.AccessCustom, Scopes: in.Scopes[id], Operations: in.Operations[id]}
	r := tokens.Reach{
		ID: id, Name: a.API.Name, Version: versionText(a.Version), Plan: a.Plan.Name + " plan, " + ui.Rates(a.Plan), Value: string(in.Access[id]),
		Parts: sentence(a.Operations, chosen), Ticked: slices.ContainsFunc(a.Operations, chosen.Opens), Operations: len(a.Operations), Find: c.FormValue(findField + id),
	}
	if r.Value == "" {
		r.Value = string(models.AccessNone)
	}
	reads, writes := titles(a.Operations)
	r.Reads = "Can do what only reads: " + some(reads) + ". Can’t change anything." + risky(a.Operations, models.ClassRead)
	r.Writes = "Can do everything: read, and " + some(writes) + "." + risky(a.Operations, models.ClassRead, models.ClassWrite)
	if len(writes) == 0 {
		r.Writes = "The same as read: nothing in this API changes anything."
	}
	if asked := c.QueryParam("do") == "open" && c.QueryParam("version") == id; asked {
		r.Value = string(models.AccessCustom)
	}
	r.Folded = len(a.Operations) > longList && r.Value != string(models.AccessCustom)
	if r.Folded {
		return r
	}
	for _, name := range a.ScopeNames() {
		p := tokens.ScopePart{Name: name, Words: spec.Line(a.Scopes[name]), Chosen: slices.Contains(chosen.Scopes, name)}
		for _, o := range a.Operations {
			if slices.Contains(o.ScopeNames(), name) {
				p.Opens++
			}
		}
		r.Scopes = append(r.Scopes, p)
	}
	r.Groups = partGroups(a.Operations, chosen.Operations, r.Find)
	return r
}

// partGroups are the operations by tag, in the order of the document. Those with a
// tick, or that are searched for, are open.
func partGroups(ops []models.Operation, chosen []string, find string) (groups []tokens.PartGroup) {
	at, ticked := map[string]int{}, map[string]bool{}
	for _, key := range chosen {
		ticked[key] = true
	}
	for _, o := range ops {
		i, ok := at[o.Tag]
		if !ok {
			i = len(groups)
			at[o.Tag], groups = i, append(groups, tokens.PartGroup{Tag: o.Tag})
		}
		p := part(o)
		p.Chosen = ticked[o.Key]
		found := find != "" && strings.Contains(strings.ToLower(o.Key+" "+o.Summary+" "+o.Tag), strings.ToLower(find))
		p.Hidden = find != "" && !found && !p.Chosen
		g := &groups[i]
		g.Parts, g.Open = append(g.Parts, p), g.Open || p.Chosen || found
		if p.Chosen {
			g.Chosen++
		}
	}
	if len(groups) == 1 && len(ops) <= longList {
		groups[0].Open = true
	}
	return groups
}

func part(o models.Operation) tokens.Part {
	return tokens.Part{Value: o.Slug, Method: o.Method, Title: titleOf(o), Path: o.Path, Scopes: scopeData(o), Risk: o.Risk, Writes: o.Class == models.ClassWrite}
}

// scopeData is what perm.js reads: sets with line ends between them, of names
// with blanks; neither stands in a scope (RFC 6749 §3.3).
func scopeData(o models.Operation) string {
	var sets []string
	for _, set := range o.Scopes {
		sets = append(sets, strings.Join(set, " "))
	}
	return strings.Join(sets, "\n")
}

func titleOf(o models.Operation) string {
	if o.Summary == "" {
		return o.Key
	}
	return o.Summary
}

// titles are the operations that only read, and those that may change something.
func titles(ops []models.Operation) (reads, writes []string) {
	for _, o := range ops {
		if o.Class == models.ClassRead {
			reads = append(reads, titleOf(o))
		} else {
			writes = append(writes, titleOf(o))
		}
	}
	return reads, writes
}

// risky says which of the operations of some classes are of high risk, as the
// document has it.
func risky(ops []models.Operation, classes ...models.OperationClass) string {
	var names []string
	for _, o := range ops {
		if o.Risk == "high" && slices.Contains(classes, o.Class) {
			names = append(names, titleOf(o))
		}
	}
	if len(names) == 0 {
		return ""
	}
	return " Of high risk: " + some(names) + "."
}

// some names the first few of a list: "a, b, c and 6 more".
func some(names []string) string {
	const most = 3
	if len(names) == 0 {
		return "nothing"
	}
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:most], ", ") + " and " + ui.Number(len(names)-most) + " more"
}

// sentence says what a permission for single parts opens.
func sentence(ops []models.Operation, p models.Permission) string {
	var opened []models.Operation
	for _, o := range ops {
		if p.Opens(o) {
			opened = append(opened, o)
		}
	}
	reads, writes := titles(opened)
	switch {
	case len(opened) == 0:
		return "Nothing yet: tick what it may call."
	case len(writes) == 0:
		return "Can call " + ui.Plural(len(opened), "operation") + ": " + some(reads) + ". Can’t change anything."
	}
	return "Can call " + ui.Plural(len(opened), "operation") + ": " + some(append(reads, writes...)) + ". Of them " + ui.Number(len(writes)) + " may change something."
}

// withAddress adds an address to ranges, once.
func withAddress(ranges, address string) string {
	if address == "" || slices.Contains(strings.Fields(ranges), address) {
		return ranges
	}
	return strings.TrimLeft(strings.TrimRight(ranges, " \r\n\t")+"\n"+address, "\n")
}

// unfilled reports whether a problem is only that a field is still empty, which
// nobody has to be told who looks at the form half-way.
func unfilled(field string, in portal.NewToken) bool {
	switch field {
	case "name":
		return in.Name == ""
	case "purpose":
		return in.Purpose == ""
	case "access":
		for version, access := range in.Access {
			if access != models.AccessNone && (access != models.AccessCustom || len(in.Scopes[version])+len(in.Operations[version]) > 0) {
				return false
			}
		}
		return true
	}
	return false
}

func lookStatus(problems []fault.Field) int {
	if len(problems) > 0 {
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}

// fromRights fills a form in with what a token has. It names what can't be chosen
// any more, and is left out.
func fromRights(in *portal.NewToken, apis []portal.ReachableAPI, has models.Rights) (left []string) {
	in.Access, in.Scopes, in.Operations = map[string]models.Access{}, map[string][]string{}, map[string][]string{}
	in.Ranges = models.RangesText(has.AllowedIPs)
	for _, a := range apis {
		p := has.For(a.VersionID)
		if p.Access == "" {
			continue
		}
		in.Access[a.VersionID] = p.Access
		known := a.ScopeNames()
		for _, s := range p.Scopes {
			if slices.Contains(known, s) {
				in.Scopes[a.VersionID] = append(in.Scopes[a.VersionID], s)
			} else {
				left = append(left, a.Called()+" has no scope "+s+" any more.")
			}
		}
		for _, key := range p.Operations {
			if slices.ContainsFunc(a.Operations, func(o models.Operation) bool { return o.Key == key }) {
				in.Operations[a.VersionID] = append(in.Operations[a.VersionID], key)
			} else {
				left = append(left, a.Called()+" has no operation "+key+" any more.")
			}
		}
	}
	return left
}

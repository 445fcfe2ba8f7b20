package web

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"gatehouse/internal/portal"
	"gatehouse/models"
	"gatehouse/views/ui"
)

// presets are links to the form with what many begin with.
func presets(form string, can portal.TokenForm) (links []ui.Link) {
	var all []string
	for _, a := range can.APIs {
		all = append(all, a.API.Slug+"/"+a.Version.Name)
	}
	add := func(text, access, expires string, apis ...string) {
		q := url.Values{"team": {can.Team.ID}, "scopes": {strings.Join(apis, ":"+access+",") + ":" + access}}
		if expires != "" {
			q.Set("expires", expires)
		}
		links = append(links, ui.Link{Text: text, URL: form + "?" + q.Encode()})
	}
	if len(all) == 0 {
		return nil
	}
	add("Read everything", "read", "", all...)
	const most = 3
	for i, a := range can.APIs[:min(len(can.APIs), most)] {
		if len(all) > 1 {
			add("Read "+a.Called(), "read", "", all[i])
		}
	}
	add("Read everything for a day", "read", "1", all...)
	add("Read and write everything", "write", "", all...)
	return links
}

// prefill fills a form in with what a link to it says, and names what it says that
// is not there or not allowed, and is left out.
//
//	name, purpose, description   words
//	expires                      days, or a date
//	scopes                       orders:read, orders/v1:write, orders:a-scope
//	operations                   orders:GET /orders, orders/v1:list-orders
//	ips                          addresses and ranges
//
// Lists have commas between their items, or the parameter more than once.
func prefill(in *portal.NewToken, apis []portal.ReachableAPI, most int, q url.Values) (left []string) {
	for name, field := range map[string]*string{"name": &in.Name, "purpose": &in.Purpose, "description": &in.Description} {
		if text := q.Get(name); text != "" { // a link may give a copy another name
			*field = strings.ToValidUTF8(text, "")
		}
	}
	if expires := q.Get("expires"); expires != "" {
		days, err := strconv.Atoi(expires)
		_, notDate := time.Parse(time.DateOnly, expires)
		switch {
		case err != nil && notDate != nil:
			left = append(left, "expires: "+named(expires)+" is no number of days and no date.")
		case err == nil && days > most:
			left = append(left, "expires: "+named(expires)+" days are more than the "+ui.Plural(most, "day")+" that are allowed here.")
		case err == nil && !slices.Contains(lifeDays, expires):
			left = append(left, "expires: "+named(expires)+" days can’t be chosen; choose a date instead.")
		default:
			in.Expires = expires
		}
	}
	for _, item := range listed(q["ips"]) {
		if _, err := models.ParseRanges(item); err != nil {
			left = append(left, "ips: "+named(item)+" is no address or range.")
			continue
		}
		in.Ranges = withAddress(in.Ranges, item)
	}
	scopes, operations := listed(q["scopes"]), listed(q["operations"])
	if len(scopes)+len(operations) > 0 {
		in.Access, in.Scopes, in.Operations = map[string]models.Access{}, map[string][]string{}, map[string][]string{}
	}
	for _, item := range scopes {
		left = append(left, prefillScope(in, apis, item)...)
	}
	for _, item := range operations {
		left = append(left, prefillOperation(in, apis, item)...)
	}
	return left
}

func prefillScope(in *portal.NewToken, apis []portal.ReachableAPI, item string) []string {
	where, what, _ := strings.Cut(item, ":")
	a, ok := called(apis, where)
	if !ok {
		return []string{"scopes: " + named(item) + ": your team has no access to such an API."}
	}
	switch access := models.Access(what); {
	case access == models.AccessNone:
	case access == models.AccessRead || access == models.AccessWrite:
		if now := in.Access[a.VersionID]; now == models.AccessCustom {
			return []string{"scopes: " + named(item) + ": this can’t go together with single scopes or operations."}
		}
		in.Access[a.VersionID] = access
	case slices.Contains(a.ScopeNames(), what):
		return single(in, in.Scopes, a, "scopes", item, what)
	default:
		return []string{"scopes: " + named(item) + ": " + a.Called() + " has no such scope."}
	}
	return nil
}

func prefillOperation(in *portal.NewToken, apis []portal.ReachableAPI, item string) []string {
	where, what, _ := strings.Cut(item, ":")
	a, ok := called(apis, where)
	if !ok {
		return []string{"operations: " + named(item) + ": your team has no access to such an API."}
	}
	for _, o := range a.Operations {
		if what != "" && (o.Slug == what || o.Key == what || o.OperationID == what) {
			return single(in, in.Operations, a, "operations", item, o.Key)
		}
	}
	return []string{"operations: " + named(item) + ": " + a.Called() + " has no such operation."}
}

// single chooses one part of an API, where it is not chosen as a whole.
func single(in *portal.NewToken, into map[string][]string, a portal.ReachableAPI, list, item, what string) []string {
	if now := in.Access[a.VersionID]; now == models.AccessRead || now == models.AccessWrite {
		return []string{list + ": " + named(item) + ": this can’t go together with " + string(now) + " for the whole API."}
	}
	in.Access[a.VersionID] = models.AccessCustom
	if !slices.Contains(into[a.VersionID], what) {
		into[a.VersionID] = append(into[a.VersionID], what)
	}
	return nil
}

// called finds an API by "orders/v1", or the newest version of it by "orders".
func called(apis []portal.ReachableAPI, where string) (portal.ReachableAPI, bool) {
	slug, version, exact := strings.Cut(where, "/")
	for _, a := range slices.Backward(apis) {
		if a.API.Slug == slug && (!exact || a.Version.Name == version) {
			return a, true
		}
	}
	return portal.ReachableAPI{}, false
}

// listed are the items of a list: with commas between them, or in more than one.
func listed(values []string) (items []string) {
	for _, v := range values {
		for item := range strings.SplitSeq(v, ",") {
			if item = strings.TrimSpace(item); item != "" {
				items = append(items, item)
			}
		}
	}
	const most = 2000 // more than any form has to tick
	return items[:min(len(items), most)]
}

// named is what a link says, as it is named on the form.
func named(item string) string {
	item = strings.ToValidUTF8(item, "�")
	const most = 80
	if utf8.RuneCountInString(item) > most {
		item = string([]rune(item)[:most]) + "…"
	}
	return "“" + item + "”"
}

// linkQuery is the query of a link that prefill makes the same form of.
func linkQuery(in portal.NewToken, apis []portal.ReachableAPI) url.Values {
	q := url.Values{}
	for name, value := range map[string]string{"name": in.Name, "purpose": in.Purpose, "description": in.Description, "expires": in.Expires,
		"ips": strings.Join(strings.Fields(in.Ranges), ",")} {
		if value != "" {
			q.Set(name, value)
		}
	}
	var scopes, operations []string
	for _, a := range apis {
		at := a.API.Slug + "/" + a.Version.Name + ":"
		switch access := in.Access[a.VersionID]; access {
		case models.AccessRead, models.AccessWrite:
			scopes = append(scopes, at+string(access))
		case models.AccessCustom:
			for _, s := range in.Scopes[a.VersionID] {
				scopes = append(scopes, at+s)
			}
			for _, o := range a.Operations {
				if slices.Contains(in.Operations[a.VersionID], o.Key) {
					operations = append(operations, at+o.Slug)
				}
			}
		}
	}
	for name, items := range map[string][]string{"scopes": scopes, "operations": operations} {
		if len(items) > 0 {
			q.Set(name, strings.Join(items, ","))
		}
	}
	return q
}

// copySettings fills a form in with the settings of another token.
func copySettings(in *portal.NewToken, can portal.TokenForm, like portal.TokenEdit) (left []string) {
	t := like.Token
	in.Name, in.Purpose, in.Description = t.Name, t.Purpose, t.Description
	left = fromRights(in, can.APIs, models.Rights{Permissions: permissions(t), AllowedIPs: t.AllowedIPs})
	for _, p := range t.Permissions {
		if !slices.ContainsFunc(can.APIs, func(a portal.ReachableAPI) bool { return a.VersionID == p.VersionID }) {
			left = append(left, "Your team has no access to "+p.API.Name+" "+p.Version.Name+" now.")
		}
	}
	for _, u := range append([]models.User{t.Owner}, t.People...) {
		if slices.ContainsFunc(can.People, func(c models.User) bool { return c.ID == u.ID }) {
			in.People = append(in.People, u.ID)
		}
	}
	days := strconv.Itoa(int(t.ExpiresAt.Sub(t.CreatedAt).Round(24*time.Hour) / (24 * time.Hour)))
	if slices.Contains(lifeDays, days) {
		in.Expires = days
	}
	return left
}

func permissions(t portal.TokenRow) (out []models.Permission) {
	for _, p := range t.Permissions {
		out = append(out, p.Permission)
	}
	return out
}

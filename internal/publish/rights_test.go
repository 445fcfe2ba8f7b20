package publish

import (
	"net/netip"
	"testing"

	"pgregory.net/rapid"

	"gatehouse/internal/gateway"
	"gatehouse/models"
)

var (
	versions = []string{models.NewID(), models.NewID()}
	scopes   = []string{"a", "b", "c"}
	keys     = []string{"GET /1", "GET /2", "PUT /1", "PUT /2", "GET /gone"}
	prefixes = []string{"0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/16", "10.1.0.0/16", "10.1.2.3/32", "192.0.2.0/24", "::/0", "2001:db8::/32", "2001:db8::1/128"}
	callers  = []string{"10.0.0.1", "10.9.0.1", "10.1.0.1", "10.1.2.3", "192.0.2.9", "203.0.113.1", "2001:db8::1", "2001:db8::2", "2001:db9::1", "::ffff:10.1.2.3"}
)

func drawRights(t *rapid.T, name string) (r models.Rights) {
	for _, v := range versions {
		access := rapid.SampledFrom([]models.Access{"", models.AccessNone, models.AccessRead, models.AccessWrite, models.AccessCustom}).Draw(t, name+" access")
		if access == "" {
			continue
		}
		p := models.Permission{VersionID: v, Access: access}
		if access == models.AccessCustom {
			p.Scopes = rapid.SliceOfNDistinct(rapid.SampledFrom(scopes), 0, 3, rapid.ID[string]).Draw(t, name+" scopes")
			p.Operations = rapid.SliceOfNDistinct(rapid.SampledFrom(keys), 0, 3, rapid.ID[string]).Draw(t, name+" operations")
		}
		r.Permissions = append(r.Permissions, p)
	}
	for _, p := range rapid.SliceOfN(rapid.SampledFrom(prefixes), 0, 2).Draw(t, name+" ranges") {
		r.AllowedIPs = append(r.AllowedIPs, netip.MustParsePrefix(p))
	}
	return r
}

// mixed are rights of which some stay as they were, so that more edits do not widen.
func mixed(t *rapid.T, before, after models.Rights) (out models.Rights) {
	for _, v := range versions {
		if p := before.For(v); rapid.Bool().Draw(t, "stays") && p.Access != "" {
			out.Permissions = append(out.Permissions, p)
		} else if p := after.For(v); p.Access != "" {
			out.Permissions = append(out.Permissions, p)
		}
	}
	out.AllowedIPs = after.AllowedIPs
	if rapid.Bool().Draw(t, "from where it was") {
		out.AllowedIPs = before.AllowedIPs
	}
	return out
}

func drawOperations(t *rapid.T) map[string][]models.Operation {
	out := map[string][]models.Operation{}
	for _, v := range versions {
		for _, key := range keys[:4] {
			out[v] = append(out[v], models.Operation{Key: key, Class: rapid.SampledFrom([]models.OperationClass{models.ClassRead, models.ClassWrite}).Draw(t, key),
				Scopes: rapid.SliceOfN(rapid.SliceOfNDistinct(rapid.SampledFrom(scopes), 1, 2, rapid.ID[string]), 0, 2).Draw(t, "scopes of "+key)})
		}
	}
	return out
}

// R7: what is edited without a passkey opens no call, at the gateway, that was not
// open before. And what the portal says of a permission is what the gateway does.
func TestAnEditThatDoesNotWidenOpensNothing(t *testing.T) {
	narrowed := 0
	rapid.Check(t, func(t *rapid.T) {
		before, after, operations := drawRights(t, "before"), drawRights(t, "after"), drawOperations(t)
		after = mixed(t, before, after)
		widens := models.Widens(before, after, operations)
		if !widens {
			narrowed++
		}
		had, has := rightsOf(before), rightsOf(after)
		for _, v := range versions {
			for _, o := range operations[v] {
				op := operationOf(o, "")
				if got := after.For(v).Opens(o); got != has.For(id(v)).Opens(&op) {
					t.Fatalf("the portal says %v of %+v and %+v, and the gateway does not", got, after.For(v), o)
				}
				for _, from := range callers {
					ip := netip.MustParseAddr(from)
					opened := func(r *gateway.Rights) bool { return r.From(ip) && r.For(id(v)).Opens(&op) }
					if !widens && opened(has) && !opened(had) {
						t.Fatalf("%+v from %s is open now: %+v became %+v", o, from, before, after)
					}
				}
			}
		}
	})
	if narrowed < 5 {
		t.Errorf("only %d of the edits did not widen", narrowed)
	}
}

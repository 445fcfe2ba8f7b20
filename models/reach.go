package models

import "slices"

// Opens reports whether the permission allows an operation of its version, as the
// gateway decides it.
func (p Permission) Opens(o Operation) bool {
	switch p.Access {
	case AccessWrite:
		return true
	case AccessRead:
		return o.Class != ClassWrite
	case AccessCustom:
		return slices.Contains(p.Operations, o.Key) || len(o.Scopes) > 0 &&
			!slices.ContainsFunc(o.Scopes, func(s string) bool { return !slices.Contains(p.Scopes, s) })
	}
	return false
}

// Narrowed is the permission for just these of the operations, and false where
// none is left.
func (p Permission) Narrowed(operations []Operation, keep func(key string) bool) (Permission, bool) {
	next := Permission{TenantID: p.TenantID, TokenID: p.TokenID, VersionID: p.VersionID, Access: AccessCustom, Scopes: []string{}, Operations: []string{}}
	for _, o := range operations {
		if p.Opens(o) && keep(o.Key) {
			next.Operations = append(next.Operations, o.Key)
		}
	}
	return next, len(next.Operations) > 0
}

package models

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

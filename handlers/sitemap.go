package handlers

import (
	"gatehouse/handlers/api"
	"gatehouse/handlers/guard"
	"gatehouse/handlers/web"
)

// Row is a route as the tests and the management API's description see it.
type Row struct {
	Method, Path string
	Rule         guard.Rule
	Hosted       bool // answers on a tenant's own host, too
}

// Sitemap lists every address with what it demands, the same table that New binds.
func Sitemap(o Options) []Row {
	var rows []Row
	for _, r := range Routes(o, &web.Web{}, &api.API{}) {
		rows = append(rows, Row{r.method, r.path, r.rule, r.hosted})
	}
	return rows
}

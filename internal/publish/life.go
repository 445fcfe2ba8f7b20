package publish

import (
	"gatehouse/internal/gateway"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// apiPage is where the pages of an API's versions are.
func (p *Publisher) apiPage(in store.Published, api string) string {
	return p.gateway.PortalURL() + "/t/" + in.Tenant.Slug + "/apis/" + api + "/"
}

// life is what a version's callers are told of its end. One that was retired by
// hand ended then, whatever was announced.
func (p *Publisher) life(in store.Published, v models.Version, api string) gateway.Life {
	page := p.apiPage(in, api)
	out := gateway.Life{Page: page + v.Name + "/life"}
	if v.DeprecatedAt != nil {
		out.Deprecated = *v.DeprecatedAt
	}
	if v.SunsetAt != nil {
		out.Sunset = *v.SunsetAt
	}
	if v.RetiredAt != nil && (out.Sunset.IsZero() || v.RetiredAt.Before(out.Sunset)) {
		out.Sunset = *v.RetiredAt
	}
	for _, next := range in.Versions {
		if v.SuccessorID != nil && next.ID == *v.SuccessorID && next.Live() {
			out.Successor, out.Reference = next.Name, page+next.Name
		}
	}
	return out
}

package spec

import (
	"slices"
	"strings"
)

// The words for the risk of an operation.
var risks = []string{"low", "medium", "high"}

// risk is what the document says of the risk of an operation, at itself or at its
// path: x-gatehouse-risk, x-risk-level or x-risk.
func (s *source) risk(p place) string {
	for _, n := range []*node{p.node, p.item} {
		for _, key := range []string{ownRisk, "x-risk-level", "x-risk"} {
			switch word := strings.ToLower(strings.TrimSpace(n.str(key))); {
			case slices.Contains(risks, word):
				return word
			case word == "critical":
				return "high"
			}
		}
	}
	return ""
}

const ownRisk = "x-gatehouse-risk"

// riskWord reports a word that says nothing to us where it was meant for us.
func (s *source) riskWord(p place) {
	if n := p.node.get(ownRisk); n != nil && !slices.Contains(risks, strings.ToLower(p.node.str(ownRisk))) {
		s.warn(n, p.path.to(ownRisk), "The risk of %s %s is none of low, medium and high, and is not shown.", p.name, clip(p.template)).by("Write \"high\".")
	}
}

// tagGroups reads x-tagGroups: headings above tags, in their order.
func (s *source) tagGroups(d *Document) {
	groups := s.root.get("x-tagGroups")
	if !groups.is(list) {
		return
	}
	var sorted []Tag
	for _, g := range groups.items {
		for _, name := range g.strs("tags") {
			i := slices.IndexFunc(d.Tags, func(t Tag) bool { return t.Name == name })
			if i < 0 {
				sorted = append(sorted, Tag{Name: name, Group: g.str("name")})
				continue
			}
			tag := d.Tags[i]
			tag.Group = g.str("name")
			sorted, d.Tags = append(sorted, tag), slices.Delete(d.Tags, i, i+1)
		}
	}
	d.Tags = append(sorted, d.Tags...)
}

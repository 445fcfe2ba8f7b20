package spec

// hollow are the path items, of whatever section, that have operations, and the
// callbacks that have path items; emptied then drops those that have none any more.
func (h *hiding) hollow() (emptied func()) {
	type entry struct {
		section *node
		key     string
	}
	full := func(sections []*node, holds func(*node) bool) (had []entry) {
		for _, section := range sections {
			if !section.is(object) {
				continue
			}
			for i, key := range section.keys {
				if target, _, missing := h.follow(section.items[i]); missing == "" && holds(target) {
					had = append(had, entry{section, key})
				}
			}
		}
		return had
	}
	operations := func(item *node) bool { return len(h.methodsOf(item)) > 0 }
	members := func(callback *node) bool { return callback.is(object) && len(callback.keys) > 0 }
	items := []*node{h.root.get("paths"), h.root.get("webhooks"), h.root.get("x-webhooks"), h.root.get("components").get("pathItems")}
	var callbacks []*node
	h.each(func(n *node) {
		if all := n.get("callbacks"); all.is(object) {
			callbacks, items = append(callbacks, all), append(items, all.items...)
		}
	})
	hadOperations, hadItems := full(items, operations), full(callbacks, members)
	drop := func(had []entry, holds func(*node) bool) {
		empty := map[*node]map[string]bool{}
		for _, e := range had {
			if target, _, missing := h.follow(e.section.get(e.key)); missing != "" || !holds(target) {
				if empty[e.section] == nil {
					empty[e.section] = map[string]bool{}
				}
				empty[e.section][e.key] = true
			}
		}
		for section, keys := range empty {
			*section = *section.only(func(key string) bool { return !keys[key] })
		}
	}
	return func() {
		drop(hadOperations, operations)
		drop(hadItems, members)
	}
}

package spec

// bounded is nil where a tree that was made from others is no larger than one
// that may be read: what is shared counts each time, as it would be written out.
func bounded(root *node) error {
	m := measure{done: map[*node]extent{}, open: map[*node]bool{}}
	e, ok := m.of(root)
	switch {
	case !ok:
		return flawAt(0, 0, "The document contains itself without a reference by which this could end.")
	case e.values > maxValues:
		return flawAt(0, 0, "The document holds more than %d values, those that are used in several places included.", maxValues)
	case e.height > maxDepth:
		return flawAt(0, 0, "The document is nested more than %d levels deep once it is converted.", maxDepth)
	}
	return nil
}

type measure struct {
	done map[*node]extent
	open map[*node]bool
}

// of is the extent of n; not ok where n contains itself.
func (m *measure) of(n *node) (extent, bool) {
	if n.kind != list && n.kind != object {
		return extent{1, 0}, true
	}
	if e, known := m.done[n]; known {
		return e, true
	}
	if m.open[n] {
		return extent{}, false
	}
	m.open[n] = true
	defer delete(m.open, n)
	total := extent{1, 1}
	for _, item := range n.items {
		e, ok := m.of(item)
		if !ok {
			return e, false
		}
		total.values = min(total.values+e.values, maxValues+1)
		total.height = max(total.height, e.height+1)
	}
	m.done[n] = total
	return total, true
}

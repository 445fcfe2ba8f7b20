package gateway

// Sweep goes through the whole table, as Run does in a hundred seconds.
func (g *Gateway) Sweep() {
	for n := range segments {
		g.Tokens.sweep(n, g.clock.Now())
	}
}

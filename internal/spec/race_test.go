//go:build race

package spec

// slow is how much longer than usual things may take; a child with the race
// detector takes seconds to start.
const slow = 20

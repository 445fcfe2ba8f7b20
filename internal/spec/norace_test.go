//go:build !race

package spec

const slow = 1

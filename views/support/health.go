package support

import "gatehouse/models"

// todo is what to do about a condition.
func todo(c models.Condition) string {
	if c.OK {
		return "Nothing"
	}
	return c.Do
}

// hostOf is the name of the computer that a server runs on.
func hostOf(s models.Gateway) string {
	if s.Host == "" {
		return "Unnamed"
	}
	return s.Host
}

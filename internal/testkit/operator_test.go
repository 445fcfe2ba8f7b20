package testkit_test

import (
	"context"
	"testing"

	"gatehouse/internal/testkit"
)

// A server that cannot tell whether there is an operator does not start as if there were one.
func TestNoOperatorLinkWithoutAnAnswer(t *testing.T) {
	k := testkit.New(t)
	h, err := k.Store.Handles()
	must(t, err)
	_, err = h.Write.Exec("ALTER TABLE users RENAME TO elsewhere")
	must(t, err)
	if path, err := k.Portal.Accounts.OperatorLink(context.Background()); err == nil {
		t.Errorf("no error, and the link %q", path)
	}
	_, err = h.Write.Exec("ALTER TABLE elsewhere RENAME TO users")
	must(t, err)
	if path, err := k.Portal.Accounts.OperatorLink(context.Background()); err != nil || path == "" {
		t.Errorf("the first start: %q %v", path, err)
	}
}

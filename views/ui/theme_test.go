package ui

import (
	"testing"

	"gatehouse/internal/fault"
)

func TestThemeCSSSetsOneVariableOrRefuses(t *testing.T) {
	css, hash, err := ThemeCSS("#0f766e")
	if err != nil || css != ":root { --tenant: #0f766e; }\n" || len(hash) != 12 {
		t.Errorf("%q %q %v", css, hash, err)
	}
	if _, other, _ := ThemeCSS("#0f766f"); other == hash {
		t.Error("another colour has the same address")
	}
	for _, bad := range []string{"", "teal", "#0f766", "#0f766e7", "0f766e", "#0f766e; } body { display: none", "#0f766g", " #0f766e", "#0f766e\n"} {
		_, _, err := ThemeCSS(bad)
		if !fault.Is(err, fault.Invalid) || len(fault.From(err).Fields) != 1 {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

package app

import (
	"context"
	"io"
	"log/slog"
	"testing"
)

// R102: a part that panics is started again, and ends when it ends by itself.
func TestKeep(t *testing.T) {
	runs := 0
	err := keep(t.Context(), slog.New(slog.NewTextHandler(io.Discard, nil)), "test", func(context.Context) error {
		if runs++; runs == 1 {
			panic("once")
		}
		return io.EOF
	})
	if runs != 2 || err != io.EOF {
		t.Errorf("%d runs, %v", runs, err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := keep(ctx, slog.New(slog.NewTextHandler(io.Discard, nil)), "test", func(context.Context) error { panic("at the end") }); err != nil {
		t.Error(err)
	}
}

package local_test

import (
	"io"
	"log/slog"
	"os"
	"testing"
)

// The commands' output goes to the engine's log; without an engine it would clutter the tests'.
func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.NewTextHandler(io.Discard, nil)))
	os.Exit(m.Run())
}

package local_test

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type syncBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *syncBuffer) Write(data []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(data)
}

// logged runs the command and returns what the engine would be told while it runs.
func logged(t *testing.T, inputs values) string {
	t.Helper()
	var buffer syncBuffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&buffer, nil)))
	defer slog.SetDefault(before)
	created(t, inputs)
	return buffer.String()
}

func TestLoggingChoosesWhatIsShown(t *testing.T) {
	for logging, shown := range map[string][2]bool{
		"": {true, true}, "stdoutAndStderr": {true, true}, "none": {false, false},
		"stdout": {true, false}, "stderr": {false, true},
	} {
		t.Run("logging="+logging, func(t *testing.T) {
			inputs := values{"create": text("echo from-stdout; echo from-stderr >&2")}
			if logging != "" {
				inputs["logging"] = text(logging)
			}
			log := logged(t, inputs)
			assert.Equal(t, shown[0], strings.Contains(log, "from-stdout"))
			assert.Equal(t, shown[1], strings.Contains(log, "from-stderr"))
		})
	}
}

func TestLoggingDoesNotChangeTheOutput(t *testing.T) {
	state := created(t, values{"create": text("echo a"), "logging": text("none")})
	assert.Equal(t, text("a"), state.Get("stdout"))
}

// As the official provider, which masks nothing: programs must not print what is secret.
func TestLogsHaveWhatTheCommandPrinted(t *testing.T) {
	log := logged(t, values{"create": text("cat"), "stdin": secret("hunter2")})
	assert.Contains(t, log, "hunter2")
}

func TestALineOfLessThan64KiBIsLoggedWhole(t *testing.T) {
	log := logged(t, values{"create": text("head -c 60000 /dev/zero | tr '\\0' x; echo; echo after")})
	assert.Contains(t, log, strings.Repeat("x", 60000))
	assert.Contains(t, log, "after")
}

// As the official provider: its reader has ended, and the command waits for it, also when it is cancelled.
func TestALineOfMoreThan64KiBHangsTheRun(t *testing.T) {
	s := server(t)
	dir := t.TempDir()
	result := make(chan error, 1)
	command := "head -c 1000000 /dev/zero | tr '\\0' x; echo; touch " + dir + "/end"
	go func() {
		_, err := s.Create(p.CreateRequest{Urn: urn, Properties: property.NewMap(values{"create": text(command)})})
		result <- err
	}()
	select {
	case err := <-result:
		require.Fail(t, "it ended", err)
	case <-time.After(2 * time.Second):
	}
	require.NoError(t, s.Cancel())
	select {
	case err := <-result:
		require.Fail(t, "it ended when it was cancelled", err)
	case <-time.After(time.Second):
	}
	assert.NoFileExists(t, dir+"/end")
}

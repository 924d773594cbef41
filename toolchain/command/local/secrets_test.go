package local_test

import (
	"os"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func contents(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	return string(data)
}

func secret(s string) property.Value { return text(s).WithSecret(true) }

func TestSecretInputsStaySecretInTheState(t *testing.T) {
	state := created(t, values{"create": text("true"), "stdin": secret("hunter2")})
	assert.Equal(t, secret("hunter2"), state.Get("stdin"))
}

func TestASecretInsideTheEnvironmentStaysSecretInTheState(t *testing.T) {
	state := created(t, values{
		"create": text("true"), "environment": object(values{"TOKEN": secret("hunter2")}),
	})
	assert.True(t, state.Get("environment").HasSecrets())
}

// As the official provider: `additionalSecretOutputs: ["stdout"]` is how a program says so.
func TestASecretInputDoesNotMakeTheOutputSecret(t *testing.T) {
	state := created(t, values{"create": text("cat"), "stdin": secret("hunter2")})
	assert.Equal(t, text("hunter2"), state.Get("stdout"))
}

// As the official provider, which masks nothing: programs must not print what is secret.
func TestAnErrorHasWhatTheCommandPrinted(t *testing.T) {
	_, err := create(t, values{"create": text("cat; exit 1"), "stdin": secret("hunter2")})
	require.Error(t, err)
	assert.Contains(t, err.Error(), "hunter2")
	assert.Contains(t, err.Error(), "exit status 1")
}

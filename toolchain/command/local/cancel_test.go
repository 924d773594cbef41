package local_test

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// cancelled runs the command until the file is there, cancels, and returns the error of the run.
func cancelled(t *testing.T, command, file string) error {
	t.Helper()
	s := server(t)
	result := make(chan error, 1)
	go func() {
		_, err := s.Create(p.CreateRequest{Urn: urn, Properties: property.NewMap(values{"create": text(command)})})
		result <- err
	}()
	require.Eventually(t, func() bool { _, err := os.Stat(file); return err == nil }, 5*time.Second, 5*time.Millisecond)
	require.NoError(t, s.Cancel())
	select {
	case err := <-result:
		require.Error(t, err)
		return err
	case <-time.After(5 * time.Second):
		require.Fail(t, "the command went on after it was cancelled")
		return nil
	}
}

func alive(t *testing.T, file string) bool {
	t.Helper()
	pid, err := strconv.Atoi(strings.TrimSpace(contents(t, file)))
	require.NoError(t, err)
	// A zombie that nobody collects in a container still takes signals, but does nothing more.
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err == nil {
		return !strings.Contains(string(stat), ") Z ")
	}
	return syscall.Kill(pid, 0) == nil
}

// As the official provider: the command gets no chance to tidy up.
func TestCancelKillsTheCommandAtOnce(t *testing.T) {
	dir := t.TempDir()
	err := cancelled(t, "trap 'echo tidied > "+dir+"/end; exit 9' TERM INT; touch "+dir+"/up; while :; do :; done", dir+"/up")
	assert.ErrorContains(t, err, "signal: killed")
	assert.NoFileExists(t, dir+"/end")
}

// As the official provider: only the command itself is killed, and what it started goes on.
func TestCancelKillsTheCommandAlone(t *testing.T) {
	dir := t.TempDir()
	child := "sleep 60 >" + dir + "/out 2>&1 & echo $! > " + dir + "/child; mv " + dir + "/child " + dir + "/pid; wait"
	err := cancelled(t, child, dir+"/pid")
	assert.ErrorContains(t, err, "signal: killed")
	pid, err := strconv.Atoi(strings.TrimSpace(contents(t, dir+"/pid")))
	require.NoError(t, err)
	t.Cleanup(func() { _ = syscall.Kill(pid, syscall.SIGKILL) })
	assert.True(t, alive(t, dir+"/pid"), "the child of the command was ended, too")
}

package local

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"

	p "github.com/pulumi/pulumi-go-provider"
)

// run runs one command and puts its output in the state. The state's own output, that of the run
// before, is in the command's environment as PULUMI_COMMAND_STDOUT and PULUMI_COMMAND_STDERR.
func run(ctx context.Context, command string, state *State) error {
	args := []string{"/bin/sh", "-c"}
	if state.Interpreter != nil && len(*state.Interpreter) > 0 {
		args = *state.Interpreter
	}
	cmd := exec.Command(args[0], append(args[1:len(args):len(args)], command)...)
	cmd.Env = environment(state)
	if state.Dir != nil {
		// Without this look, exec names the interpreter as what does not exist.
		if info, err := os.Stat(*state.Dir); err != nil || !info.IsDir() {
			return fmt.Errorf("dir %q is not a directory", *state.Dir)
		}
		cmd.Dir = *state.Dir
	}
	if state.Stdin != nil && *state.Stdin != "" {
		cmd.Stdin = strings.NewReader(*state.Stdin)
	}

	mask := masker(ctx)
	var stdout, stderr, both bytes.Buffer
	shared := &lockedWriter{writer: &both}
	logged, stop := logLines(p.GetLogger(ctx).InfoStatus, mask)
	toLog := func(wanted Logging) io.Writer {
		if l := state.Logging; l == nil || *l == wanted || *l == logBoth {
			return logged
		}
		return io.Discard
	}
	cmd.Stdout = io.MultiWriter(&stdout, shared, toLog(logStdout))
	cmd.Stderr = io.MultiWriter(&stderr, shared, toLog(logStderr))

	err := runGroup(ctx, cmd)
	stop()
	if err != nil {
		return fmt.Errorf("%w: running %q:\n%s", err, mask(command), mask(both.String()))
	}
	state.Stdout = strings.TrimSuffix(stdout.String(), "\n")
	state.Stderr = strings.TrimSuffix(stderr.String(), "\n")
	return nil
}

func environment(state *State) []string {
	env := os.Environ()
	if state.Environment != nil {
		for name, value := range *state.Environment {
			env = append(env, name+"="+value)
		}
	}
	if state.AddPreviousOutputInEnv == nil || *state.AddPreviousOutputInEnv {
		if state.Stdout != "" {
			env = append(env, "PULUMI_COMMAND_STDOUT="+state.Stdout)
		}
		if state.Stderr != "" {
			env = append(env, "PULUMI_COMMAND_STDERR="+state.Stderr)
		}
	}
	return env
}

// logLines gives a writer whose lines are logged as they come, however long they are, and a
// function that waits until the last one is.
func logLines(log func(string), mask func(string) string) (io.Writer, func()) {
	reader, writer := io.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		lines := bufio.NewReader(reader)
		for {
			line, err := lines.ReadString('\n')
			if line = strings.TrimRight(line, "\r\n"); line != "" {
				log(mask(line))
			}
			if errors.Is(err, io.EOF) {
				return
			}
		}
	}()
	return writer, func() { _ = writer.Close(); <-done }
}

// lockedWriter lets stdout and stderr, which are copied at the same time, share a buffer.
type lockedWriter struct {
	mu     sync.Mutex
	writer io.Writer
}

func (l *lockedWriter) Write(data []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.writer.Write(data)
}

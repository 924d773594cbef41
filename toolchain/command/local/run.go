package local

import (
	"bufio"
	"bytes"
	"context"
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
	// Where the operation is cancelled, the command itself is killed at once, and nothing that it started.
	cmd := exec.CommandContext(ctx, args[0], append(args[1:len(args):len(args)], command)...)
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

	var stdout, stderr, both bytes.Buffer
	shared := &lockedWriter{writer: &both}
	reader, logged := io.Pipe()
	toLog := func(wanted Logging) io.Writer {
		if l := state.Logging; l == nil || *l == wanted || *l == logBoth {
			return logged
		}
		return io.Discard
	}
	cmd.Stdout = io.MultiWriter(&stdout, shared, toLog(logStdout))
	cmd.Stderr = io.MultiWriter(&stderr, shared, toLog(logStderr))

	done := make(chan struct{})
	go logLines(reader, p.GetLogger(ctx).InfoStatus, done)
	err := cmd.Run()
	_ = logged.Close()
	<-done
	if err != nil {
		return fmt.Errorf("%w: running %q:\n%s", err, command, both.String())
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

// logLines logs the lines of a pipe as they come. As in the official provider, one of more than 64 KiB
// ends it, and whoever writes to the pipe then waits for ever: programs must not print such lines.
func logLines(reader io.Reader, log func(string), done chan<- struct{}) {
	defer close(done)
	lines := bufio.NewScanner(reader)
	for lines.Scan() {
		log(lines.Text())
	}
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

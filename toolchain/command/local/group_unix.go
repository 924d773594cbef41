//go:build unix

package local

import (
	"context"
	"fmt"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// gracePeriod is what a cancelled command has to end by itself. A variable for the tests' sake.
var gracePeriod = 10 * time.Second

// runGroup runs the command in a process group of its own. Where the operation is cancelled (Ctrl-C
// during `pulumi up`) the whole group gets SIGTERM and, after the grace period, SIGKILL.
func runGroup(ctx context.Context, cmd *exec.Cmd) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("not started, the operation was cancelled: %w", err)
	}
	// The signal at the provider's own death is tied to the thread that started the child.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd.SysProcAttr = groupAttributes()
	if err := cmd.Start(); err != nil {
		return err
	}
	group := -cmd.Process.Pid
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}

	_ = syscall.Kill(group, syscall.SIGTERM)
	if gone(group, ended, gracePeriod) {
		return fmt.Errorf("cancelled: %w", context.Cause(ctx))
	}
	_ = syscall.Kill(group, syscall.SIGKILL)
	// What was killed is collected; a process that left the group may still hold the output open.
	gone(group, ended, time.Second)
	return fmt.Errorf("cancelled, and killed after %s: %w", gracePeriod, context.Cause(ctx))
}

// gone waits until the command and all others of its group, which may outlive it, have ended.
func gone(group int, ended <-chan error, patience time.Duration) bool {
	deadline := time.After(patience)
	poll := time.NewTicker(20 * time.Millisecond)
	defer poll.Stop()
	for collected := false; ; {
		select {
		case <-ended:
			collected = true
		case <-poll.C:
		case <-deadline:
			return false
		}
		if collected && syscall.Kill(group, 0) != nil {
			return true
		}
	}
}

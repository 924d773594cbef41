package local

import "syscall"

// groupAttributes: a group of its own, and an end with the provider if that is killed outright.
func groupAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}

package local

import (
	"testing"
	"time"
)

// SetGracePeriod shortens the grace period for one test.
func SetGracePeriod(t *testing.T, period time.Duration) {
	before := gracePeriod
	gracePeriod = period
	t.Cleanup(func() { gracePeriod = before })
}

// GracePeriod returns the grace period.
func GracePeriod() time.Duration { return gracePeriod }

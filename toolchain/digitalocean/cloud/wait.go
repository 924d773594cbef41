package cloud

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/digitalocean/godo"
)

// Poll is how long it waits before it asks again.
var Poll = time.Second

// Patience is how long something may take.
var Patience = 10 * time.Minute

// until asks again and again, until the answer is yes or an error.
func until(ctx context.Context, what string, ask func(context.Context) (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	late := fmt.Errorf("%s: not done after %s", what, Patience)
	for {
		done, err := ask(ctx)
		if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return late
		}
		if done || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return late
		case <-time.After(Poll):
		}
	}
}

// finish waits for the end of an action.
func finish(ctx context.Context, action *godo.Action, err error) error {
	if err != nil {
		return err
	}
	return until(ctx, action.Type, func(ctx context.Context) (bool, error) {
		now, _, err := api(ctx).Actions.Get(ctx, action.ID)
		if err != nil {
			return false, err
		}
		if now.Status == "errored" {
			return false, fmt.Errorf("%s of %s %d failed (action %d)", now.Type, now.ResourceType, now.ResourceID, now.ID)
		}
		return now.Status == "completed", nil
	})
}

package cloud

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/digitalocean/godo"
	"github.com/pulumi/pulumi-go-provider/infer"
)

// Update renames it, resizes it (switched off meanwhile), and changes its tags and volumes.
func (r *Droplet) Update(ctx context.Context, req infer.UpdateRequest[DropletInputs, DropletState]) (infer.UpdateResponse[DropletState], error) {
	in, before := req.Inputs, req.State
	if value(before.IPv6) && !value(in.IPv6) {
		return infer.UpdateResponse[DropletState]{}, errors.New("`ipv6`: a droplet's IPv6 cannot be switched off")
	}
	if req.DryRun {
		state := before
		state.Name, state.Size, state.Tags, state.IPv6 = value(in.Name), in.Size, in.Tags, in.IPv6
		return infer.UpdateResponse[DropletState]{Output: state}, nil
	}
	id, err := number(req.ID)
	if err != nil {
		return infer.UpdateResponse[DropletState]{}, err
	}
	do := func(change bool, start func(context.Context, int) (*godo.Action, *godo.Response, error)) {
		if err == nil && change {
			var action *godo.Action
			action, _, err = start(ctx, id)
			err = finish(ctx, action, err)
		}
	}
	actions := api(ctx).DropletActions
	do(value(in.Name) != before.Name, func(ctx context.Context, id int) (*godo.Action, *godo.Response, error) {
		return actions.Rename(ctx, id, value(in.Name))
	})
	do(value(in.IPv6) && !value(before.IPv6), actions.EnableIPv6)
	resize := in.Size != before.Size
	do(resize && before.Status == "active", actions.PowerOff)
	do(resize, func(ctx context.Context, id int) (*godo.Action, *godo.Response, error) {
		return actions.Resize(ctx, id, in.Size, in.ResizeDisk == nil || *in.ResizeDisk)
	})
	do(resize, actions.PowerOn)
	if err == nil {
		err = retag(ctx, req.ID, godo.DropletResourceType, value(before.Tags), value(in.Tags))
	}
	if err == nil && in.VolumeIDs != nil {
		err = reattach(ctx, id, before.VolumeIDs, *in.VolumeIDs)
	}
	if err != nil {
		return infer.UpdateResponse[DropletState]{Output: before}, fmt.Errorf("droplet %s: %w", before.Name, err)
	}
	droplet, _, err := api(ctx).Droplets.Get(ctx, id)
	if err != nil {
		return infer.UpdateResponse[DropletState]{Output: before}, err
	}
	state := dropletState(in, droplet)
	state.UserData = digest(in.UserData)
	return infer.UpdateResponse[DropletState]{Output: state}, nil
}

func reattach(ctx context.Context, droplet int, before, after []string) error {
	for _, volume := range before {
		if !slices.Contains(after, volume) {
			if err := detach(ctx, volume, droplet); err != nil {
				return err
			}
		}
	}
	for _, volume := range after {
		if !slices.Contains(before, volume) {
			if err := attach(ctx, volume, droplet); err != nil {
				return err
			}
		}
	}
	return nil
}

// isPending tells whether the API refused because another event of the droplet goes on.
func isPending(err error) bool {
	return strings.Contains(err.Error(), "pending event")
}

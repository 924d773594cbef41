package cloud

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/pulumi/pulumi-go-provider/infer"
)

// VolumeAttachment is digitalocean:index/volumeAttachment:VolumeAttachment.
type VolumeAttachment struct{}

// VolumeAttachmentInputs are its arguments.
type VolumeAttachmentInputs struct {
	DropletID int    `pulumi:"dropletId" provider:"replaceOnChanges"`
	VolumeID  string `pulumi:"volumeId" provider:"replaceOnChanges"`
}

// VolumeAttachmentState is what is kept of it.
type VolumeAttachmentState struct{ VolumeAttachmentInputs }

// Annotate sets the token.
func (r *VolumeAttachment) Annotate(a infer.Annotator) {
	a.SetToken("index/volumeAttachment", "VolumeAttachment")
}

// Create attaches the volume.
func (r *VolumeAttachment) Create(ctx context.Context, req infer.CreateRequest[VolumeAttachmentInputs]) (infer.CreateResponse[VolumeAttachmentState], error) {
	response := infer.CreateResponse[VolumeAttachmentState]{Output: VolumeAttachmentState{req.Inputs}}
	if req.DryRun {
		return response, nil
	}
	response.ID = fmt.Sprintf("%d-%s", req.Inputs.DropletID, req.Inputs.VolumeID)
	return response, attach(ctx, req.Inputs.VolumeID, req.Inputs.DropletID)
}

// Read looks whether it is attached there.
func (r *VolumeAttachment) Read(ctx context.Context, req infer.ReadRequest[VolumeAttachmentInputs, VolumeAttachmentState]) (infer.ReadResponse[VolumeAttachmentInputs, VolumeAttachmentState], error) {
	volume, _, err := api(ctx).Storage.GetVolume(ctx, req.State.VolumeID)
	if err != nil || !slices.Contains(volume.DropletIDs, req.State.DropletID) {
		return infer.ReadResponse[VolumeAttachmentInputs, VolumeAttachmentState]{}, unlessGone(err)
	}
	return infer.ReadResponse[VolumeAttachmentInputs, VolumeAttachmentState]{
		ID: req.ID, Inputs: req.State.VolumeAttachmentInputs, State: req.State,
	}, nil
}

// Delete detaches the volume.
func (r *VolumeAttachment) Delete(ctx context.Context, req infer.DeleteRequest[VolumeAttachmentState]) (infer.DeleteResponse, error) {
	return infer.DeleteResponse{}, detach(ctx, req.State.VolumeID, req.State.DropletID)
}

// attach waits while the droplet has another event going on.
func attach(ctx context.Context, volume string, droplet int) error {
	return until(ctx, "attaching the volume", func(ctx context.Context) (bool, error) {
		action, _, err := api(ctx).StorageActions.Attach(ctx, volume, droplet)
		if hasStatus(err, http.StatusUnprocessableEntity) && isPending(err) {
			return false, nil
		}
		return true, finish(ctx, action, err)
	})
}

// detach is no failure where droplet or volume is gone: with the droplet, the volume is free.
func detach(ctx context.Context, volume string, droplet int) error {
	return until(ctx, "detaching the volume", func(ctx context.Context) (bool, error) {
		found, _, err := api(ctx).Storage.GetVolume(ctx, volume)
		if err != nil || !slices.Contains(found.DropletIDs, droplet) {
			return true, unlessGone(err)
		}
		action, _, err := api(ctx).StorageActions.DetachByDropletID(ctx, volume, droplet)
		if hasStatus(err, http.StatusUnprocessableEntity) && isPending(err) {
			return false, nil
		}
		return true, unlessGone(finish(ctx, action, err))
	})
}

package cloud

import (
	"context"
	"fmt"

	"github.com/digitalocean/godo"
	"github.com/pulumi/pulumi-go-provider/infer"
)

// Volume is digitalocean:index/volume:Volume.
type Volume struct{}

// VolumeInputs are its arguments.
type VolumeInputs struct {
	Description            *string   `pulumi:"description,optional" provider:"replaceOnChanges"`
	InitialFilesystemLabel *string   `pulumi:"initialFilesystemLabel,optional" provider:"replaceOnChanges"`
	InitialFilesystemType  *string   `pulumi:"initialFilesystemType,optional" provider:"replaceOnChanges"`
	Name                   *string   `pulumi:"name,optional" provider:"replaceOnChanges"`
	Region                 string    `pulumi:"region" provider:"replaceOnChanges"`
	Size                   int       `pulumi:"size"`
	SnapshotID             *string   `pulumi:"snapshotId,optional" provider:"replaceOnChanges"`
	Tags                   *[]string `pulumi:"tags,optional"`
}

// VolumeState is what is kept of it.
type VolumeState struct {
	VolumeInputs
	DropletIDs      []int  `pulumi:"dropletIds"`
	FilesystemLabel string `pulumi:"filesystemLabel"`
	FilesystemType  string `pulumi:"filesystemType"`
	VolumeUrn       string `pulumi:"volumeUrn"`
}

// Annotate sets the token.
func (r *Volume) Annotate(a infer.Annotator) { a.SetToken("index/volume", "Volume") }

func volumeState(in VolumeInputs, volume *godo.Volume) VolumeState {
	return VolumeState{
		VolumeInputs: in, DropletIDs: append([]int{}, volume.DropletIDs...),
		FilesystemLabel: volume.FilesystemLabel, FilesystemType: volume.FilesystemType, VolumeUrn: volume.URN(),
	}
}

// Create makes it.
func (r *Volume) Create(ctx context.Context, req infer.CreateRequest[VolumeInputs]) (infer.CreateResponse[VolumeState], error) {
	in := req.Inputs
	if req.DryRun {
		return infer.CreateResponse[VolumeState]{Output: VolumeState{VolumeInputs: in}}, nil
	}
	volume, _, err := api(ctx).Storage.CreateVolume(ctx, &godo.VolumeCreateRequest{
		Region: in.Region, Name: value(in.Name), Description: value(in.Description), SizeGigaBytes: int64(in.Size),
		SnapshotID: value(in.SnapshotID), FilesystemType: value(in.InitialFilesystemType),
		FilesystemLabel: value(in.InitialFilesystemLabel), Tags: value(in.Tags),
	})
	if err != nil {
		return infer.CreateResponse[VolumeState]{}, err
	}
	return infer.CreateResponse[VolumeState]{ID: volume.ID, Output: volumeState(in, volume)}, nil
}

// Read looks it up.
func (r *Volume) Read(ctx context.Context, req infer.ReadRequest[VolumeInputs, VolumeState]) (infer.ReadResponse[VolumeInputs, VolumeState], error) {
	volume, _, err := api(ctx).Storage.GetVolume(ctx, req.ID)
	if err != nil {
		return infer.ReadResponse[VolumeInputs, VolumeState]{}, unlessGone(err)
	}
	in := req.Inputs
	in.Name, in.Size, in.Region = &volume.Name, int(volume.SizeGigaBytes), volume.Region.Slug
	return infer.ReadResponse[VolumeInputs, VolumeState]{ID: req.ID, Inputs: in, State: volumeState(in, volume)}, nil
}

// Update makes it larger, and changes its tags.
func (r *Volume) Update(ctx context.Context, req infer.UpdateRequest[VolumeInputs, VolumeState]) (infer.UpdateResponse[VolumeState], error) {
	state := req.State
	state.VolumeInputs = req.Inputs
	response := infer.UpdateResponse[VolumeState]{Output: state}
	if req.Inputs.Size < req.State.Size {
		return response, fmt.Errorf("a volume cannot be made smaller: it has %d GB, and `size` is %d", req.State.Size, req.Inputs.Size)
	}
	if req.DryRun {
		return response, nil
	}
	if req.Inputs.Size > req.State.Size {
		action, _, err := api(ctx).StorageActions.Resize(ctx, req.ID, req.Inputs.Size, req.Inputs.Region)
		if err := finish(ctx, action, err); err != nil {
			return response, err
		}
	}
	return response, retag(ctx, req.ID, godo.VolumeResourceType, value(req.State.Tags), value(req.Inputs.Tags))
}

// Delete removes it and what is on it.
func (r *Volume) Delete(ctx context.Context, req infer.DeleteRequest[VolumeState]) (infer.DeleteResponse, error) {
	_, err := api(ctx).Storage.DeleteVolume(ctx, req.ID)
	return infer.DeleteResponse{}, unlessGone(err)
}

package cloud

import (
	"context"

	"github.com/digitalocean/godo"
	"github.com/pulumi/pulumi-go-provider/infer"
)

// Tag is digitalocean:index/tag:Tag.
type Tag struct{}

// TagInputs are its arguments.
type TagInputs struct {
	Name *string `pulumi:"name,optional" provider:"replaceOnChanges"`
}

// TagState is what is kept of it.
type TagState struct {
	DatabasesCount       int    `pulumi:"databasesCount"`
	DropletsCount        int    `pulumi:"dropletsCount"`
	ImagesCount          int    `pulumi:"imagesCount"`
	Name                 string `pulumi:"name"`
	TotalResourceCount   int    `pulumi:"totalResourceCount"`
	VolumeSnapshotsCount int    `pulumi:"volumeSnapshotsCount"`
	VolumesCount         int    `pulumi:"volumesCount"`
}

// Annotate sets the token.
func (r *Tag) Annotate(a infer.Annotator) { a.SetToken("index/tag", "Tag") }

func tagState(tag *godo.Tag) TagState {
	state := TagState{Name: tag.Name}
	if all := tag.Resources; all != nil {
		state.TotalResourceCount = all.Count
		if all.Droplets != nil {
			state.DropletsCount = all.Droplets.Count
		}
		if all.Images != nil {
			state.ImagesCount = all.Images.Count
		}
		if all.Volumes != nil {
			state.VolumesCount = all.Volumes.Count
		}
		if all.VolumeSnapshots != nil {
			state.VolumeSnapshotsCount = all.VolumeSnapshots.Count
		}
		if all.Databases != nil {
			state.DatabasesCount = all.Databases.Count
		}
	}
	return state
}

// Create makes it; one that is there is taken.
func (r *Tag) Create(ctx context.Context, req infer.CreateRequest[TagInputs]) (infer.CreateResponse[TagState], error) {
	name := value(req.Inputs.Name)
	if req.DryRun {
		return infer.CreateResponse[TagState]{ID: name, Output: TagState{Name: name}}, nil
	}
	tag, _, err := api(ctx).Tags.Create(ctx, &godo.TagCreateRequest{Name: name})
	if err != nil {
		return infer.CreateResponse[TagState]{}, err
	}
	return infer.CreateResponse[TagState]{ID: tag.Name, Output: tagState(tag)}, nil
}

// Read looks it up.
func (r *Tag) Read(ctx context.Context, req infer.ReadRequest[TagInputs, TagState]) (infer.ReadResponse[TagInputs, TagState], error) {
	tag, _, err := api(ctx).Tags.Get(ctx, req.ID)
	if err != nil {
		return infer.ReadResponse[TagInputs, TagState]{}, unlessGone(err)
	}
	return infer.ReadResponse[TagInputs, TagState]{ID: tag.Name, Inputs: TagInputs{Name: &tag.Name}, State: tagState(tag)}, nil
}

// Delete removes it from all that has it.
func (r *Tag) Delete(ctx context.Context, req infer.DeleteRequest[TagState]) (infer.DeleteResponse, error) {
	_, err := api(ctx).Tags.Delete(ctx, req.ID)
	return infer.DeleteResponse{}, unlessGone(err)
}

package cloud

import (
	"context"
	"fmt"

	"github.com/pulumi/pulumi-go-provider/infer"
)

// ReservedIPAssignment is digitalocean:index/reservedIpAssignment:ReservedIpAssignment.
type ReservedIPAssignment struct{}

// ReservedIPAssignmentInputs are its arguments.
type ReservedIPAssignmentInputs struct {
	DropletID int    `pulumi:"dropletId" provider:"replaceOnChanges"`
	IPAddress string `pulumi:"ipAddress" provider:"replaceOnChanges"`
}

// ReservedIPAssignmentState is what is kept of it.
type ReservedIPAssignmentState struct{ ReservedIPAssignmentInputs }

// Annotate sets the token.
func (r *ReservedIPAssignment) Annotate(a infer.Annotator) {
	a.SetToken("index/reservedIpAssignment", "ReservedIpAssignment")
}

// Create gives the address to the droplet.
func (r *ReservedIPAssignment) Create(ctx context.Context, req infer.CreateRequest[ReservedIPAssignmentInputs]) (infer.CreateResponse[ReservedIPAssignmentState], error) {
	response := infer.CreateResponse[ReservedIPAssignmentState]{Output: ReservedIPAssignmentState{req.Inputs}}
	if req.DryRun {
		return response, nil
	}
	response.ID = fmt.Sprintf("%s,%d", req.Inputs.IPAddress, req.Inputs.DropletID)
	return response, assign(ctx, req.Inputs.IPAddress, req.Inputs.DropletID)
}

// Read looks whether the droplet has it.
func (r *ReservedIPAssignment) Read(ctx context.Context, req infer.ReadRequest[ReservedIPAssignmentInputs, ReservedIPAssignmentState]) (infer.ReadResponse[ReservedIPAssignmentInputs, ReservedIPAssignmentState], error) {
	ip, _, err := api(ctx).ReservedIPs.Get(ctx, req.State.IPAddress)
	if err != nil || ip.Droplet == nil || ip.Droplet.ID != req.State.DropletID {
		return infer.ReadResponse[ReservedIPAssignmentInputs, ReservedIPAssignmentState]{}, unlessGone(err)
	}
	return infer.ReadResponse[ReservedIPAssignmentInputs, ReservedIPAssignmentState]{
		ID: req.ID, Inputs: req.State.ReservedIPAssignmentInputs, State: req.State,
	}, nil
}

// Delete takes it from the droplet; one that went to another droplet meanwhile stays there.
func (r *ReservedIPAssignment) Delete(ctx context.Context, req infer.DeleteRequest[ReservedIPAssignmentState]) (infer.DeleteResponse, error) {
	ip, _, err := api(ctx).ReservedIPs.Get(ctx, req.State.IPAddress)
	if err != nil || ip.Droplet == nil || ip.Droplet.ID != req.State.DropletID {
		return infer.DeleteResponse{}, unlessGone(err)
	}
	return infer.DeleteResponse{}, unassign(ctx, req.State.IPAddress)
}

package cloud

import (
	"context"
	"net/http"
	"time"

	"github.com/digitalocean/godo"
	"github.com/pulumi/pulumi-go-provider/infer"
)

// Vpc is digitalocean:index/vpc:Vpc.
type Vpc struct{}

// VpcInputs are its arguments.
type VpcInputs struct {
	Description *string `pulumi:"description,optional"`
	IPRange     *string `pulumi:"ipRange,optional" provider:"replaceOnChanges"`
	Name        *string `pulumi:"name,optional"`
	Region      string  `pulumi:"region" provider:"replaceOnChanges"`
}

// VpcState is what is kept of it.
type VpcState struct {
	CreatedAt   string  `pulumi:"createdAt"`
	Default     bool    `pulumi:"default"`
	Description *string `pulumi:"description,optional"`
	IPRange     string  `pulumi:"ipRange"`
	Name        string  `pulumi:"name"`
	Region      string  `pulumi:"region"`
	VpcUrn      string  `pulumi:"vpcUrn"`
}

// Annotate sets the token.
func (r *Vpc) Annotate(a infer.Annotator) { a.SetToken("index/vpc", "Vpc") }

func vpcState(vpc *godo.VPC) VpcState {
	state := VpcState{
		CreatedAt: vpc.CreatedAt.Format(time.RFC3339), Default: vpc.Default, IPRange: vpc.IPRange, Name: vpc.Name,
		Region: vpc.RegionSlug, VpcUrn: vpc.URN,
	}
	if vpc.Description != "" {
		state.Description = &vpc.Description
	}
	return state
}

// Create makes it.
func (r *Vpc) Create(ctx context.Context, req infer.CreateRequest[VpcInputs]) (infer.CreateResponse[VpcState], error) {
	in := req.Inputs
	if req.DryRun {
		return infer.CreateResponse[VpcState]{Output: VpcState{
			Description: in.Description, IPRange: value(in.IPRange), Name: value(in.Name), Region: in.Region,
		}}, nil
	}
	vpc, _, err := api(ctx).VPCs.Create(ctx, &godo.VPCCreateRequest{
		Name: value(in.Name), RegionSlug: in.Region, Description: value(in.Description), IPRange: value(in.IPRange),
	})
	if err != nil {
		return infer.CreateResponse[VpcState]{}, err
	}
	return infer.CreateResponse[VpcState]{ID: vpc.ID, Output: vpcState(vpc)}, nil
}

// Read looks it up.
func (r *Vpc) Read(ctx context.Context, req infer.ReadRequest[VpcInputs, VpcState]) (infer.ReadResponse[VpcInputs, VpcState], error) {
	vpc, _, err := api(ctx).VPCs.Get(ctx, req.ID)
	if err != nil {
		return infer.ReadResponse[VpcInputs, VpcState]{}, unlessGone(err)
	}
	state := vpcState(vpc)
	inputs := VpcInputs{Description: state.Description, IPRange: req.Inputs.IPRange, Name: &state.Name, Region: state.Region}
	if req.Inputs.Region == "" || inputs.IPRange != nil {
		inputs.IPRange = &state.IPRange
	}
	return infer.ReadResponse[VpcInputs, VpcState]{ID: req.ID, Inputs: inputs, State: state}, nil
}

// Update changes its name and description.
func (r *Vpc) Update(ctx context.Context, req infer.UpdateRequest[VpcInputs, VpcState]) (infer.UpdateResponse[VpcState], error) {
	state := req.State
	state.Name, state.Description = value(req.Inputs.Name), req.Inputs.Description
	if req.DryRun {
		return infer.UpdateResponse[VpcState]{Output: state}, nil
	}
	// What is set alone can be set to nothing.
	_, _, err := api(ctx).VPCs.Set(ctx, req.ID,
		godo.VPCSetName(state.Name), godo.VPCSetDescription(value(state.Description)))
	return infer.UpdateResponse[VpcState]{Output: state}, err
}

// Delete removes it. The API takes a while to see that a member is gone: until then it is refused.
func (r *Vpc) Delete(ctx context.Context, req infer.DeleteRequest[VpcState]) (infer.DeleteResponse, error) {
	patience := time.Now().Add(VpcPatience)
	return infer.DeleteResponse{}, until(ctx, "removing the VPC", func(ctx context.Context) (bool, error) {
		_, err := api(ctx).VPCs.Delete(ctx, req.ID)
		refused := hasStatus(err, http.StatusConflict) || hasStatus(err, http.StatusForbidden)
		if refused && time.Now().Before(patience) {
			return false, nil
		}
		return err == nil || isGone(err), unlessGone(err)
	})
}

// VpcPatience is how long a VPC that has members yet is tried again.
var VpcPatience = 2 * time.Minute

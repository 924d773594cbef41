package cloud

import (
	"context"
	"net/http"

	"github.com/digitalocean/godo"
	"github.com/pulumi/pulumi-go-provider/infer"
)

// ReservedIP is digitalocean:index/reservedIp:ReservedIp.
type ReservedIP struct{}

// ReservedIPInputs are its arguments.
type ReservedIPInputs struct {
	DropletID *int   `pulumi:"dropletId,optional"`
	Region    string `pulumi:"region" provider:"replaceOnChanges"`
}

// ReservedIPState is what is kept of it.
type ReservedIPState struct {
	DropletID     *int   `pulumi:"dropletId,optional"`
	IPAddress     string `pulumi:"ipAddress"`
	Region        string `pulumi:"region"`
	ReservedIPUrn string `pulumi:"reservedIpUrn"`
}

// Annotate sets the token.
func (r *ReservedIP) Annotate(a infer.Annotator) { a.SetToken("index/reservedIp", "ReservedIp") }

// Create reserves one, and gives it to the droplet if one is named.
func (r *ReservedIP) Create(ctx context.Context, req infer.CreateRequest[ReservedIPInputs]) (infer.CreateResponse[ReservedIPState], error) {
	state := ReservedIPState{DropletID: req.Inputs.DropletID, Region: req.Inputs.Region}
	if req.DryRun {
		return infer.CreateResponse[ReservedIPState]{Output: state}, nil
	}
	ip, _, err := api(ctx).ReservedIPs.Create(ctx, &godo.ReservedIPCreateRequest{Region: req.Inputs.Region})
	if err != nil {
		return infer.CreateResponse[ReservedIPState]{}, err
	}
	state.IPAddress, state.ReservedIPUrn = ip.IP, ip.URN()
	if state.DropletID != nil {
		err = assign(ctx, ip.IP, *state.DropletID)
	}
	if err != nil {
		err = infer.ResourceInitFailedError{Reasons: []string{err.Error()}}
	}
	return infer.CreateResponse[ReservedIPState]{ID: ip.IP, Output: state}, err
}

// Read looks it up.
func (r *ReservedIP) Read(ctx context.Context, req infer.ReadRequest[ReservedIPInputs, ReservedIPState]) (infer.ReadResponse[ReservedIPInputs, ReservedIPState], error) {
	ip, _, err := api(ctx).ReservedIPs.Get(ctx, req.ID)
	if err != nil {
		return infer.ReadResponse[ReservedIPInputs, ReservedIPState]{}, unlessGone(err)
	}
	state := ReservedIPState{IPAddress: ip.IP, Region: ip.Region.Slug, ReservedIPUrn: ip.URN()}
	if ip.Droplet != nil {
		state.DropletID = &ip.Droplet.ID
	}
	inputs := ReservedIPInputs{Region: state.Region}
	// Else it belongs to an assignment of its own.
	if req.Inputs.DropletID != nil {
		inputs.DropletID = state.DropletID
	}
	return infer.ReadResponse[ReservedIPInputs, ReservedIPState]{ID: ip.IP, Inputs: inputs, State: state}, nil
}

// Update gives it to another droplet, or to none.
func (r *ReservedIP) Update(ctx context.Context, req infer.UpdateRequest[ReservedIPInputs, ReservedIPState]) (infer.UpdateResponse[ReservedIPState], error) {
	state := req.State
	state.DropletID = req.Inputs.DropletID
	var err error
	switch {
	case req.DryRun:
	case state.DropletID == nil:
		err = unassign(ctx, req.ID)
	default:
		err = assign(ctx, req.ID, *state.DropletID)
	}
	return infer.UpdateResponse[ReservedIPState]{Output: state}, err
}

// Delete gives it back.
func (r *ReservedIP) Delete(ctx context.Context, req infer.DeleteRequest[ReservedIPState]) (infer.DeleteResponse, error) {
	err := unassign(ctx, req.ID)
	if err == nil {
		_, err = api(ctx).ReservedIPs.Delete(ctx, req.ID)
	}
	return infer.DeleteResponse{}, unlessGone(err)
}

// assign waits while the droplet has another event going on.
func assign(ctx context.Context, ip string, droplet int) error {
	return until(ctx, "assigning the reserved IP", func(ctx context.Context) (bool, error) {
		action, _, err := api(ctx).ReservedIPActions.Assign(ctx, ip, droplet)
		if hasStatus(err, http.StatusUnprocessableEntity) && isPending(err) {
			return false, nil
		}
		return true, finish(ctx, action, err)
	})
}

func unassign(ctx context.Context, ip string) error {
	found, _, err := api(ctx).ReservedIPs.Get(ctx, ip)
	if err != nil || found.Droplet == nil {
		return unlessGone(err)
	}
	action, _, err := api(ctx).ReservedIPActions.Unassign(ctx, ip)
	return unlessGone(finish(ctx, action, err))
}

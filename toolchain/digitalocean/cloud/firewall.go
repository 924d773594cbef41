package cloud

import (
	"context"

	"github.com/digitalocean/godo"
	"github.com/pulumi/pulumi-go-provider/infer"
)

// Firewall is digitalocean:index/firewall:Firewall.
type Firewall struct{}

// InboundRule lets somebody in.
type InboundRule struct {
	PortRange              *string   `pulumi:"portRange,optional"`
	Protocol               string    `pulumi:"protocol"`
	SourceAddresses        *[]string `pulumi:"sourceAddresses,optional"`
	SourceDropletIDs       *[]int    `pulumi:"sourceDropletIds,optional"`
	SourceLoadBalancerUIDs *[]string `pulumi:"sourceLoadBalancerUids,optional"`
	SourceTags             *[]string `pulumi:"sourceTags,optional"`
}

// OutboundRule lets traffic out.
type OutboundRule struct {
	DestinationAddresses        *[]string `pulumi:"destinationAddresses,optional"`
	DestinationDropletIDs       *[]int    `pulumi:"destinationDropletIds,optional"`
	DestinationLoadBalancerUIDs *[]string `pulumi:"destinationLoadBalancerUids,optional"`
	DestinationTags             *[]string `pulumi:"destinationTags,optional"`
	PortRange                   *string   `pulumi:"portRange,optional"`
	Protocol                    string    `pulumi:"protocol"`
}

// PendingChange is one that the API has not made yet.
type PendingChange struct {
	DropletID *int    `pulumi:"dropletId,optional"`
	Removing  *bool   `pulumi:"removing,optional"`
	Status    *string `pulumi:"status,optional"`
}

// FirewallInputs are its arguments.
type FirewallInputs struct {
	DropletIDs    *[]int          `pulumi:"dropletIds,optional"`
	InboundRules  *[]InboundRule  `pulumi:"inboundRules,optional"`
	Name          *string         `pulumi:"name,optional"`
	OutboundRules *[]OutboundRule `pulumi:"outboundRules,optional"`
	Tags          *[]string       `pulumi:"tags,optional"`
}

// FirewallState is what is kept of it.
type FirewallState struct {
	FirewallInputs
	CreatedAt      string          `pulumi:"createdAt"`
	PendingChanges []PendingChange `pulumi:"pendingChanges"`
	Status         string          `pulumi:"status"`
}

// Annotate sets the token.
func (r *Firewall) Annotate(a infer.Annotator) { a.SetToken("index/firewall", "Firewall") }

func firewallState(in FirewallInputs, firewall *godo.Firewall) FirewallState {
	state := FirewallState{
		FirewallInputs: in, CreatedAt: firewall.Created, Status: firewall.Status, PendingChanges: []PendingChange{},
	}
	for _, change := range firewall.PendingChanges {
		state.PendingChanges = append(state.PendingChanges,
			PendingChange{DropletID: &change.DropletID, Removing: &change.Removing, Status: &change.Status})
	}
	return state
}

func firewallRequest(in FirewallInputs) *godo.FirewallRequest {
	request := &godo.FirewallRequest{Name: value(in.Name), DropletIDs: value(in.DropletIDs), Tags: value(in.Tags)}
	for _, rule := range value(in.InboundRules) {
		request.InboundRules = append(request.InboundRules, godo.InboundRule{
			Protocol: rule.Protocol, PortRange: value(rule.PortRange), Sources: &godo.Sources{
				Addresses: value(rule.SourceAddresses), DropletIDs: value(rule.SourceDropletIDs),
				LoadBalancerUIDs: value(rule.SourceLoadBalancerUIDs), Tags: value(rule.SourceTags),
			},
		})
	}
	for _, rule := range value(in.OutboundRules) {
		request.OutboundRules = append(request.OutboundRules, godo.OutboundRule{
			Protocol: rule.Protocol, PortRange: value(rule.PortRange), Destinations: &godo.Destinations{
				Addresses: value(rule.DestinationAddresses), DropletIDs: value(rule.DestinationDropletIDs),
				LoadBalancerUIDs: value(rule.DestinationLoadBalancerUIDs), Tags: value(rule.DestinationTags),
			},
		})
	}
	return request
}

// Create makes it.
func (r *Firewall) Create(ctx context.Context, req infer.CreateRequest[FirewallInputs]) (infer.CreateResponse[FirewallState], error) {
	if req.DryRun {
		return infer.CreateResponse[FirewallState]{Output: FirewallState{FirewallInputs: req.Inputs}}, nil
	}
	firewall, _, err := api(ctx).Firewalls.Create(ctx, firewallRequest(req.Inputs))
	if err != nil {
		return infer.CreateResponse[FirewallState]{}, err
	}
	return infer.CreateResponse[FirewallState]{ID: firewall.ID, Output: firewallState(req.Inputs, firewall)}, nil
}

// Read looks it up. Rules that others have changed are not seen here.
func (r *Firewall) Read(ctx context.Context, req infer.ReadRequest[FirewallInputs, FirewallState]) (infer.ReadResponse[FirewallInputs, FirewallState], error) {
	firewall, _, err := api(ctx).Firewalls.Get(ctx, req.ID)
	if err != nil {
		return infer.ReadResponse[FirewallInputs, FirewallState]{}, unlessGone(err)
	}
	in := req.Inputs
	in.Name = &firewall.Name
	return infer.ReadResponse[FirewallInputs, FirewallState]{ID: req.ID, Inputs: in, State: firewallState(in, firewall)}, nil
}

// Update puts all of it in the place of what was there.
func (r *Firewall) Update(ctx context.Context, req infer.UpdateRequest[FirewallInputs, FirewallState]) (infer.UpdateResponse[FirewallState], error) {
	state := req.State
	state.FirewallInputs = req.Inputs
	if req.DryRun {
		return infer.UpdateResponse[FirewallState]{Output: state}, nil
	}
	firewall, _, err := api(ctx).Firewalls.Update(ctx, req.ID, firewallRequest(req.Inputs))
	if err == nil {
		state = firewallState(req.Inputs, firewall)
	}
	return infer.UpdateResponse[FirewallState]{Output: state}, err
}

// Delete removes it.
func (r *Firewall) Delete(ctx context.Context, req infer.DeleteRequest[FirewallState]) (infer.DeleteResponse, error) {
	_, err := api(ctx).Firewalls.Delete(ctx, req.ID)
	return infer.DeleteResponse{}, unlessGone(err)
}

package cloud

import (
	"context"
	"fmt"

	"github.com/digitalocean/godo"
	"github.com/pulumi/pulumi-go-provider/infer"
)

// LoadBalancer is digitalocean:index/loadBalancer:LoadBalancer.
type LoadBalancer struct{}

// LoadBalancerForwardingRule says where a port leads.
type LoadBalancerForwardingRule struct {
	CertificateID  *string `pulumi:"certificateId,optional"`
	EntryPort      int     `pulumi:"entryPort"`
	EntryProtocol  string  `pulumi:"entryProtocol"`
	TargetPort     int     `pulumi:"targetPort"`
	TargetProtocol string  `pulumi:"targetProtocol"`
	TLSPassthrough *bool   `pulumi:"tlsPassthrough,optional"`
}

// LoadBalancerHealthcheck says how droplets are asked.
type LoadBalancerHealthcheck struct {
	CheckIntervalSeconds   *int    `pulumi:"checkIntervalSeconds,optional"`
	HealthyThreshold       *int    `pulumi:"healthyThreshold,optional"`
	Path                   *string `pulumi:"path,optional"`
	Port                   int     `pulumi:"port"`
	Protocol               string  `pulumi:"protocol"`
	ResponseTimeoutSeconds *int    `pulumi:"responseTimeoutSeconds,optional"`
	UnhealthyThreshold     *int    `pulumi:"unhealthyThreshold,optional"`
}

// LoadBalancerInputs are its arguments.
type LoadBalancerInputs struct {
	DropletIDs             *[]int                        `pulumi:"dropletIds,optional"`
	DropletTag             *string                       `pulumi:"dropletTag,optional"`
	EnableBackendKeepalive *bool                         `pulumi:"enableBackendKeepalive,optional"`
	EnableProxyProtocol    *bool                         `pulumi:"enableProxyProtocol,optional"`
	ForwardingRules        *[]LoadBalancerForwardingRule `pulumi:"forwardingRules,optional"`
	Healthcheck            *LoadBalancerHealthcheck      `pulumi:"healthcheck,optional"`
	HTTPIdleTimeoutSeconds *int                          `pulumi:"httpIdleTimeoutSeconds,optional"`
	Name                   *string                       `pulumi:"name,optional"`
	ProjectID              *string                       `pulumi:"projectId,optional"`
	RedirectHTTPToHTTPS    *bool                         `pulumi:"redirectHttpToHttps,optional"`
	Region                 *string                       `pulumi:"region,optional" provider:"replaceOnChanges"`
	SizeUnit               *int                          `pulumi:"sizeUnit,optional"`
	VpcUUID                *string                       `pulumi:"vpcUuid,optional" provider:"replaceOnChanges"`
}

// LoadBalancerState is what is kept of it.
type LoadBalancerState struct {
	DropletIDs             []int                         `pulumi:"dropletIds"`
	DropletTag             *string                       `pulumi:"dropletTag,optional"`
	EnableBackendKeepalive *bool                         `pulumi:"enableBackendKeepalive,optional"`
	EnableProxyProtocol    *bool                         `pulumi:"enableProxyProtocol,optional"`
	ForwardingRules        *[]LoadBalancerForwardingRule `pulumi:"forwardingRules,optional"`
	Healthcheck            *LoadBalancerHealthcheck      `pulumi:"healthcheck,optional"`
	HTTPIdleTimeoutSeconds int                           `pulumi:"httpIdleTimeoutSeconds"`
	IP                     string                        `pulumi:"ip"`
	IPv6                   string                        `pulumi:"ipv6"`
	LoadBalancerUrn        string                        `pulumi:"loadBalancerUrn"`
	Name                   string                        `pulumi:"name"`
	ProjectID              string                        `pulumi:"projectId"`
	RedirectHTTPToHTTPS    *bool                         `pulumi:"redirectHttpToHttps,optional"`
	Region                 *string                       `pulumi:"region,optional"`
	SizeUnit               int                           `pulumi:"sizeUnit"`
	Status                 string                        `pulumi:"status"`
	VpcUUID                string                        `pulumi:"vpcUuid"`
}

// Annotate sets the token.
func (r *LoadBalancer) Annotate(a infer.Annotator) { a.SetToken("index/loadBalancer", "LoadBalancer") }

// WireDependencies says what an update does not change: an address that is known stays known.
func (r *LoadBalancer) WireDependencies(f infer.FieldSelector, in *LoadBalancerInputs, out *LoadBalancerState) {
	f.OutputField(&out.Name).DependsOn(f.InputField(&in.Name))
	f.OutputField(&out.Region).DependsOn(f.InputField(&in.Region))
	f.OutputField(&out.DropletTag).DependsOn(f.InputField(&in.DropletTag))
	f.OutputField(&out.IP).DependsOn(f.InputField(&in.Region), f.InputField(&in.VpcUUID))
}

func balancerState(in LoadBalancerInputs, balancer *godo.LoadBalancer) LoadBalancerState {
	state := LoadBalancerState{
		DropletIDs: append([]int{}, balancer.DropletIDs...), DropletTag: in.DropletTag,
		EnableBackendKeepalive: in.EnableBackendKeepalive, EnableProxyProtocol: in.EnableProxyProtocol,
		ForwardingRules: in.ForwardingRules, Healthcheck: in.Healthcheck, RedirectHTTPToHTTPS: in.RedirectHTTPToHTTPS,
		IP: balancer.IP, IPv6: balancer.IPv6, LoadBalancerUrn: balancer.URN(), Name: balancer.Name,
		ProjectID: balancer.ProjectID, Region: in.Region, SizeUnit: int(balancer.SizeUnit), Status: balancer.Status,
		VpcUUID: balancer.VPCUUID,
	}
	if balancer.HTTPIdleTimeoutSeconds != nil {
		state.HTTPIdleTimeoutSeconds = int(*balancer.HTTPIdleTimeoutSeconds) //nolint:gosec // seconds
	}
	return state
}

func balancerRequest(in LoadBalancerInputs) *godo.LoadBalancerRequest {
	request := &godo.LoadBalancerRequest{
		Name: value(in.Name), Region: value(in.Region), SizeUnit: uint32(value(in.SizeUnit)), //nolint:gosec // at most 200
		DropletIDs: value(in.DropletIDs), Tag: value(in.DropletTag), VPCUUID: value(in.VpcUUID),
		RedirectHttpToHttps: value(in.RedirectHTTPToHTTPS), EnableProxyProtocol: value(in.EnableProxyProtocol),
		EnableBackendKeepalive: value(in.EnableBackendKeepalive), ProjectID: value(in.ProjectID),
	}
	for _, rule := range value(in.ForwardingRules) {
		request.ForwardingRules = append(request.ForwardingRules, godo.ForwardingRule{
			EntryProtocol: rule.EntryProtocol, EntryPort: rule.EntryPort, TargetProtocol: rule.TargetProtocol,
			TargetPort: rule.TargetPort, CertificateID: value(rule.CertificateID), TlsPassthrough: value(rule.TLSPassthrough),
		})
	}
	if check := in.Healthcheck; check != nil {
		// What is not given is as the official provider has it.
		or := func(given *int, otherwise int) int {
			if given == nil {
				return otherwise
			}
			return *given
		}
		request.HealthCheck = &godo.HealthCheck{
			Protocol: check.Protocol, Port: check.Port, Path: value(check.Path),
			CheckIntervalSeconds: or(check.CheckIntervalSeconds, 10), ResponseTimeoutSeconds: or(check.ResponseTimeoutSeconds, 5),
			HealthyThreshold: or(check.HealthyThreshold, 5), UnhealthyThreshold: or(check.UnhealthyThreshold, 3),
		}
	}
	if in.HTTPIdleTimeoutSeconds != nil {
		seconds := uint64(*in.HTTPIdleTimeoutSeconds) //nolint:gosec // at least 30
		request.HTTPIdleTimeoutSeconds = &seconds
	}
	return request
}

// Create makes it, and waits until it is active: it has no address earlier.
func (r *LoadBalancer) Create(ctx context.Context, req infer.CreateRequest[LoadBalancerInputs]) (infer.CreateResponse[LoadBalancerState], error) {
	in := req.Inputs
	if req.DryRun {
		return infer.CreateResponse[LoadBalancerState]{
			Output: balancerState(in, &godo.LoadBalancer{Name: value(in.Name), VPCUUID: value(in.VpcUUID)}),
		}, nil
	}
	balancer, _, err := api(ctx).LoadBalancers.Create(ctx, balancerRequest(in))
	if err != nil {
		return infer.CreateResponse[LoadBalancerState]{}, err
	}
	id := balancer.ID
	err = until(ctx, "load balancer "+balancer.Name+" does not become active", func(ctx context.Context) (bool, error) {
		now, _, err := api(ctx).LoadBalancers.Get(ctx, id)
		if err != nil {
			return false, err
		}
		balancer = now
		if now.Status == "errored" {
			return false, fmt.Errorf("load balancer %s has the status errored", now.Name)
		}
		return now.Status == "active", nil
	})
	if err != nil {
		err = infer.ResourceInitFailedError{Reasons: []string{err.Error()}}
	}
	return infer.CreateResponse[LoadBalancerState]{ID: id, Output: balancerState(in, balancer)}, err
}

// Read looks it up. Rules that others have changed are not seen here.
func (r *LoadBalancer) Read(ctx context.Context, req infer.ReadRequest[LoadBalancerInputs, LoadBalancerState]) (infer.ReadResponse[LoadBalancerInputs, LoadBalancerState], error) {
	balancer, _, err := api(ctx).LoadBalancers.Get(ctx, req.ID)
	if err != nil {
		return infer.ReadResponse[LoadBalancerInputs, LoadBalancerState]{}, unlessGone(err)
	}
	in := req.Inputs
	in.Name = &balancer.Name
	return infer.ReadResponse[LoadBalancerInputs, LoadBalancerState]{ID: req.ID, Inputs: in, State: balancerState(in, balancer)}, nil
}

// Update puts all of it in the place of what was there.
func (r *LoadBalancer) Update(ctx context.Context, req infer.UpdateRequest[LoadBalancerInputs, LoadBalancerState]) (infer.UpdateResponse[LoadBalancerState], error) {
	in, state := req.Inputs, req.State
	if req.DryRun {
		state.Name, state.DropletTag, state.ForwardingRules, state.Healthcheck =
			value(in.Name), in.DropletTag, in.ForwardingRules, in.Healthcheck
		return infer.UpdateResponse[LoadBalancerState]{Output: state}, nil
	}
	balancer, _, err := api(ctx).LoadBalancers.Update(ctx, req.ID, balancerRequest(in))
	if err == nil {
		state = balancerState(in, balancer)
	}
	return infer.UpdateResponse[LoadBalancerState]{Output: state}, err
}

// Delete removes it, and waits until it is gone: its VPC cannot be removed before that.
func (r *LoadBalancer) Delete(ctx context.Context, req infer.DeleteRequest[LoadBalancerState]) (infer.DeleteResponse, error) {
	if _, err := api(ctx).LoadBalancers.Delete(ctx, req.ID); err != nil {
		return infer.DeleteResponse{}, unlessGone(err)
	}
	return infer.DeleteResponse{}, until(ctx, "removing the load balancer", func(ctx context.Context) (bool, error) {
		_, _, err := api(ctx).LoadBalancers.Get(ctx, req.ID)
		return isGone(err), unlessGone(err)
	})
}

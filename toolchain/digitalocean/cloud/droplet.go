package cloud

import (
	"context"
	"crypto/sha1" //nolint:gosec // the official provider's digest of user data
	"encoding/hex"
	"strconv"

	"github.com/digitalocean/godo"
	"github.com/pulumi/pulumi-go-provider/infer"
)

// Droplet is digitalocean:index/droplet:Droplet.
type Droplet struct{}

// DropletInputs are its arguments.
type DropletInputs struct {
	DropletAgent     *bool     `pulumi:"dropletAgent,optional" provider:"replaceOnChanges"`
	GracefulShutdown *bool     `pulumi:"gracefulShutdown,optional"`
	Image            string    `pulumi:"image" provider:"replaceOnChanges"`
	IPv6             *bool     `pulumi:"ipv6,optional"`
	Monitoring       *bool     `pulumi:"monitoring,optional" provider:"replaceOnChanges"`
	Name             *string   `pulumi:"name,optional"`
	PublicNetworking *bool     `pulumi:"publicNetworking,optional" provider:"replaceOnChanges"`
	Region           *string   `pulumi:"region,optional" provider:"replaceOnChanges"`
	ResizeDisk       *bool     `pulumi:"resizeDisk,optional"`
	Size             string    `pulumi:"size"`
	SSHKeys          *[]string `pulumi:"sshKeys,optional" provider:"replaceOnChanges"`
	Tags             *[]string `pulumi:"tags,optional"`
	UserData         *string   `pulumi:"userData,optional" provider:"replaceOnChanges"`
	VolumeIDs        *[]string `pulumi:"volumeIds,optional"`
	VpcUUID          *string   `pulumi:"vpcUuid,optional" provider:"replaceOnChanges"`
}

// DropletState is what is kept of it. Of the user data that is a digest.
type DropletState struct {
	CreatedAt          string    `pulumi:"createdAt"`
	Disk               int       `pulumi:"disk"`
	DropletAgent       *bool     `pulumi:"dropletAgent,optional"`
	DropletUrn         string    `pulumi:"dropletUrn"`
	GracefulShutdown   *bool     `pulumi:"gracefulShutdown,optional"`
	Image              string    `pulumi:"image"`
	IPv4Address        string    `pulumi:"ipv4Address"`
	IPv4AddressPrivate string    `pulumi:"ipv4AddressPrivate"`
	IPv6               *bool     `pulumi:"ipv6,optional"`
	IPv6Address        string    `pulumi:"ipv6Address"`
	Locked             bool      `pulumi:"locked"`
	Memory             int       `pulumi:"memory"`
	Monitoring         *bool     `pulumi:"monitoring,optional"`
	Name               string    `pulumi:"name"`
	PriceHourly        float64   `pulumi:"priceHourly"`
	PriceMonthly       float64   `pulumi:"priceMonthly"`
	PrivateNetworking  bool      `pulumi:"privateNetworking"`
	PublicNetworking   bool      `pulumi:"publicNetworking"`
	Region             string    `pulumi:"region"`
	ResizeDisk         *bool     `pulumi:"resizeDisk,optional"`
	Size               string    `pulumi:"size"`
	SSHKeys            *[]string `pulumi:"sshKeys,optional"`
	Status             string    `pulumi:"status"`
	Tags               *[]string `pulumi:"tags,optional"`
	UserData           *string   `pulumi:"userData,optional"`
	Vcpus              int       `pulumi:"vcpus"`
	VolumeIDs          []string  `pulumi:"volumeIds"`
	VpcUUID            string    `pulumi:"vpcUuid"`
}

// Annotate sets the token.
func (r *Droplet) Annotate(a infer.Annotator) { a.SetToken("index/droplet", "Droplet") }

// WireDependencies says what an update does not change: an address that is known stays known.
func (r *Droplet) WireDependencies(f infer.FieldSelector, in *DropletInputs, out *DropletState) {
	f.OutputField(&out.Name).DependsOn(f.InputField(&in.Name))
	f.OutputField(&out.Size).DependsOn(f.InputField(&in.Size))
	f.OutputField(&out.Region).DependsOn(f.InputField(&in.Region))
	f.OutputField(&out.Image).DependsOn(f.InputField(&in.Image))
	f.OutputField(&out.Tags).DependsOn(f.InputField(&in.Tags))
	f.OutputField(&out.IPv4Address).DependsOn(f.InputField(&in.Image), f.InputField(&in.Region))
}

func digest(data *string) *string {
	if data == nil || *data == "" {
		return data
	}
	sum := sha1.Sum([]byte(*data)) //nolint:gosec // not for safety
	text := hex.EncodeToString(sum[:])
	return &text
}

// planned is what is known of it before it is there.
func planned(in DropletInputs) DropletState {
	return DropletState{
		DropletAgent: in.DropletAgent, GracefulShutdown: in.GracefulShutdown, Image: in.Image, IPv6: in.IPv6,
		Monitoring: in.Monitoring, Name: value(in.Name), Region: value(in.Region), ResizeDisk: in.ResizeDisk,
		Size: in.Size, SSHKeys: in.SSHKeys, Tags: in.Tags, UserData: digest(in.UserData), VpcUUID: value(in.VpcUUID),
	}
}

func dropletState(in DropletInputs, droplet *godo.Droplet) DropletState {
	state := planned(in)
	state.CreatedAt, state.Disk, state.DropletUrn = droplet.Created, droplet.Disk, droplet.URN()
	state.Locked, state.Memory, state.Name = droplet.Locked, droplet.Memory, droplet.Name
	state.Status, state.Vcpus, state.VpcUUID = droplet.Status, droplet.Vcpus, droplet.VPCUUID
	state.VolumeIDs = append([]string{}, droplet.VolumeIDs...)
	state.Size = droplet.SizeSlug
	if droplet.Size != nil {
		state.PriceHourly, state.PriceMonthly = droplet.Size.PriceHourly, droplet.Size.PriceMonthly
	}
	if droplet.Region != nil {
		state.Region = droplet.Region.Slug
	}
	// The errors say that there are no networks yet.
	state.IPv4Address, _ = droplet.PublicIPv4()
	state.IPv4AddressPrivate, _ = droplet.PrivateIPv4()
	state.IPv6Address, _ = droplet.PublicIPv6()
	state.PrivateNetworking, state.PublicNetworking = state.IPv4AddressPrivate != "", state.IPv4Address != ""
	return state
}

func createRequest(in DropletInputs) *godo.DropletCreateRequest {
	request := &godo.DropletCreateRequest{
		Name: value(in.Name), Region: value(in.Region), Size: in.Size, IPv6: value(in.IPv6),
		Monitoring: value(in.Monitoring), UserData: value(in.UserData), Tags: value(in.Tags),
		VPCUUID: value(in.VpcUUID), WithDropletAgent: in.DropletAgent, PublicNetworking: in.PublicNetworking,
	}
	if id, err := strconv.Atoi(in.Image); err == nil {
		request.Image.ID = id
	} else {
		request.Image.Slug = in.Image
	}
	for _, key := range value(in.SSHKeys) {
		if id, err := strconv.Atoi(key); err == nil {
			request.SSHKeys = append(request.SSHKeys, godo.DropletCreateSSHKey{ID: id})
		} else {
			request.SSHKeys = append(request.SSHKeys, godo.DropletCreateSSHKey{Fingerprint: key})
		}
	}
	for _, volume := range value(in.VolumeIDs) {
		request.Volumes = append(request.Volumes, godo.DropletCreateVolume{ID: volume})
	}
	return request
}

// Create makes it, and waits until it is active. One that does not become that is kept in the state.
func (r *Droplet) Create(ctx context.Context, req infer.CreateRequest[DropletInputs]) (infer.CreateResponse[DropletState], error) {
	if req.DryRun {
		return infer.CreateResponse[DropletState]{Output: planned(req.Inputs)}, nil
	}
	droplet, _, err := api(ctx).Droplets.Create(ctx, createRequest(req.Inputs))
	if err != nil {
		return infer.CreateResponse[DropletState]{}, err
	}
	id := droplet.ID
	err = until(ctx, "droplet "+droplet.Name+" does not become active", func(ctx context.Context) (bool, error) {
		now, _, err := api(ctx).Droplets.Get(ctx, id)
		if err == nil {
			droplet = now
		}
		return droplet.Status == "active", err
	})
	if err != nil {
		err = infer.ResourceInitFailedError{Reasons: []string{err.Error()}}
	}
	return infer.CreateResponse[DropletState]{ID: strconv.Itoa(id), Output: dropletState(req.Inputs, droplet)}, err
}

// Read looks it up.
func (r *Droplet) Read(ctx context.Context, req infer.ReadRequest[DropletInputs, DropletState]) (infer.ReadResponse[DropletInputs, DropletState], error) {
	id, err := number(req.ID)
	if err != nil {
		return infer.ReadResponse[DropletInputs, DropletState]{}, err
	}
	droplet, _, err := api(ctx).Droplets.Get(ctx, id)
	if err != nil {
		return infer.ReadResponse[DropletInputs, DropletState]{}, unlessGone(err)
	}
	in := req.Inputs
	in.Name, in.Size = &droplet.Name, droplet.SizeSlug
	if in.Tags != nil {
		in.Tags = &droplet.Tags
	}
	state := dropletState(in, droplet)
	// The API does not give user data back.
	state.UserData = req.State.UserData
	return infer.ReadResponse[DropletInputs, DropletState]{ID: req.ID, Inputs: in, State: state}, nil
}

// Delete removes it, and waits until it is gone.
func (r *Droplet) Delete(ctx context.Context, req infer.DeleteRequest[DropletState]) (infer.DeleteResponse, error) {
	id, err := number(req.ID)
	if err != nil {
		return infer.DeleteResponse{}, err
	}
	if value(req.State.GracefulShutdown) {
		action, _, err := api(ctx).DropletActions.Shutdown(ctx, id)
		if err := finish(ctx, action, err); unlessGone(err) != nil {
			return infer.DeleteResponse{}, err
		}
	}
	if _, err := api(ctx).Droplets.Delete(ctx, id); err != nil {
		return infer.DeleteResponse{}, unlessGone(err)
	}
	return infer.DeleteResponse{}, until(ctx, "removing the droplet", func(ctx context.Context) (bool, error) {
		_, _, err := api(ctx).Droplets.Get(ctx, id)
		return isGone(err), unlessGone(err)
	})
}

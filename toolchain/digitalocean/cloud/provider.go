// Package cloud is the provider: each resource over DigitalOcean's client.
package cloud

import (
	"context"
	"encoding/json"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
)

// PackageName is the first part of the tokens: digitalocean:index/droplet:Droplet.
const PackageName = "digitalocean"

// NewProvider returns the provider.
func NewProvider() (p.Provider, error) {
	provider, err := infer.NewProviderBuilder().
		WithDisplayName("DigitalOcean").
		WithDescription("The resources of DigitalOcean that Longshore uses.").
		WithLicense("Apache-2.0").
		WithConfig(infer.Config(&Config{})).
		WithResources(
			infer.Resource(&Droplet{}),
			infer.Resource(&Firewall{}),
			infer.Resource(&LoadBalancer{}),
			infer.Resource(&ReservedIP{}),
			infer.Resource(&ReservedIPAssignment{}),
			infer.Resource(&SSHKey{}),
			infer.Resource(&Tag{}),
			infer.Resource(&Volume{}),
			infer.Resource(&VolumeAttachment{}),
			infer.Resource(&Vpc{}),
		).
		Build()
	if err != nil {
		return provider, err
	}
	schema := provider.GetSchema
	provider.GetSchema = func(ctx context.Context, req p.GetSchemaRequest) (p.GetSchemaResponse, error) {
		response, err := schema(ctx, req)
		if err == nil {
			response.Schema, err = withModuleFormat(response.Schema)
		}
		return response, err
	}
	provider.Check = strict(provider.Check)
	diff := provider.Diff
	provider.Diff = func(ctx context.Context, req p.DiffRequest) (p.DiffResponse, error) {
		// The engine has put the old inputs in the ignored ones' place. The inferred diff would put outputs there,
		// and of user data that is a digest.
		req.IgnoreChanges = nil
		response, err := diff(ctx, req)
		return wholeReplaces(req.Urn.Type(), response), err
	}
	return provider, nil
}

// withModuleFormat says that `index/droplet` is the module `index`, as in all tokens of a bridged provider.
func withModuleFormat(schema string) (string, error) {
	var spec map[string]any
	if err := json.Unmarshal([]byte(schema), &spec); err != nil {
		return "", err
	}
	spec["meta"] = map[string]any{"moduleFormat": "(.*)(?:/[^/]*)"}
	text, err := json.Marshal(spec)
	return string(text), err
}

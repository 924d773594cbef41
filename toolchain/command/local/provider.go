// Package local is the `command:local` module: commands run on the machine that runs Pulumi.
package local

import (
	"context"
	"strings"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
)

// PackageName is the first part of the tokens: command:local:Command.
const PackageName = "command"

// NewProvider returns the provider.
func NewProvider() (p.Provider, error) {
	provider, err := infer.NewProviderBuilder().
		WithDisplayName("Command").
		WithDescription("Runs local commands as part of the resource model: local.Command alone.").
		WithLicense("Apache-2.0").
		WithResources(infer.Resource(&Command{})).
		Build()
	if err != nil {
		return provider, err
	}
	return withTriggers(provider), nil
}

// withTriggers makes a change of any element of `triggers` replace the resource: the inferred diff
// sees that only of the property as a whole, and leaves elements to the SDK's replaceOnChanges.
func withTriggers(provider p.Provider) p.Provider {
	diff := provider.Diff
	replace := map[p.DiffKind]p.DiffKind{p.Add: p.AddReplace, p.Delete: p.DeleteReplace, p.Update: p.UpdateReplace}
	provider.Diff = func(ctx context.Context, req p.DiffRequest) (p.DiffResponse, error) {
		response, err := diff(ctx, req)
		for path, change := range response.DetailedDiff {
			if kind, ok := replace[change.Kind]; ok && strings.HasPrefix(path, "triggers") {
				change.Kind = kind
				response.DetailedDiff[path] = change
			}
		}
		return response, err
	}
	return provider
}

package cloud

import (
	"context"
	"slices"

	"github.com/digitalocean/godo"
)

// retag gives a resource the tags that it is to have; those that are new are made.
func retag(ctx context.Context, id string, kind godo.ResourceType, before, after []string) error {
	resources := []godo.Resource{{ID: id, Type: kind}}
	for _, tag := range before {
		if !slices.Contains(after, tag) {
			_, err := api(ctx).Tags.UntagResources(ctx, tag, &godo.UntagResourcesRequest{Resources: resources})
			if unlessGone(err) != nil {
				return err
			}
		}
	}
	for _, tag := range after {
		if !slices.Contains(before, tag) {
			if _, _, err := api(ctx).Tags.Create(ctx, &godo.TagCreateRequest{Name: tag}); err != nil {
				return err
			}
			if _, err := api(ctx).Tags.TagResources(ctx, tag, &godo.TagResourcesRequest{Resources: resources}); err != nil {
				return err
			}
		}
	}
	return nil
}

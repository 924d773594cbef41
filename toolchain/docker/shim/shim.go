// Package shim gives out the Terraform provider, which sits in an internal package of its module.
// This module's path is under the same prefix as that module's, so Go lets it import the package.
package shim

import (
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/terraform-providers/terraform-provider-docker/internal/provider"
)

// New returns the Docker provider of Terraform, as upstream serves it.
func New(version string) *schema.Provider {
	return provider.New(version)()
}

// Package bridge describes the docker provider: how Terraform names become those of @pulumi/docker.
package bridge

import (
	"unicode"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge/tokens"
	shimv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	ptokens "github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/terraform-providers/terraform-provider-docker/shim"
)

// Version is the version of @pulumi/docker that this provider answers to; the linker may set it.
var Version = "5.2.0"

const (
	PackageName = "docker"
	module      = "index"
)

// resourceToken is the token of a resource, e.g. docker:index/remoteImage:RemoteImage.
func resourceToken(name string) ptokens.Type {
	file := string(unicode.ToLower(rune(name[0]))) + name[1:]
	return ptokens.Type(PackageName + ":" + module + "/" + file + ":" + name)
}

// Provider maps the Terraform provider's resources to those of @pulumi/docker. Only the Terraform
// names that differ from the rule (docker_network -> docker:index/network:Network) are listed.
func Provider() tfbridge.ProviderInfo {
	info := tfbridge.ProviderInfo{
		P:           shimv2.NewProvider(shim.New(Version)),
		Name:        PackageName,
		Version:     Version,
		Description: "Docker resources, bridged from the Terraform provider.",
		License:     "MPL-2.0",
		GitHubOrg:   "kreuzwerker",
		Config: map[string]*tfbridge.SchemaInfo{
			"host": {
				Default: &tfbridge.DefaultInfo{
					Value:   "unix:///var/run/docker.sock",
					EnvVars: []string{"DOCKER_HOST"},
				},
			},
			"registry_auth": {Name: "registryAuth", MaxItemsOne: tfbridge.False()},
		},
		Resources: map[string]*tfbridge.ResourceInfo{
			"docker_config": {Tok: resourceToken("ServiceConfig")},
			"docker_container": {
				Tok:                 resourceToken("Container"),
				DeleteBeforeReplace: true,
				Fields: map[string]*tfbridge.SchemaInfo{
					// Lists that @pulumi/docker does not write as plurals.
					"command":           {Name: "command"},
					"networks_advanced": {Name: "networksAdvanced"},
				},
			},
			"docker_image": {
				Tok: resourceToken("RemoteImage"),
				// Not autonamed: it is the reference that is pulled.
				Fields: map[string]*tfbridge.SchemaInfo{"name": {Name: "name"}},
			},
		},
		DataSources: map[string]*tfbridge.DataSourceInfo{
			"docker_image": {Tok: ptokens.ModuleMember("docker:index/getRemoteImage:getRemoteImage")},
		},
	}
	info.MustComputeTokens(tokens.SingleModule("docker_", module, tokens.MakeStandard(PackageName)))
	info.SetAutonaming(255, "-")
	return info
}

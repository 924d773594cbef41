// Pulumi's `docker` provider plugin for @pulumi/docker 5.2.0: the Terraform provider it is made
// from, bridged by Pulumi's own bridge. `docker.Image`, native code of the official plugin, is not
// in it.
package main

import (
	_ "embed"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"

	"longshore.dev/toolchain/docker/bridge"
)

// Made by `go generate` and committed: making it at every start, or in every build, would cost time.
//
//go:generate sh -c "go run ./schema > schema.json.new && mv schema.json.new schema.json"
//go:embed schema.json
var schema []byte

func main() {
	tfbridge.Main(bridge.PackageName, bridge.Version, bridge.Provider(), schema)
}

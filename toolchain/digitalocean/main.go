// A provider plugin with the tokens, inputs and replace rules of @pulumi/digitalocean 4.80.1, for the resources that Longshore uses.
package main

import (
	"context"
	"fmt"
	"os"

	p "github.com/pulumi/pulumi-go-provider"

	"longshore.dev/toolchain/digitalocean/cloud"
)

// version is the version of @pulumi/digitalocean that this provider answers to; the linker may set it.
var version = "4.80.1"

func main() {
	if len(os.Args) == 2 && (os.Args[1] == "-version" || os.Args[1] == "--version") {
		fmt.Println(version)
		return
	}
	provider, err := cloud.NewProvider()
	if err == nil {
		err = p.RunProvider(context.Background(), cloud.PackageName, version, provider)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// Pulumi's `command` provider plugin, `local.Command` of @pulumi/command 1.2.1 alone.
package main

import (
	"context"
	"fmt"
	"os"

	p "github.com/pulumi/pulumi-go-provider"

	"longshore.dev/toolchain/command/local"
)

// version is the version of @pulumi/command that this provider answers to; the linker may set it.
var version = "1.2.1"

func main() {
	if len(os.Args) == 2 && (os.Args[1] == "-version" || os.Args[1] == "--version") {
		fmt.Println(version)
		return
	}
	provider, err := local.NewProvider()
	if err == nil {
		err = p.RunProvider(context.Background(), local.PackageName, version, provider)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

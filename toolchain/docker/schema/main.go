// Writes the docker provider's package schema to standard output, to be embedded in the plugin.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfgen"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"

	"longshore.dev/toolchain/docker/bridge"
)

func main() {
	schema, err := generate()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if _, err := os.Stdout.Write(schema); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func generate() ([]byte, error) {
	// The provider's documentation pages are not at hand: the generator's word on that is no news.
	sink := diag.DefaultSink(io.Discard, io.Discard, diag.FormatOptions{Color: colors.Never})
	schema, err := tfgen.GenerateSchema(bridge.Provider(), sink)
	if err != nil {
		return nil, err
	}
	text, err := json.MarshalIndent(withoutDescriptions(schema), "", " ")
	return append(text, '\n'), err
}

// withoutDescriptions drops what only documentation reads, two thirds of the whole.
func withoutDescriptions(schema any) any {
	data, err := json.Marshal(schema)
	if err != nil {
		panic(err) // the generator's own types always marshal
	}
	var value any
	if err := json.Unmarshal(data, &value); err != nil {
		panic(err)
	}
	return strip(value)
}

func strip(value any) any {
	switch value := value.(type) {
	case map[string]any:
		for key, inner := range value {
			_, isText := inner.(string)
			if isText && (key == "description" || key == "deprecationMessage") {
				delete(value, key)
			} else {
				value[key] = strip(inner)
			}
		}
	case []any:
		for i := range value {
			value[i] = strip(value[i])
		}
	}
	return value
}

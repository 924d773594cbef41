package local

import (
	"context"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

type secretsKey struct{}

// A shorter secret would blacken ordinary words, and hides nothing from who can count.
const shortestSecret = 4

// contextWithSecrets notes the secret strings of the given properties.
func contextWithSecrets(ctx context.Context, all ...property.Map) context.Context {
	var found []string
	for _, properties := range all {
		found = append(found, secretStrings(property.New(properties), false)...)
	}
	// The longest first: a secret that contains another is replaced whole.
	slices.SortFunc(found, func(a, b string) int { return len(b) - len(a) })
	return context.WithValue(ctx, secretsKey{}, slices.Compact(found))
}

func secretStrings(value property.Value, secret bool) []string {
	secret = secret || value.Secret()
	var found []string
	switch {
	case value.IsString():
		if secret && len(value.AsString()) >= shortestSecret {
			found = append(found, value.AsString())
			// A secret of several lines is logged line by line.
			for line := range strings.Lines(value.AsString()) {
				if line = strings.TrimSpace(line); len(line) >= shortestSecret {
					found = append(found, line)
				}
			}
		}
	case value.IsArray():
		for _, element := range value.AsArray().All {
			found = append(found, secretStrings(element, secret)...)
		}
	case value.IsMap():
		for _, element := range value.AsMap().All {
			found = append(found, secretStrings(element, secret)...)
		}
	}
	return found
}

// masker returns a function that replaces the operation's secrets in a text.
func masker(ctx context.Context) func(string) string {
	secrets, _ := ctx.Value(secretsKey{}).([]string)
	var pairs []string
	for _, secret := range secrets {
		pairs = append(pairs, secret, "[secret]")
	}
	return strings.NewReplacer(pairs...).Replace
}

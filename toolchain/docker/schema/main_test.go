package main

import (
	"bytes"
	"os"
	"testing"
)

// The plugin embeds the committed file, and Go's tools cannot run a generator in a build.
func TestTheCommittedSchemaIsThatOfThePinnedProvider(t *testing.T) {
	committed, err := os.ReadFile("../schema.json")
	if err != nil {
		t.Fatal(err)
	}
	generated, err := generate()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(committed, generated) {
		t.Fatal("schema.json is not what the provider gives: run `go generate` in toolchain/docker")
	}
}

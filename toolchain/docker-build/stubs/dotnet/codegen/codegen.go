// Package codegen stands in for Pulumi's generator of .NET SDKs, which is not published as a Go
// module that every module proxy serves. The docker-build provider only fills in this struct, for
// SDK generators that are not run here.
package codegen

// CSharpPackageInfo has the fields that the docker-build provider sets.
type CSharpPackageInfo struct {
	RespectSchemaVersion bool              `json:"respectSchemaVersion,omitempty"`
	PackageReferences    map[string]string `json:"packageReferences,omitempty"`
}

// Package java stands in for Pulumi's generator of Java SDKs, which is not published as a Go module
// that every module proxy serves. The docker-build provider only fills in this struct, for SDK
// generators that are not run here.
package java

// PackageInfo has the fields that the docker-build provider sets.
type PackageInfo struct {
	BuildFiles                      string            `json:"buildFiles,omitempty"`
	GradleNexusPublishPluginVersion string            `json:"gradleNexusPublishPluginVersion,omitempty"`
	Dependencies                    map[string]string `json:"dependencies,omitempty"`
}

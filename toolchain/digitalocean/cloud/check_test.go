package cloud_test

import (
	"testing"

	"github.com/blang/semver"
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/integration"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"longshore.dev/toolchain/digitalocean/cloud"
)

type values = map[string]property.Value

func text(s string) property.Value { return property.New(s) }

func list(elements ...property.Value) property.Value {
	return property.New(property.NewArray(elements))
}

func object(fields values) property.Value { return property.New(property.NewMap(fields)) }

func urn(typ string) resource.URN {
	return resource.URN("urn:pulumi:test::web::digitalocean:index/" + typ + "::web-1")
}

const (
	droplet  = "droplet:Droplet"
	firewall = "firewall:Firewall"
	volume   = "volume:Volume"
)

func server(t *testing.T, config values) integration.Server {
	t.Helper()
	provider, err := cloud.NewProvider()
	require.NoError(t, err)
	s, err := integration.NewServer(t.Context(), cloud.PackageName, semver.MustParse("4.80.1"), integration.WithProvider(provider))
	require.NoError(t, err)
	if config != nil {
		require.NoError(t, s.Configure(p.ConfigureRequest{Args: property.NewMap(config)}))
	}
	return s
}

func check(t *testing.T, typ string, state, inputs values) p.CheckResponse {
	t.Helper()
	response, err := server(t, nil).Check(p.CheckRequest{
		Urn: urn(typ), State: property.NewMap(state), Inputs: property.NewMap(inputs), RandomSeed: []byte("seed-of-the-engine-of-32-bytes--"),
	})
	require.NoError(t, err)
	return response
}

func machine(more values) values {
	inputs := values{"name": text("web-1"), "image": text("debian-12-x64"), "size": text("s-1vcpu-1gb"), "region": text("fra1")}
	for name, value := range more {
		inputs[name] = value
	}
	return inputs
}

func TestUnknownInputsAreRefused(t *testing.T) {
	response := check(t, droplet, nil, machine(values{"userdata": text("#cloud-config")}))
	require.Len(t, response.Failures, 1)
	assert.Equal(t, "userdata", response.Failures[0].Property)
	assert.Contains(t, response.Failures[0].Reason, `unknown input "userdata": this build of the digitalocean provider takes dropletAgent, gracefulShutdown, image,`)
}

func TestUnknownInputsOfARuleAreRefused(t *testing.T) {
	response := check(t, firewall, nil, values{"name": text("web"), "inboundRules": list(
		object(values{"protocol": text("tcp"), "portRange": text("22")}),
		object(values{"protocol": text("tcp"), "ports": text("80")}),
	)})
	require.Len(t, response.Failures, 1)
	assert.Equal(t, "inboundRules[1]", response.Failures[0].Property)
	assert.Contains(t, response.Failures[0].Reason, "Unrecognized field 'ports'")
}

func TestWhatHasNoNameGetsOneAndKeepsIt(t *testing.T) {
	response := check(t, volume, nil, values{"region": text("fra1"), "size": property.New(10.0)})
	require.Empty(t, response.Failures)
	assert.Regexp(t, "^web-1-[0-9a-f]{7}$", response.Inputs.Get("name").AsString())
	again := check(t, volume, values{"name": text("web-1-0123456")}, values{"region": text("fra1"), "size": property.New(20.0)})
	assert.Equal(t, text("web-1-0123456"), again.Inputs.Get("name"))
}

// The official provider's rules, of what may change without another resource.
func TestWhatReplaces(t *testing.T) {
	for _, test := range []struct {
		typ      string
		name     string
		value    property.Value
		replaces bool
	}{
		{droplet, "image", text("debian-13-x64"), true},
		{droplet, "region", text("ams3"), true},
		{droplet, "userData", text("#cloud-config"), true},
		{droplet, "sshKeys", list(text("1"), text("2")), true},
		{droplet, "vpcUuid", text("other"), true},
		{droplet, "monitoring", property.New(true), true},
		{droplet, "name", text("web-2"), false},
		{droplet, "size", text("s-2vcpu-2gb"), false},
		{droplet, "tags", list(text("web")), false},
		{volume, "size", property.New(20.0), false},
		{volume, "name", text("other"), true},
		{volume, "initialFilesystemType", text("xfs"), true},
		{"vpc:Vpc", "ipRange", text("10.1.0.0/16"), true},
		{"vpc:Vpc", "name", text("other"), false},
		{"sshKey:SshKey", "publicKey", text("ssh-ed25519 BBBB"), true},
		{"sshKey:SshKey", "name", text("other"), false},
		{"tag:Tag", "name", text("other"), true},
		{firewall, "tags", list(text("web")), false},
		{"reservedIp:ReservedIp", "dropletId", property.New(7.0), false},
		{"reservedIp:ReservedIp", "region", text("ams3"), true},
		{"reservedIpAssignment:ReservedIpAssignment", "dropletId", property.New(7.0), true},
		{"volumeAttachment:VolumeAttachment", "dropletId", property.New(7.0), true},
	} {
		t.Run(test.typ+" "+test.name, func(t *testing.T) {
			before := property.NewMap(values{"name": text("web-1"), "sshKeys": list(text("1"))})
			response, err := server(t, nil).Diff(p.DiffRequest{
				ID: "1", Urn: urn(test.typ), State: before, OldInputs: before, Inputs: before.Set(test.name, test.value),
			})
			require.NoError(t, err)
			require.True(t, response.HasChanges)
			replaces := false
			for _, change := range response.DetailedDiff {
				replaces = replaces || change.Kind == p.AddReplace || change.Kind == p.UpdateReplace || change.Kind == p.DeleteReplace
			}
			assert.Equal(t, test.replaces, replaces, response.DetailedDiff)
		})
	}
}

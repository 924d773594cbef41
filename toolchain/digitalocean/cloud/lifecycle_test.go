package cloud_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"longshore.dev/toolchain/digitalocean/cloud"
)

type answer struct {
	status int
	body   string
}

// script answers each request with the next of its answers, and the last one again and again.
type script struct {
	answers  map[string][]answer
	requests []string
	bodies   map[string]map[string]any
	tokens   []string
}

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	key := r.Method + " " + strings.TrimPrefix(r.URL.Path, "/v2/")
	s.requests = append(s.requests, key)
	s.tokens = append(s.tokens, r.Header.Get("Authorization"))
	if body, _ := io.ReadAll(r.Body); len(body) > 0 {
		var parsed map[string]any
		_ = json.Unmarshal(body, &parsed)
		s.bodies[key] = parsed
	}
	w.Header().Set("Content-Type", "application/json")
	answers := s.answers[key]
	if len(answers) == 0 {
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, `{"id":"not_found","message":"The resource you were accessing could not be found."}`)
		return
	}
	if len(answers) > 1 {
		s.answers[key] = answers[1:]
	}
	w.WriteHeader(answers[0].status)
	_, _ = io.WriteString(w, answers[0].body)
}

func scripted(t *testing.T, answers map[string][]answer) (*script, values) {
	t.Helper()
	s := &script{answers: answers, bodies: map[string]map[string]any{}}
	web := httptest.NewServer(s)
	t.Cleanup(web.Close)
	poll, patience, vpc := cloud.Poll, cloud.Patience, cloud.VpcPatience
	cloud.Poll, cloud.Patience, cloud.VpcPatience = time.Millisecond, time.Second, time.Second
	t.Cleanup(func() { cloud.Poll, cloud.Patience, cloud.VpcPatience = poll, patience, vpc })
	return s, values{
		"apiEndpoint": text(web.URL), "token": property.New("dop_v1_test").WithSecret(true),
		"httpRetryWaitMin": property.New(0.001), "httpRetryWaitMax": property.New(0.002),
	}
}

func boots(status, address string) string {
	networks := ""
	if address != "" {
		networks = `{"type":"public","ip_address":"` + address + `"},{"type":"private","ip_address":"10.0.0.2"}`
	}
	return `{"droplet":{"id":7,"name":"web-1","status":"` + status + `","size_slug":"s-1vcpu-1gb","vpc_uuid":"v","tags":["web"],
		"region":{"slug":"fra1"},"networks":{"v4":[` + networks + `]},"volume_ids":[]}}`
}

func TestADropletIsThereWhenItIsActive(t *testing.T) {
	s, config := scripted(t, map[string][]answer{
		"POST droplets":  {{202, boots("new", "")}},
		"GET droplets/7": {{200, boots("new", "")}, {503, `{"id":"x","message":"down"}`}, {429, `{"id":"too_many_requests","message":"API rate limit exceeded."}`}, {200, boots("active", "203.0.113.7")}},
	})
	data := "#cloud-config"
	response, err := server(t, config).Create(p.CreateRequest{Urn: urn(droplet), Properties: property.NewMap(machine(values{
		"userData": text(data), "sshKeys": list(text("12"), text("aa:bb")), "tags": list(text("web")), "vpcUuid": text("v"),
	}))})
	require.NoError(t, err)
	assert.Equal(t, "7", response.ID)
	assert.Equal(t, text("203.0.113.7"), response.Properties.Get("ipv4Address"))
	assert.Equal(t, text("10.0.0.2"), response.Properties.Get("ipv4AddressPrivate"))
	assert.Equal(t, text("f6c3e6cf066eeeef3eb2dad41a725bffff4ba5a5"), response.Properties.Get("userData"))
	assert.Equal(t, map[string]any{
		"name": "web-1", "region": "fra1", "size": "s-1vcpu-1gb", "image": "debian-12-x64", "ssh_keys": []any{12.0, "aa:bb"},
		"backups": false, "ipv6": false, "private_networking": false, "monitoring": false, "user_data": data,
		"tags": []any{"web"}, "vpc_uuid": "v",
	}, s.bodies["POST droplets"])
	for _, token := range s.tokens {
		assert.Equal(t, "Bearer dop_v1_test", token)
	}
}

func TestADropletThatNeverBootsIsKeptToBeRemoved(t *testing.T) {
	_, config := scripted(t, map[string][]answer{
		"POST droplets": {{202, boots("new", "")}}, "GET droplets/7": {{200, boots("new", "")}},
	})
	cloud.Patience = 20 * time.Millisecond
	response, err := server(t, config).Create(p.CreateRequest{Urn: urn(droplet), Properties: property.NewMap(machine(nil))})
	require.ErrorContains(t, err, "resource failed to initialize")
	assert.Equal(t, "7", response.ID)
	require.NotNil(t, response.PartialState)
	assert.Equal(t, []string{"droplet web-1 does not become active: not done after 20ms"}, response.PartialState.Reasons)
}

func TestARefusalIsToldAsTheAPIPutsIt(t *testing.T) {
	_, config := scripted(t, map[string][]answer{
		"POST account/keys": {{422, `{"id":"unprocessable_entity","message":"SSH Key is already in use on your account"}`}},
	})
	_, err := server(t, config).Create(p.CreateRequest{Urn: urn("sshKey:SshKey"), Properties: property.NewMap(values{
		"name": text("deploy"), "publicKey": text("ssh-ed25519 AAAA"),
	})})
	require.ErrorContains(t, err, "422 SSH Key is already in use on your account")
	assert.NotContains(t, err.Error(), "dop_v1_test")
}

func TestAVpcIsRemovedWhenItsMembersAreGone(t *testing.T) {
	refused := answer{409, `{"id":"conflict","message":"Can not delete VPC with members"}`}
	s, config := scripted(t, map[string][]answer{"DELETE vpcs/v": {refused, refused, {204, ""}}})
	state := property.NewMap(values{
		"name": text("web"), "region": text("fra1"), "ipRange": text("10.0.0.0/24"), "vpcUrn": text("do:vpc:v"),
		"createdAt": text(""), "default": property.New(false),
	})
	require.NoError(t, server(t, config).Delete(p.DeleteRequest{ID: "v", Urn: urn("vpc:Vpc"), Properties: state}))
	assert.Len(t, s.requests, 3)
}

func TestWhatIsGoneIsNoFailureToRemoveAndIsSeenByRefresh(t *testing.T) {
	_, config := scripted(t, nil)
	state := property.NewMap(values{"name": text("web")})
	for _, count := range []string{"databasesCount", "dropletsCount", "imagesCount", "totalResourceCount", "volumeSnapshotsCount", "volumesCount"} {
		state = state.Set(count, property.New(0.0))
	}
	require.NoError(t, server(t, config).Delete(p.DeleteRequest{ID: "web", Urn: urn("tag:Tag"), Properties: state}))
	response, err := server(t, config).Read(p.ReadRequest{ID: "web", Urn: urn("tag:Tag"), Properties: state})
	require.NoError(t, err)
	assert.Empty(t, response.ID)
}

func TestAPreviewAsksTheAPINothing(t *testing.T) {
	s, config := scripted(t, nil)
	response, err := server(t, config).Create(p.CreateRequest{Urn: urn(droplet), DryRun: true, Properties: property.NewMap(machine(nil))})
	require.NoError(t, err)
	assert.Equal(t, property.New(property.Computed), response.Properties.Get("ipv4Address"))
	assert.Equal(t, text("web-1"), response.Properties.Get("name"))
	assert.Empty(t, s.requests)
}

func balancing(status, ip string) string {
	return `{"load_balancer":{"id":"lb","name":"web","status":"` + status + `","ip":"` + ip + `","size_unit":1,"vpc_uuid":"v",
		"project_id":"p","http_idle_timeout_seconds":60}}`
}

func TestALoadBalancerIsThereWhenItIsActive(t *testing.T) {
	s, config := scripted(t, map[string][]answer{
		"POST load_balancers":      {{202, balancing("new", "")}},
		"GET load_balancers/lb":    {{200, balancing("new", "")}, {200, balancing("active", "203.0.113.80")}, {404, `{"id":"not_found","message":"gone"}`}},
		"DELETE load_balancers/lb": {{204, ""}},
	})
	web := server(t, config)
	inputs := property.NewMap(values{
		"name": text("web"), "region": text("fra1"), "vpcUuid": text("v"), "dropletTag": text("web"), "sizeUnit": property.New(1.0),
		"forwardingRules": list(object(values{
			"entryPort": property.New(80.0), "entryProtocol": text("http"), "targetPort": property.New(8080.0), "targetProtocol": text("http"),
		})),
		"healthcheck": object(values{"protocol": text("http"), "port": property.New(8080.0), "path": text("/up")}),
	})
	made, err := web.Create(p.CreateRequest{Urn: urn("loadBalancer:LoadBalancer"), Properties: inputs})
	require.NoError(t, err)
	assert.Equal(t, text("203.0.113.80"), made.Properties.Get("ip"))
	assert.Equal(t, map[string]any{
		"protocol": "http", "port": 8080.0, "path": "/up", "check_interval_seconds": 10.0, "response_timeout_seconds": 5.0,
		"healthy_threshold": 5.0, "unhealthy_threshold": 3.0,
	}, s.bodies["POST load_balancers"]["health_check"])
	assert.Equal(t, "web", s.bodies["POST load_balancers"]["tag"])
	require.NoError(t, web.Delete(p.DeleteRequest{ID: made.ID, Urn: urn("loadBalancer:LoadBalancer"), Properties: made.Properties}))
}

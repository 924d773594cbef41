package cloud

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

var inputTypes = map[tokens.Type]reflect.Type{
	token("droplet", "Droplet"):                           reflect.TypeFor[DropletInputs](),
	token("firewall", "Firewall"):                         reflect.TypeFor[FirewallInputs](),
	token("loadBalancer", "LoadBalancer"):                 reflect.TypeFor[LoadBalancerInputs](),
	token("reservedIp", "ReservedIp"):                     reflect.TypeFor[ReservedIPInputs](),
	token("reservedIpAssignment", "ReservedIpAssignment"): reflect.TypeFor[ReservedIPAssignmentInputs](),
	token("sshKey", "SshKey"):                             reflect.TypeFor[SSHKeyInputs](),
	token("tag", "Tag"):                                   reflect.TypeFor[TagInputs](),
	token("volume", "Volume"):                             reflect.TypeFor[VolumeInputs](),
	token("volumeAttachment", "VolumeAttachment"):         reflect.TypeFor[VolumeAttachmentInputs](),
	token("vpc", "Vpc"):                                   reflect.TypeFor[VpcInputs](),
}

func token(module, name string) tokens.Type {
	return tokens.Type(PackageName + ":index/" + module + ":" + name)
}

type checker = func(context.Context, p.CheckRequest) (p.CheckResponse, error)

// strict refuses inputs that this provider does not know, so that none is silently left out, and gives a name to what
// has none: the resource's and seven digits, as the official provider does.
func strict(check checker) checker {
	return func(ctx context.Context, req p.CheckRequest) (p.CheckResponse, error) {
		inputs, failures := req.Inputs, []p.CheckFailure{}
		if typ, ok := inputTypes[req.Urn.Type()]; ok {
			failures = unknown(typ, inputs)
			for _, failure := range failures {
				inputs = inputs.Delete(failure.Property)
			}
			if _, takes := fieldsOf(typ)["name"]; takes {
				named, err := withName(req, inputs)
				if err != nil {
					return p.CheckResponse{}, err
				}
				inputs = named
			}
		}
		req.Inputs = inputs
		response, err := check(ctx, req)
		response.Failures = append(failures, response.Failures...)
		return response, err
	}
}

func withName(req p.CheckRequest, inputs property.Map) (property.Map, error) {
	if _, ok := inputs.GetOk("name"); ok {
		return inputs, nil
	}
	if old, ok := req.State.GetOk("name"); ok {
		return inputs.Set("name", old), nil
	}
	name, err := resource.NewUniqueName(req.RandomSeed, req.Urn.Name()+"-", 7, 255, nil)
	return inputs.Set("name", property.New(name)), err
}

// unknown looks at the resource's own inputs; what is wrong deeper down, the decoding of them says.
func unknown(typ reflect.Type, inputs property.Map) []p.CheckFailure {
	fields := fieldsOf(typ)
	var failures []p.CheckFailure
	for name, given := range inputs.All {
		if _, ok := fields[name]; !ok && !given.IsNull() && !strings.HasPrefix(name, "__") {
			failures = append(failures, p.CheckFailure{Property: name, Reason: fmt.Sprintf(
				"unknown input %q: this build of the digitalocean provider takes %s here. The official plugin takes all: "+
					"pulumi plugin install resource digitalocean 4.80.1",
				name, strings.Join(slices.Sorted(maps.Keys(fields)), ", "))})
		}
	}
	slices.SortFunc(failures, func(a, b p.CheckFailure) int { return strings.Compare(a.Property, b.Property) })
	return failures
}

func fieldsOf(typ reflect.Type) map[string]struct{} {
	fields := map[string]struct{}{}
	for field := range fieldsIn(typ) {
		name, _, _ := strings.Cut(field.Tag.Get("pulumi"), ",")
		fields[name] = struct{}{}
	}
	return fields
}

func fieldsIn(typ reflect.Type) func(func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		for i := range typ.NumField() {
			if !yield(typ.Field(i)) {
				return
			}
		}
	}
}

// wholeReplaces makes a change of any element of a list replace the resource where the list as a whole would.
func wholeReplaces(typ tokens.Type, response p.DiffResponse) p.DiffResponse {
	inputs, ok := inputTypes[typ]
	if !ok {
		return response
	}
	replace := map[p.DiffKind]p.DiffKind{p.Add: p.AddReplace, p.Delete: p.DeleteReplace, p.Update: p.UpdateReplace}
	for field := range fieldsIn(inputs) {
		if field.Tag.Get("provider") != "replaceOnChanges" {
			continue
		}
		name, _, _ := strings.Cut(field.Tag.Get("pulumi"), ",")
		for path, change := range response.DetailedDiff {
			if kind, ok := replace[change.Kind]; ok && (path == name || strings.HasPrefix(path, name+"[")) {
				change.Kind = kind
				response.DetailedDiff[path] = change
			}
		}
	}
	return response
}

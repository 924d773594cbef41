package local

import (
	"context"
	"fmt"
	"slices"
	"strings"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Command is the resource command:local:Command.
type Command struct{}

var (
	_ infer.CustomCheck[Inputs]           = (*Command)(nil)
	_ infer.CustomResource[Inputs, State] = (*Command)(nil)
	_ infer.CustomUpdate[Inputs, State]   = (*Command)(nil)
	_ infer.CustomDelete[State]           = (*Command)(nil)
)

// Annotate describes the resource in the schema.
func (c *Command) Annotate(a infer.Annotator) {
	a.Describe(&c, "A command run on the machine that runs Pulumi. It fails with a non-zero exit code.")
}

// Logging says which of the command's output is shown while it runs.
type Logging string

const (
	logStdout Logging = "stdout"
	logStderr Logging = "stderr"
	logBoth   Logging = "stdoutAndStderr"
	logNone   Logging = "none"
)

// Values lists the allowed values in the schema.
func (Logging) Values() []infer.EnumValue[Logging] {
	return []infer.EnumValue[Logging]{
		{Name: "stdout", Value: logStdout, Description: "Capture stdout in logs but not stderr"},
		{Name: "stderr", Value: logStderr, Description: "Capture stderr in logs but not stdout"},
		{Name: "stdoutAndStderr", Value: logBoth, Description: "Capture stdout and stderr in logs"},
		{Name: "none", Value: logNone, Description: "Capture no logs"},
	}
}

// Inputs are the arguments of @pulumi/command 1.2.1, less assetPaths and archivePaths.
type Inputs struct {
	Triggers               *[]any             `pulumi:"triggers,optional" provider:"replaceOnChanges"`
	Create                 *string            `pulumi:"create,optional"`
	Update                 *string            `pulumi:"update,optional"`
	Delete                 *string            `pulumi:"delete,optional"`
	Interpreter            *[]string          `pulumi:"interpreter,optional"`
	Dir                    *string            `pulumi:"dir,optional"`
	Environment            *map[string]string `pulumi:"environment,optional"`
	Stdin                  *string            `pulumi:"stdin,optional"`
	Logging                *Logging           `pulumi:"logging,optional"`
	AddPreviousOutputInEnv *bool              `pulumi:"addPreviousOutputInEnv,optional"`
}

// Annotate sets the defaults.
func (i *Inputs) Annotate(a infer.Annotator) {
	a.SetDefault(&i.AddPreviousOutputInEnv, true)
}

// State is what is kept of a command: its inputs and the output of its last run.
type State struct {
	Inputs
	Stdout string `pulumi:"stdout"`
	Stderr string `pulumi:"stderr"`
}

var inputNames = []string{
	"addPreviousOutputInEnv", "create", "delete", "dir", "environment", "interpreter", "logging",
	"stdin", "triggers", "update",
}

// Check refuses inputs that this provider does not know, so that none is silently left out.
func (c *Command) Check(ctx context.Context, req infer.CheckRequest) (infer.CheckResponse[Inputs], error) {
	var failures []p.CheckFailure
	known := req.NewInputs
	for name, value := range req.NewInputs.All {
		switch {
		case slices.Contains(inputNames, name) || strings.HasPrefix(name, "__") || value.IsNull():
		case name == "assetPaths" || name == "archivePaths":
			failures = append(failures, p.CheckFailure{Property: name, Reason: fmt.Sprintf(
				"this build of the command provider does not collect files: remove %q, "+
					"or install the official plugin (pulumi plugin install resource command 1.2.1)", name)})
		default:
			failures = append(failures, p.CheckFailure{Property: name, Reason: fmt.Sprintf(
				"unknown input %q: command.local.Command takes %s", name, strings.Join(inputNames, ", "))})
		}
	}
	for _, failure := range failures {
		known = known.Delete(failure.Property)
	}
	slices.SortFunc(failures, func(a, b p.CheckFailure) int { return strings.Compare(a.Property, b.Property) })
	inputs, more, err := infer.DefaultCheck[Inputs](ctx, known)
	if err == nil && inputs.Logging != nil && len(more) == 0 {
		if !slices.ContainsFunc(inputs.Logging.Values(), func(v infer.EnumValue[Logging]) bool {
			return v.Value == *inputs.Logging
		}) && *inputs.Logging != "" { // empty: not known yet
			more = append(more, p.CheckFailure{Property: "logging", Reason: fmt.Sprintf(
				"%q is not one of stdout, stderr, stdoutAndStderr, none", *inputs.Logging)})
		}
	}
	return infer.CheckResponse[Inputs]{Inputs: inputs, Failures: append(failures, more...)}, err
}

// Create runs `create`, if there is one.
func (c *Command) Create(ctx context.Context, req infer.CreateRequest[Inputs]) (infer.CreateResponse[State], error) {
	state := State{Inputs: req.Inputs}
	id, err := resource.NewUniqueHex(req.Name, 8, 0)
	if err == nil && !req.DryRun && req.Inputs.Create != nil {
		err = run(ctx, *req.Inputs.Create, &state)
	}
	return infer.CreateResponse[State]{ID: id, Output: state}, err
}

// Update runs `update`, or `create` again where there is no `update`.
func (c *Command) Update(ctx context.Context, req infer.UpdateRequest[Inputs, State]) (infer.UpdateResponse[State], error) {
	state := State{Inputs: req.Inputs, Stdout: req.State.Stdout, Stderr: req.State.Stderr}
	command := req.Inputs.Update
	if command == nil {
		command = req.Inputs.Create
	}
	var err error
	if !req.DryRun && command != nil {
		err = run(ctx, *command, &state)
	}
	return infer.UpdateResponse[State]{Output: state}, err
}

// Delete runs `delete`, if there is one.
func (c *Command) Delete(ctx context.Context, req infer.DeleteRequest[State]) (infer.DeleteResponse, error) {
	if req.State.Delete == nil {
		return infer.DeleteResponse{}, nil
	}
	return infer.DeleteResponse{}, run(ctx, *req.State.Delete, &req.State)
}

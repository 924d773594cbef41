package local_test

import (
	"maps"
	"testing"

	"github.com/blang/semver"
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/integration"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"longshore.dev/toolchain/command/local"
)

const urn = resource.URN("urn:pulumi:test::command::command:local:Command::greet")

type values = map[string]property.Value

var computed = property.New(property.Computed)

func text(s string) property.Value { return property.New(s) }

func list(elements ...property.Value) property.Value {
	return property.New(property.NewArray(elements))
}

func object(fields values) property.Value { return property.New(property.NewMap(fields)) }

func server(t *testing.T) integration.Server {
	t.Helper()
	provider, err := local.NewProvider()
	require.NoError(t, err)
	s, err := integration.NewServer(t.Context(), local.PackageName, semver.MustParse("1.2.1"),
		integration.WithProvider(provider))
	require.NoError(t, err)
	return s
}

func create(t *testing.T, inputs values) (p.CreateResponse, error) {
	t.Helper()
	return server(t).Create(p.CreateRequest{Urn: urn, Properties: property.NewMap(inputs)})
}

func created(t *testing.T, inputs values) property.Map {
	t.Helper()
	response, err := create(t, inputs)
	require.NoError(t, err)
	return response.Properties
}

func updated(t *testing.T, state property.Map, inputs values) property.Map {
	t.Helper()
	response, err := server(t).Update(p.UpdateRequest{
		ID: "greet1", Urn: urn, State: state, Inputs: property.NewMap(inputs),
	})
	require.NoError(t, err)
	return response.Properties
}

func check(t *testing.T, inputs values) p.CheckResponse {
	t.Helper()
	response, err := server(t).Check(p.CheckRequest{Urn: urn, Inputs: property.NewMap(inputs)})
	require.NoError(t, err)
	return response
}

func diff(t *testing.T, state, inputs values) p.DiffResponse {
	t.Helper()
	response, err := server(t).Diff(p.DiffRequest{
		ID: "greet1", Urn: urn, State: property.NewMap(state), Inputs: property.NewMap(inputs),
	})
	require.NoError(t, err)
	return response
}

func TestCreateRunsTheCommandAndKeepsItsInputsAndOutput(t *testing.T) {
	assert.Equal(t, property.NewMap(values{
		"create": text("echo out; echo err >&2"), "stdout": text("out"), "stderr": text("err"),
	}), created(t, values{"create": text("echo out; echo err >&2")}))
}

func TestTheIDIsTheNameAndEightHexDigits(t *testing.T) {
	response, err := create(t, values{"create": text("true")})
	require.NoError(t, err)
	assert.Regexp(t, "^greet[0-9a-f]{8}$", response.ID)
}

func TestWithoutCreateNothingRuns(t *testing.T) {
	state := created(t, values{"update": text("exit 1"), "delete": text("exit 1")})
	assert.Equal(t, text(""), state.Get("stdout"))
}

func TestOneTrailingNewlineIsTrimmedAndNoMore(t *testing.T) {
	assert.Equal(t, text(" a \n"), created(t, values{"create": text(`printf ' a \n\n'`)}).Get("stdout"))
}

func TestPreviewRunsNothingAndDoesNotKnowTheOutput(t *testing.T) {
	marker := t.TempDir() + "/ran"
	response, err := server(t).Create(p.CreateRequest{Urn: urn, DryRun: true, Properties: property.NewMap(values{
		"create": text("touch " + marker), "stdin": computed,
	})})
	require.NoError(t, err)
	assert.NoFileExists(t, marker)
	assert.Equal(t, property.NewMap(values{
		"create": text("touch " + marker), "stdin": computed, "stdout": computed, "stderr": computed,
	}), response.Properties)
}

func TestPreviewOfAnUpdateDoesNotKnowTheNewOutput(t *testing.T) {
	response, err := server(t).Update(p.UpdateRequest{
		ID: "greet1", Urn: urn, DryRun: true,
		State:  property.NewMap(values{"create": text("echo a"), "stdout": text("a"), "stderr": text("")}),
		Inputs: property.NewMap(values{"create": text("echo b")}),
	})
	require.NoError(t, err)
	assert.Equal(t, computed, response.Properties.Get("stdout"))
}

func TestEnvironmentIsAddedToTheProvidersOwn(t *testing.T) {
	t.Setenv("INHERITED", "kept")
	state := created(t, values{
		"create":      text(`echo "$INHERITED $GIVEN"`),
		"environment": object(values{"GIVEN": text("added")}),
	})
	assert.Equal(t, text("kept added"), state.Get("stdout"))
}

func TestEnvironmentWinsOverTheProvidersOwn(t *testing.T) {
	t.Setenv("GIVEN", "inherited")
	state := created(t, values{
		"create": text(`echo "$GIVEN"`), "environment": object(values{"GIVEN": text("mine")}),
	})
	assert.Equal(t, text("mine"), state.Get("stdout"))
}

func TestStdinIsPassed(t *testing.T) {
	state := created(t, values{"create": text("tr a-z A-Z"), "stdin": text("shout")})
	assert.Equal(t, text("SHOUT"), state.Get("stdout"))
}

func TestWithoutStdinTheCommandReadsNothing(t *testing.T) {
	assert.Equal(t, text("0"), created(t, values{"create": text("wc -c | tr -d ' '")}).Get("stdout"))
}

func TestDirIsTheWorkingDirectory(t *testing.T) {
	dir := t.TempDir()
	assert.Equal(t, text(dir), created(t, values{"create": text("pwd -P"), "dir": text(dir)}).Get("stdout"))
}

func TestAMissingDirFailsAndIsNamed(t *testing.T) {
	_, err := create(t, values{"create": text("true"), "dir": text("/no/such/dir")})
	assert.ErrorContains(t, err, "/no/such/dir")
}

func TestInterpreterRunsTheCommandAsItsLastArgument(t *testing.T) {
	state := created(t, values{
		"create":      text("a b"),
		"interpreter": list(text("/bin/sh"), text("-c"), text(`printf '<%s>' "$@"`), text("x")),
	})
	assert.Equal(t, text("<a b>"), state.Get("stdout"))
}

func TestAFailureNamesExitCodeCommandAndOutput(t *testing.T) {
	_, err := create(t, values{"create": text("echo seen; echo why >&2; exit 3")})
	assert.ErrorContains(t, err, `exit status 3: running "echo seen; echo why >&2; exit 3":`)
	assert.ErrorContains(t, err, "seen\n")
	assert.ErrorContains(t, err, "why\n")
}

func TestUpdateRunsUpdate(t *testing.T) {
	before := property.NewMap(values{"create": text("echo a"), "stdout": text("a"), "stderr": text("")})
	state := updated(t, before, values{"create": text("echo create"), "update": text("echo update")})
	assert.Equal(t, property.NewMap(values{
		"create": text("echo create"), "update": text("echo update"), "stdout": text("update"), "stderr": text(""),
	}), state)
}

func TestUpdateRunsCreateAgainWithoutUpdate(t *testing.T) {
	before := property.NewMap(values{"create": text("echo a"), "stdout": text("a"), "stderr": text("")})
	assert.Equal(t, text("again"), updated(t, before, values{"create": text("echo again")}).Get("stdout"))
}

func TestUpdateWithNothingToRunKeepsTheOutput(t *testing.T) {
	before := property.NewMap(values{"create": text("echo a"), "stdout": text("a"), "stderr": text("")})
	assert.Equal(t, text("a"), updated(t, before, values{"delete": text("true")}).Get("stdout"))
}

func TestUpdateSeesTheOutputOfTheRunBefore(t *testing.T) {
	before := property.NewMap(values{"create": text("x"), "stdout": text("out"), "stderr": text("err")})
	state := updated(t, before, values{"update": text(`echo "$PULUMI_COMMAND_STDOUT+$PULUMI_COMMAND_STDERR"`)})
	assert.Equal(t, text("out+err"), state.Get("stdout"))
}

func TestUpdateDoesNotSeeItWhereThatIsSwitchedOff(t *testing.T) {
	before := property.NewMap(values{"create": text("x"), "stdout": text("out"), "stderr": text("err")})
	state := updated(t, before, values{
		"update": text(`echo "[$PULUMI_COMMAND_STDOUT]"`), "addPreviousOutputInEnv": property.New(false),
	})
	assert.Equal(t, text("[]"), state.Get("stdout"))
}

func TestDeleteRunsDeleteWithTheOutputInItsEnvironment(t *testing.T) {
	file := t.TempDir() + "/deleted"
	err := server(t).Delete(p.DeleteRequest{ID: "greet1", Urn: urn, Properties: property.NewMap(values{
		"delete": text(`printf %s "$PULUMI_COMMAND_STDOUT" > ` + file), "stdout": text("out"), "stderr": text(""),
	})})
	require.NoError(t, err)
	assert.FileExists(t, file)
	assert.Equal(t, "out", contents(t, file))
}

func TestWithoutDeleteNothingRunsOnDelete(t *testing.T) {
	require.NoError(t, server(t).Delete(p.DeleteRequest{ID: "greet1", Urn: urn, Properties: property.NewMap(values{
		"create": text("exit 1"), "stdout": text(""), "stderr": text(""),
	})}))
}

func TestAFailingDeleteFails(t *testing.T) {
	err := server(t).Delete(p.DeleteRequest{ID: "greet1", Urn: urn, Properties: property.NewMap(values{
		"delete": text("exit 4"), "stdout": text(""), "stderr": text(""),
	})})
	assert.ErrorContains(t, err, "exit status 4")
}

func TestChangedTriggersReplace(t *testing.T) {
	with := func(triggers ...property.Value) values {
		return values{"create": text("true"), "triggers": list(triggers...)}
	}
	without := values{"create": text("true")}
	for name, c := range map[string]struct {
		before, after values
		path          string
		kind          p.DiffKind
	}{
		"changed":    {with(text("a")), with(text("b")), "triggers[0]", p.UpdateReplace},
		"one more":   {with(text("a")), with(text("a"), text("b")), "triggers[1]", p.AddReplace},
		"one less":   {with(text("a"), text("b")), with(text("a")), "triggers[1]", p.DeleteReplace},
		"introduced": {without, with(text("a")), "triggers", p.AddReplace},
		"removed":    {with(text("a")), without, "triggers", p.DeleteReplace},
	} {
		t.Run(name, func(t *testing.T) {
			state := maps.Clone(c.before)
			state["stdout"], state["stderr"] = text(""), text("")
			response := diff(t, state, c.after)
			assert.True(t, response.HasChanges)
			require.Len(t, response.DetailedDiff, 1)
			assert.Equal(t, c.kind, response.DetailedDiff[c.path].Kind)
		})
	}
}

func TestChangesOfAnythingElseUpdate(t *testing.T) {
	changes := values{
		"create": text("b"), "update": text("b"), "delete": text("b"), "stdin": text("b"), "dir": text("b"),
		"environment": object(values{"A": text("b")}), "interpreter": list(text("b")),
		"logging": text("none"), "addPreviousOutputInEnv": property.New(false),
	}
	for name, value := range changes {
		t.Run(name, func(t *testing.T) {
			response := diff(t, values{"stdout": text(""), "stderr": text("")}, values{name: value})
			require.True(t, response.HasChanges)
			require.NotEmpty(t, response.DetailedDiff)
			for _, change := range response.DetailedDiff {
				assert.Contains(t, []p.DiffKind{p.Update, p.Add, p.Delete}, change.Kind)
			}
		})
	}
}

func TestSameInputsAreNoChange(t *testing.T) {
	inputs := values{"create": text("true"), "triggers": list(text("a"))}
	state := values{"create": text("true"), "triggers": list(text("a")), "stdout": text("x"), "stderr": text("")}
	assert.False(t, diff(t, state, inputs).HasChanges)
}

func TestCheckSetsTheDefault(t *testing.T) {
	response := check(t, values{"create": text("true")})
	assert.Empty(t, response.Failures)
	assert.Equal(t, property.NewMap(values{
		"create": text("true"), "addPreviousOutputInEnv": property.New(true),
	}), response.Inputs)
}

func TestCheckRefusesUnknownInputs(t *testing.T) {
	response := check(t, values{"create": text("true"), "enviroment": text("x")})
	require.Len(t, response.Failures, 1)
	assert.Equal(t, "enviroment", response.Failures[0].Property)
	assert.Contains(t, response.Failures[0].Reason, `unknown input "enviroment"`)
	assert.Contains(t, response.Failures[0].Reason, "environment,")
}

func TestCheckRefusesAssetAndArchivePaths(t *testing.T) {
	response := check(t, values{"assetPaths": list(text("*")), "archivePaths": list(text("*"))})
	require.Len(t, response.Failures, 2)
	assert.Contains(t, response.Failures[0].Reason, "does not collect files")
}

func TestCheckRefusesAnUnknownLogging(t *testing.T) {
	response := check(t, values{"logging": text("loud")})
	require.Len(t, response.Failures, 1)
	assert.Equal(t, "logging", response.Failures[0].Property)
}

func TestCheckRefusesAWrongType(t *testing.T) {
	response := check(t, values{"create": property.New(3.0)})
	require.Len(t, response.Failures, 1)
	assert.Equal(t, "create", response.Failures[0].Property)
}

func TestCheckTakesEveryInputStillUnknown(t *testing.T) {
	response := check(t, values{
		"create": computed, "update": computed, "delete": computed, "dir": computed, "stdin": computed,
		"environment": computed, "interpreter": computed, "logging": computed, "triggers": computed,
	})
	assert.Empty(t, response.Failures)
	assert.Equal(t, computed, response.Inputs.Get("logging"))
}

func TestTheSchemaHasTheTokenAndNoOther(t *testing.T) {
	response, err := server(t).GetSchema(p.GetSchemaRequest{})
	require.NoError(t, err)
	assert.Contains(t, response.Schema, `"command:local:Command"`)
	assert.NotContains(t, response.Schema, "command:remote")
}

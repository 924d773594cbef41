package cloud

import (
	"context"
	"strconv"
	"strings"

	"github.com/digitalocean/godo"
	"github.com/pulumi/pulumi-go-provider/infer"
)

// SSHKey is digitalocean:index/sshKey:SshKey.
type SSHKey struct{}

// SSHKeyInputs are its arguments.
type SSHKeyInputs struct {
	Name      *string `pulumi:"name,optional"`
	PublicKey string  `pulumi:"publicKey" provider:"replaceOnChanges"`
}

// SSHKeyState is what is kept of it.
type SSHKeyState struct {
	Name        string `pulumi:"name"`
	PublicKey   string `pulumi:"publicKey"`
	Fingerprint string `pulumi:"fingerprint"`
}

// Annotate sets the token.
func (r *SSHKey) Annotate(a infer.Annotator) { a.SetToken("index/sshKey", "SshKey") }

func keyState(key *godo.Key) SSHKeyState {
	return SSHKeyState{Name: key.Name, PublicKey: key.PublicKey, Fingerprint: key.Fingerprint}
}

// Create adds it to the account.
func (r *SSHKey) Create(ctx context.Context, req infer.CreateRequest[SSHKeyInputs]) (infer.CreateResponse[SSHKeyState], error) {
	if req.DryRun {
		return infer.CreateResponse[SSHKeyState]{Output: SSHKeyState{Name: value(req.Inputs.Name), PublicKey: req.Inputs.PublicKey}}, nil
	}
	key, _, err := api(ctx).Keys.Create(ctx, &godo.KeyCreateRequest{
		Name: value(req.Inputs.Name), PublicKey: strings.TrimSpace(req.Inputs.PublicKey),
	})
	if err != nil {
		return infer.CreateResponse[SSHKeyState]{}, err
	}
	return infer.CreateResponse[SSHKeyState]{ID: strconv.Itoa(key.ID), Output: keyState(key)}, nil
}

// Read looks it up.
func (r *SSHKey) Read(ctx context.Context, req infer.ReadRequest[SSHKeyInputs, SSHKeyState]) (infer.ReadResponse[SSHKeyInputs, SSHKeyState], error) {
	id, err := number(req.ID)
	if err != nil {
		return infer.ReadResponse[SSHKeyInputs, SSHKeyState]{}, err
	}
	key, _, err := api(ctx).Keys.GetByID(ctx, id)
	if err != nil {
		return infer.ReadResponse[SSHKeyInputs, SSHKeyState]{}, unlessGone(err)
	}
	inputs := SSHKeyInputs{Name: &key.Name, PublicKey: key.PublicKey}
	return infer.ReadResponse[SSHKeyInputs, SSHKeyState]{ID: req.ID, Inputs: inputs, State: keyState(key)}, nil
}

// Update renames it.
func (r *SSHKey) Update(ctx context.Context, req infer.UpdateRequest[SSHKeyInputs, SSHKeyState]) (infer.UpdateResponse[SSHKeyState], error) {
	state := req.State
	state.Name = value(req.Inputs.Name)
	id, err := number(req.ID)
	if err == nil && !req.DryRun {
		_, _, err = api(ctx).Keys.UpdateByID(ctx, id, &godo.KeyUpdateRequest{Name: state.Name})
	}
	return infer.UpdateResponse[SSHKeyState]{Output: state}, err
}

// Delete takes it out of the account.
func (r *SSHKey) Delete(ctx context.Context, req infer.DeleteRequest[SSHKeyState]) (infer.DeleteResponse, error) {
	id, err := number(req.ID)
	if err == nil {
		_, err = api(ctx).Keys.DeleteByID(ctx, id)
	}
	return infer.DeleteResponse{}, unlessGone(err)
}

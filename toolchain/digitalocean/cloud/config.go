package cloud

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"os"
	"strconv"

	"github.com/digitalocean/godo"
	"github.com/pulumi/pulumi-go-provider/infer"
	"golang.org/x/oauth2"
)

// Config is the provider's configuration.
type Config struct {
	APIEndpoint      *string  `pulumi:"apiEndpoint,optional"`
	Token            *string  `pulumi:"token,optional" provider:"secret"`
	HTTPRetryMax     *int     `pulumi:"httpRetryMax,optional"`
	HTTPRetryWaitMax *float64 `pulumi:"httpRetryWaitMax,optional"`
	HTTPRetryWaitMin *float64 `pulumi:"httpRetryWaitMin,optional"`
	client           *godo.Client
}

// Configure makes the client. What is throttled or fails at the other end is tried again.
func (c *Config) Configure(context.Context) error {
	token := cmp.Or(value(c.Token), os.Getenv("DIGITALOCEAN_TOKEN"), os.Getenv("DIGITALOCEAN_ACCESS_TOKEN"))
	endpoint := cmp.Or(value(c.APIEndpoint), os.Getenv("DIGITALOCEAN_API_URL"), "https://api.digitalocean.com")
	retry := godo.RetryConfig{RetryMax: 4, RetryWaitMin: godo.PtrTo(1.0), RetryWaitMax: godo.PtrTo(30.0)}
	if c.HTTPRetryMax != nil {
		retry.RetryMax = *c.HTTPRetryMax
	}
	if c.HTTPRetryWaitMin != nil {
		retry.RetryWaitMin = c.HTTPRetryWaitMin
	}
	if c.HTTPRetryWaitMax != nil {
		retry.RetryWaitMax = c.HTTPRetryWaitMax
	}
	source := oauth2.StaticTokenSource(&oauth2.Token{AccessToken: token})
	client, err := godo.New(oauth2.NewClient(context.Background(), source),
		godo.SetBaseURL(endpoint), godo.WithRetryAndBackoffs(retry), godo.SetUserAgent("longshore"))
	c.client = client
	return err
}

func api(ctx context.Context) *godo.Client {
	return infer.GetConfig[Config](ctx).client
}

func value[T any](pointer *T) T {
	var zero T
	if pointer == nil {
		return zero
	}
	return *pointer
}

// isGone tells whether the API knows nothing of what it was asked for.
func isGone(err error) bool {
	return hasStatus(err, http.StatusNotFound)
}

func hasStatus(err error, status int) bool {
	var refused *godo.ErrorResponse
	return errors.As(err, &refused) && refused.Response != nil && refused.Response.StatusCode == status
}

// unlessGone is the error of a removal: what is gone already is no failure.
func unlessGone(err error) error {
	if isGone(err) {
		return nil
	}
	return err
}

func number(id string) (int, error) { return strconv.Atoi(id) }

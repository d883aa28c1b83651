package testpg

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"time"
)

const (
	image = "postgres:16-alpine"
	// engineTimeout is for an engine that is there and does not answer.
	engineTimeout = 10 * time.Second
	// pullTimeout is for an image that is not there yet.
	pullTimeout = 3 * time.Minute
)

// container is a server in Docker.
type container struct {
	address  string
	password string
	guard    *guard
}

// startContainer runs a server in a container, if there is an engine.
func startContainer(ctx context.Context) (*container, error) {
	if err := askEngine(ctx); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, pullTimeout, errors.New("the container took too long to start"))
	defer cancel()
	name := "extendbot-postgres-" + strings.ToLower(rand.Text())
	c := &container{password: rand.Text()}
	var err error
	if c.guard, err = startGuard(removeContainer, name); err != nil {
		return nil, err
	}
	if err := c.run(ctx, name); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// removeContainer removes the container $1. One that never was is fine.
const removeContainer = `docker rm --force --volumes "$1" >/dev/null 2>&1 || true`

func (c *container) run(ctx context.Context, name string) error {
	if _, err := docker(ctx, c.password, runArguments(name)...); err != nil {
		return err
	}
	out, err := docker(ctx, "", "port", name, "5432/tcp")
	if err != nil {
		return err
	}
	if c.address, err = publishedAddress(out); err != nil {
		return err
	}
	return awaitServer(ctx, c.URL(""), nil)
}

// runArguments is the command line of docker that starts the server. The password
// is not in it, but in the environment.
func runArguments(name string) []string {
	args := []string{
		"run", "--detach", "--rm", "--name", name,
		"--publish", "127.0.0.1::5432",
		"--env", passwordVariable,
		image,
	}
	for _, set := range collect(nil).settings {
		args = append(args, "-c", set.name+"="+set.value)
	}
	return args
}

// passwordVariable is the one that the image reads.
const passwordVariable = "POSTGRES_PASSWORD" //nolint:gosec // the name, not what is in it

// publishedAddress reads what "docker port" prints: an address for each line.
func publishedAddress(out string) (string, error) {
	for line := range strings.Lines(out) {
		host, port, err := net.SplitHostPort(strings.TrimSpace(line))
		if err == nil && host == "127.0.0.1" && port != "" {
			return net.JoinHostPort(host, port), nil
		}
	}
	return "", fmt.Errorf("docker port: no address of 127.0.0.1 in %q", out)
}

// askEngine fails if there is no engine behind the client, or no client.
func askEngine(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, engineTimeout, errors.New("the engine does not answer"))
	defer cancel()
	_, err := docker(ctx, "", "version", "--format", "{{.Server.Version}}")
	return err
}

// docker runs the client and gives what it prints.
func docker(ctx context.Context, password string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "docker", args...) //nolint:gosec // the arguments are ours
	cmd.Env = os.Environ()
	if password != "" {
		cmd.Env = append(cmd.Env, passwordVariable+"="+password)
	}
	out, err := cmd.Output()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		return "", fmt.Errorf("docker %s: %w: %s", args[0], err, strings.TrimSpace(string(failed.Stderr)))
	}
	if err != nil {
		return "", fmt.Errorf("docker %s: %w", args[0], err)
	}
	return string(out), nil
}

// URL implements source.
func (c *container) URL(database string) string {
	if database == "" {
		database = superuser
	}
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword(superuser, c.password), Host: c.address,
		Path: "/" + database, RawQuery: "sslmode=disable",
	}
	return u.String()
}

// Close implements source: the container is removed.
func (c *container) Close() error { return c.guard.close() }

package testpg

import (
	"context"
	"errors"
	"fmt"
	"net/url"
)

// named is a server that is there without us.
type named struct{ url *url.URL }

func openNamed(ctx context.Context, text string) (*named, error) {
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql") {
		return nil, fmt.Errorf("%w: it is no URL postgres://…", errUnusable) // err would repeat the password
	}
	if _, err := execute(ctx, text, "SELECT 1"); err != nil {
		return nil, errors.Join(errUnusable, err)
	}
	return &named{url: u}, nil
}

// URL implements source.
func (n *named) URL(database string) string {
	u := *n.url
	if database != "" {
		u.Path = "/" + database
	}
	return u.String()
}

// Close implements source: who named the server keeps it.
func (*named) Close() error { return nil }

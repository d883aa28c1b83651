package netcause

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
)

// ProxySettingError reports that the setting of a proxy is not a URL. It does not
// contain the setting, which may have a password.
type ProxySettingError struct {
	// Name is the environment variable, or "" if the setting is not from there.
	Name string
}

// Error names the variable.
func (e *ProxySettingError) Error() string {
	name := e.Name
	if name == "" {
		name = "the proxy setting"
	}
	return name + " is not the URL of a proxy, such as http://proxy.example.com:3128"
}

// ProxyError reports that a proxy refused to open a connection.
type ProxyError struct {
	Status int // of HTTP, such as 407
}

// Error names the status.
func (e *ProxyError) Error() string {
	return fmt.Sprintf("the proxy answers HTTP %d %s", e.Status, http.StatusText(e.Status))
}

// CheckProxyAnswer returns a [*ProxyError] if the proxy refused a connection. It
// is for [http.Transport.OnProxyConnectResponse].
func CheckProxyAnswer(_ context.Context, _ *url.URL, _ *http.Request, res *http.Response) error {
	if res.StatusCode != http.StatusOK {
		return &ProxyError{Status: res.StatusCode}
	}
	return nil
}

// ofProxy returns the cause of an error of a proxy or its setting.
func ofProxy(err error) (Cause, bool) {
	if setting, ok := errors.AsType[*ProxySettingError](err); ok {
		return Cause{Code: ProxySetting, Words: "the proxy setting cannot be used", Fix: setting.Error()}, true
	}
	if refused, ok := errors.AsType[*ProxyError](err); ok {
		if refused.Status == http.StatusProxyAuthRequired {
			return Cause{
				Code: ProxyAuth, Words: "the proxy asks for a password (HTTP 407)",
				Fix: "put the user and the password into HTTPS_PROXY",
			}, true
		}
		return Cause{Code: ProxyRefused, Words: refused.Error()}, true
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "proxyconnect" {
		inner := Of(op.Err)
		return Cause{Code: ProxyUnreachable, Words: "the proxy cannot be reached: " + inner.Words, Fix: inner.Fix}, true
	}
	return Cause{}, false
}

// ProxyFromEnvironment returns a function for [http.Transport.Proxy] that does
// the same as [http.ProxyFromEnvironment], which ignores a setting that is not a
// URL and connects without a proxy. This one returns a [*ProxySettingError]. It
// reads the environment once.
func ProxyFromEnvironment() func(*http.Request) (*url.URL, error) {
	variables := map[string]string{}
	for _, name := range []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"} {
		variables[name] = os.Getenv(name)
	}
	return func(r *http.Request) (*url.URL, error) {
		if err := CheckProxy(variables, r.URL); err != nil {
			return nil, err
		}
		proxy, err := http.ProxyFromEnvironment(r)
		if err != nil {
			return nil, &ProxySettingError{} // err quotes the setting
		}
		return proxy, nil
	}
}

// CheckProxy returns a [*ProxySettingError] if the proxy for requests to target is set in
// these environment variables, but not to a URL. Of two variables, it is the first one that
// is set, as for net/http.
func CheckProxy(variables map[string]string, target *url.URL) error {
	names := map[string][]string{"https": {"HTTPS_PROXY", "https_proxy"}, "http": {"HTTP_PROXY", "http_proxy"}}[target.Scheme]
	if onThisMachine(target.Hostname()) {
		return nil
	}
	for _, name := range names {
		if value := variables[name]; value != "" {
			if isProxy(value) {
				return nil
			}
			return &ProxySettingError{Name: name}
		}
	}
	return nil
}

// isProxy reports whether a setting is the URL of a proxy. It accepts a host without a
// scheme, as net/http does.
func isProxy(setting string) bool {
	if !strings.Contains(setting, "://") {
		setting = "http://" + setting
	}
	u, err := url.Parse(setting)
	if err != nil || u.Hostname() == "" {
		return false
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return false
		}
	}
	switch u.Scheme {
	case "http", "https", "socks5", "socks5h":
		return true
	default:
		return false
	}
}

// onThisMachine reports whether net/http never uses a proxy for the host.
func onThisMachine(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

package oxhostsim

import (
	"crypto/rand"
	"fmt"
	"net"
	"time"
)

// Config says how the simulated 0xhost behaves. The zero value is a plain HTTP
// server on a free loopback port, in UTC and EUR, with a random key.
type Config struct {
	// Addr is the address to listen on. Default "127.0.0.1:0", a free port. With a
	// fixed port, a test can stop the server and start another one in its place.
	Addr string

	// Listener accepts connections instead of Addr, and is closed by
	// [Server.Close]. Default: nil.
	Listener net.Listener

	// APIKey is the only key that is accepted. Default: a random one, see
	// [Server.APIKey].
	APIKey string

	// Currency is the currency code in answers. Default "EUR".
	Currency string

	// Location is the time zone of the times in answers, which do not name one.
	// Default UTC.
	Location *time.Location

	// Now is the clock for orders and expiries. Default [time.Now].
	Now func() time.Time

	// NewID returns the next order or server id. Default: a random UUID.
	NewID func() string

	// TLS serves HTTPS with a certificate that [Server.CertPool] trusts.
	TLS bool

	// Certificate says what is wrong with the certificate. It is ignored without
	// TLS. Default: nothing.
	Certificate CertificateFlaw

	// Form says how create_order answers. See also [Server.SetForm].
	Form Form

	// Listing says how list_order answers. See also [Server.SetListing].
	Listing Listing
}

// withDefaults sets the fields that have their zero value.
func withDefaults(cfg Config) Config {
	if cfg.Addr == "" {
		cfg.Addr = "127.0.0.1:0"
	}
	if cfg.APIKey == "" {
		cfg.APIKey = "key-" + rand.Text()
	}
	if cfg.Currency == "" {
		cfg.Currency = "EUR"
	}
	if cfg.Location == nil {
		cfg.Location = time.UTC
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.NewID == nil {
		cfg.NewID = randomUUID
	}
	return cfg
}

// randomUUID returns a random (version 4) UUID.
func randomUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

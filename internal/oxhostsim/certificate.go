package oxhostsim

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"time"
)

// CertificateFlaw says what is wrong with the certificate of a server with TLS.
type CertificateFlaw int

// The flaws of a certificate. With any flaw, a client that trusts
// [Server.CertPool] must end the handshake.
const (
	// CertificateGood is valid for 127.0.0.1, and CertPool trusts it.
	CertificateGood CertificateFlaw = iota
	// CertificateExpired expired yesterday.
	CertificateExpired
	// CertificateUntrusted is self-signed, and CertPool does not have it.
	CertificateUntrusted
	// CertificateWrongHost is for another host name.
	CertificateWrongHost
)

// makeCertificate returns a fresh self-signed certificate and the pool that
// clients should trust.
func makeCertificate(flaw CertificateFlaw) (tls.Certificate, *x509.CertPool, error) {
	// The real clock, not Config.Now, because clients verify against it.
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(now.UnixNano()),
		Subject:               pkix.Name{CommonName: "oxhostsim"},
		NotBefore:             now.Add(-48 * time.Hour),
		NotAfter:              now.Add(48 * time.Hour),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
		IsCA:                  true,
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1)},
		DNSNames:              []string{"localhost"},
	}
	switch flaw {
	case CertificateExpired:
		template.NotAfter = now.Add(-24 * time.Hour)
	case CertificateWrongHost:
		template.IPAddresses, template.DNSNames = nil, []string{"elsewhere.example"}
	case CertificateGood, CertificateUntrusted:
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, nil, fmt.Errorf("oxhostsim: certificate key: %w", err)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, nil, fmt.Errorf("oxhostsim: certificate: %w", err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return tls.Certificate{}, nil, fmt.Errorf("oxhostsim: certificate: %w", err)
	}
	pool := x509.NewCertPool()
	if flaw != CertificateUntrusted {
		pool.AddCert(leaf)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, pool, nil
}

// Package fetch reads documents from URLs that people typed. Where it may connect
// says egress (R96-R99); what comes back is bounded in size and time, and no
// redirect is followed.
package fetch

import (
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"gatehouse/internal/egress"
	"gatehouse/internal/fault"
)

// Limits on one answer. Its size is the caller's to say.
const (
	timeMost   = 45 * time.Second
	headerMost = 64 << 10
)

// Fetcher asks for documents. It is safe for concurrent use.
type Fetcher struct {
	policy *egress.Policy
	client *http.Client
}

// New makes a Fetcher that connects where the policy allows. Proxies that the
// environment names are not used (R97).
func New(policy *egress.Policy) *Fetcher {
	return &Fetcher{policy, &http.Client{
		Timeout:       timeMost,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{DialContext: policy.DialContext, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true,
			DisableCompression: true, DisableKeepAlives: true, MaxResponseHeaderBytes: headerMost, TLSHandshakeTimeout: 10 * time.Second},
	}}
}

// Seen is what was learnt of a document when it was read last (RFC 9110 §8.8).
type Seen struct{ ETag, LastModified string }

// Document reads what stands at a URL, at most so many bytes of it, unless it is
// what was seen before; then unchanged is true. The fault says why it could not
// be read, for who gave the URL: url_not_allowed or document_unreachable, both
// Invalid.
func (f *Fetcher) Document(ctx context.Context, address string, seen Seen, most int64) (body []byte, now Seen, unchanged bool, err error) {
	u, err := f.policy.CheckURL(address)
	if err != nil {
		return nil, now, false, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, now, false, err
	}
	r.Header.Set("Accept", "application/vnd.oai.openapi+json, application/vnd.oai.openapi, application/json, application/yaml, application/zip, */*;q=0.5")
	r.Header.Set("Accept-Encoding", "identity")
	r.Header.Set("User-Agent", "gatehouse")
	if seen.ETag != "" {
		r.Header.Set("If-None-Match", seen.ETag)
	}
	if seen.LastModified != "" {
		r.Header.Set("If-Modified-Since", seen.LastModified)
	}
	resp, err := f.client.Do(r)
	if err != nil {
		return nil, now, false, f.why(ctx, err)
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode == http.StatusNotModified && seen != Seen{}:
		return nil, seen, true, nil
	case resp.StatusCode >= 300 && resp.StatusCode < 400:
		return nil, now, false, unreachable("The server answers %d: the document has another address. Redirects are not followed; enter the address where it is.", resp.StatusCode)
	case resp.StatusCode != http.StatusOK:
		return nil, now, false, unreachable("The server answers %d %s.", resp.StatusCode, http.StatusText(resp.StatusCode))
	}
	body, err = read(resp, most)
	if err != nil {
		return nil, now, false, f.why(ctx, err)
	}
	return body, Seen{short(resp.Header.Get("ETag")), short(resp.Header.Get("Last-Modified"))}, false, nil
}

// short is a header's value as far as it is worth keeping.
func short(s string) string {
	if len(s) > 512 {
		return ""
	}
	return s
}

// read takes the body, and undoes gzip where a server insists on it: as far as
// the limit, whatever it would come to.
func read(resp *http.Response, most int64) ([]byte, error) {
	var body io.Reader = resp.Body
	switch coding := strings.ToLower(strings.TrimSpace(resp.Header.Get("Content-Encoding"))); coding {
	case "", "identity":
	case "gzip", "x-gzip":
		z, err := gzip.NewReader(io.LimitReader(body, most+1))
		if err != nil {
			return nil, unreachable("The server says that its answer is gzip, and it is not.")
		}
		body = z
	default:
		return nil, unreachable("The server sends the document in an encoding that is not read here.")
	}
	raw, err := io.ReadAll(io.LimitReader(body, most+1))
	if err != nil {
		return nil, err
	}
	if int64(len(raw)) > most {
		return nil, unreachable("The document there is larger than %d MiB.", most>>20)
	}
	return raw, nil
}

func unreachable(format string, args ...any) *fault.Error {
	return fault.New(fault.Invalid, "document_unreachable", format, args...)
}

// why says in words why nothing was read. It names no address that the one who
// asks does not know.
func (f *Fetcher) why(ctx context.Context, err error) error {
	if e, ok := errors.AsType[*fault.Error](err); ok {
		return e
	}
	dns, isDNS := errors.AsType[*net.DNSError](err)
	_, badCert := errors.AsType[*tls.CertificateVerificationError](err)
	_, badHost := errors.AsType[x509.HostnameError](err)
	wait, isTimeout := errors.AsType[net.Error](err)
	switch {
	case ctx.Err() != nil:
		return fault.New(fault.Unavailable, "document_stopped", "The document was not read to the end. Try again.").Because(ctx.Err())
	case errors.Is(err, egress.ErrRefused):
		return unreachable("The name leads to an address that may not be asked: it is not globally reachable, or belongs to an internal network. An operator can allow it in GATEHOUSE_UPSTREAM_ALLOW.").Because(err)
	case isDNS && dns.IsNotFound:
		return unreachable("There is no host of this name.").Because(err)
	case badCert, badHost:
		return unreachable("The server's certificate is not valid for this address, or not of an authority that is known here.").Because(err)
	case isTimeout && wait.Timeout():
		return unreachable("The server did not answer within %d seconds.", int(timeMost.Seconds())).Because(err)
	}
	return unreachable("The server cannot be reached, or ends the connection before its answer is complete.").Because(fmt.Errorf("fetching a document: %w", err))
}

package app

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"syscall"
)

// listen opens a port. A port that is taken names the variable to change.
func listen(variable, address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	switch {
	case err == nil:
		return l, nil
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("the address %s is taken; choose another one with %s", address, variable)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("this user may not listen on %s; choose a port above 1023 with %s", address, variable)
	}
	return nil, fmt.Errorf("%s: %w", variable, err)
}

// origin is where people reach a listener: what was configured, or localhost
// with the port that was picked.
func origin(configured *url.URL, l net.Listener, tls bool) *url.URL {
	if configured != nil {
		return configured
	}
	u := &url.URL{Scheme: "http", Host: "localhost"}
	if tls {
		u.Scheme = "https"
	}
	if _, port, err := net.SplitHostPort(l.Addr().String()); err == nil && port != "80" && port != "443" {
		u.Host = net.JoinHostPort("localhost", port)
	}
	return u
}

// lockDir makes this process the only server of a data folder. The system
// releases the lock when the process ends, however it ends.
func lockDir(dir string) (unlock func() error, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(dir, "server.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("another Gatehouse server runs on %s; SQLite and the usage spool have one server: "+
			"stop that one, or choose another folder with GATEHOUSE_DIR", dir), f.Close())
	}
	return f.Close, nil
}

package app

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"syscall"

	"gatehouse/internal/config"
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

// Lock makes this process the only server of a data folder and of a SQLite file,
// which may be elsewhere. The system releases the locks when the process ends,
// however it ends.
func Lock(c config.Checked) (func() error, error) {
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, err
	}
	unlock, err := lockFile(filepath.Join(c.Dir, "server.lock"))
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, fmt.Errorf("another Gatehouse server runs on %s; SQLite and the usage spool have one server: "+
			"stop that one, or choose another folder with GATEHOUSE_DIR", c.Dir)
	}
	if err != nil || StoreOptions(c, nil).Postgres() {
		return unlock, err
	}
	if err := os.MkdirAll(filepath.Dir(c.Database), 0o700); err != nil {
		return nil, errors.Join(err, unlock())
	}
	unlockFile, err := lockFile(c.Database + ".server")
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = fmt.Errorf("another Gatehouse server runs on %s; a SQLite file has one server: "+
			"stop that one, or choose another file with GATEHOUSE_DATABASE", c.Database)
	}
	if err != nil {
		return nil, errors.Join(err, unlock())
	}
	unlockDir := unlock // the result itself is this very function once it is returned
	return func() error { return errors.Join(unlockFile(), unlockDir()) }, nil
}

func lockFile(path string) (unlock func() error, err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f.Close, nil
}

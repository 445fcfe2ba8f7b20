package gateway_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/leaveout"
)

// R92: what is packed passes packed, and what the client takes is what the
// upstream is told.
func TestPackedBodies(t *testing.T) {
	w := newWorld(t)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write(make([]byte, 10<<20))
	_ = z.Close()
	w.upstream.answers(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", packed.Len(), packed.String()))
	for sent, want := range map[string]bool{"Accept-Encoding: br;q=1.0, gzip;q=0.5": true, "Accept: */*": false} {
		a := w.call("GET", "/north-quay/berths/v1/berths", bearer(good), sent)
		if a.err != nil || !bytes.Equal(a.body, packed.Bytes()) || a.Header.Get("Content-Encoding") != "gzip" {
			t.Errorf("%d bytes of %d came through, encoded %q, %v", len(a.body), packed.Len(), a.Header.Get("Content-Encoding"), a.err)
		}
		all := w.upstream.requests()
		if last := all[len(all)-1]; strings.Contains(last, sent) != true || strings.Contains(last, "Accept-Encoding") != want {
			t.Errorf("with %q the upstream saw %q", sent, last)
		}
	}
}

// R94: a cache in front of the gateway mixes nobody's answers, whether the
// upstream says nothing about caching, forgets the token, or does it right. The
// last is also the control: the cache does work.
func TestSharedCacheInFront(t *testing.T) {
	w := newWorld(t)
	front := nginxCache(t, w.address)
	get := func(path, authorization string) (body, cached string) {
		t.Helper()
		r, _ := http.NewRequest("GET", "http://"+front+"/north-quay/berths/v1/berths/"+path, nil)
		r.Header.Set("Authorization", authorization)
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		all, _ := io.ReadAll(res.Body)
		if res.StatusCode != 200 {
			t.Fatalf("%d %s", res.StatusCode, all)
		}
		return string(all), res.Header.Get("X-Cache")
	}
	for name, tt := range map[string]struct {
		headers string
		hit     bool
	}{
		"nothing":       {"", false},
		"public":        {"Cache-Control: public, max-age=60\r\n", false},
		"max-age":       {"Cache-Control: max-age=60\r\nVary: Authorization\r\n", false},
		"as it must be": {"Cache-Control: public, max-age=60\r\nVary: Authorization\r\n", true},
	} {
		w.upstream.does(func(c net.Conn, r *http.Request, _ string) {
			id := r.Header.Get("Gatehouse-Token-Id")
			fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n%sContent-Length: %d\r\n\r\n%s", tt.headers, len(id), id)
		})
		path, hits := strings.ReplaceAll(name, " ", "-"), 0
		mine, theirs := "Bearer "+good.Reveal(), "Bearer "+reader.Reveal()
		first, _ := get(path, mine)
		second, _ := get(path, theirs)
		for range 4 {
			a, one := get(path, mine)
			b, two := get(path, theirs)
			if a != first || b != second || first == second {
				t.Fatalf("%s: answers are mixed: %q and %q, then %q and %q", name, first, second, a, b)
			}
			for _, x := range []string{one, two} {
				if x == "HIT" {
					hits++
				}
			}
		}
		if (hits > 0) != tt.hit {
			t.Errorf("%s: %d answers came from the cache", name, hits)
		}
	}
}

// nginxCache starts nginx with a cache in front of the address, and returns its own.
func nginxCache(t *testing.T, address string) string {
	t.Helper()
	binary, err := exec.LookPath("nginx")
	if err != nil {
		binary = "/usr/sbin/nginx"
	}
	if _, err := os.Stat(binary); err != nil {
		leaveout.Skip(t, "gateway: a shared cache in front, for want of nginx (on Debian: apt-get install nginx)")
	}
	dir := t.TempDir()
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	front := socket.Addr().String()
	socket.Close()
	config := fmt.Sprintf(`daemon off; master_process off; error_log stderr crit; pid %[1]s/pid;
events {}
http {
	access_log off;
	client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy; fastcgi_temp_path %[1]s/f; uwsgi_temp_path %[1]s/u; scgi_temp_path %[1]s/s;
	proxy_cache_path %[1]s/cache keys_zone=all:1m;
	server {
		listen %[2]s;
		location / {
			proxy_pass http://%[3]s; proxy_cache all; proxy_cache_key $uri; proxy_cache_valid 200 1m;
			add_header X-Cache $upstream_cache_status always;
		}
	}
}`, dir, front, address)
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary, "-e", "stderr", "-p", dir, "-c", file)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	for range 500 {
		if c, err := net.Dial("tcp", front); err == nil {
			c.Close()
			return front
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("nginx does not answer")
	return ""
}

package gateway

import (
	"net/url"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"gatehouse/internal/keys"
)

// R70: one way to write a path, or none.
func TestCanonical(t *testing.T) {
	for name, tt := range map[string]struct {
		path string
		ok   bool
	}{
		"a plain path":                   {"/a/b-c/d_e/~f", true},
		"the root":                       {"/", true},
		"a slash at the end":             {"/a/", true},
		"sub-delimiters, colon and at":   {"/a!$&'()*+,=:@b", true},
		"an escaped space":               {"/a%20b", true},
		"escaped UTF-8":                  {"/caf%C3%A9", true},
		"an escaped percent":             {"/100%25", true},
		"dots within a name":             {"/a..b/.well-known/...", true},
		"an escaped slash":               {"/a%2fb", false},
		"an escaped slash in capitals":   {"/a%2Fb", false},
		"an escaped backslash":           {"/a%5cb", false},
		"an escaped dot":                 {"/%2e/x", false},
		"escaped dots":                   {"/%2E%2e/x", false},
		"NUL":                            {"/a%00", false},
		"a line feed":                    {"/a%0a", false},
		"another control":                {"/a%1f", false},
		"DEL":                            {"/a%7f", false},
		"a backslash":                    {`/a\b`, false},
		"a fragment":                     {"/a#b", false},
		"raw UTF-8":                      {"/café", false},
		"raw bytes":                      {"/a\x80", false},
		"invalid UTF-8":                  {"/%c0%ae", false},
		"a surrogate":                    {"/%ed%a0%80", false},
		"an empty segment":               {"/a//b", false},
		"two slashes at the start":       {"//a", false},
		"two slashes at the end":         {"/a//", false},
		"a dot segment":                  {"/a/./b", false},
		"a dot at the end":               {"/a/.", false},
		"two dots":                       {"/a/../b", false},
		"two dots at the end":            {"/a/..", false},
		"path parameters":                {"/a;b/c", false},
		"escaped path parameters":        {"/a%3bb", false},
		"a dot escaped twice":            {"/%252e%252e/", false},
		"a slash escaped twice":          {"/a%252fb", false},
		"a backslash escaped twice":      {"/a%255Cb", false},
		"a slash escaped three times":    {"/a%25252fb", false},
		"half an escape":                 {"/a%2", false},
		"no escape":                      {"/a%zz", false},
		"a space":                        {"/a b", false},
		"a brace":                        {"/{a}", false},
		"no slash":                       {"a", false},
		"nothing":                        {"", false},
		"an asterisk, which is no path":  {"*", false},
		"a whole URL, which is no path":  {"http://evil/x", false},
		"an escape of a letter (pass it": {"/%41", true},
	} {
		t.Run(name, func(t *testing.T) {
			if got := canonical(tt.path); got != tt.ok {
				t.Errorf("canonical(%q) = %v", tt.path, got)
			}
		})
	}
}

// R80
func TestPassable(t *testing.T) {
	for name, tt := range map[string]struct {
		query string
		ok    bool
	}{
		"nothing":                {"", true},
		"plain":                  {"a=1&b=2&b=3", true},
		"escapes":                {"a=%20%C3%A9%00", true},
		"raw brackets":           {"filter[name]=x|y&q={z}", true},
		"a plus and a question":  {"a=b+c?d", true},
		"a semicolon":            {"a=1;b=2", false},
		"half an escape":         {"c=%", false},
		"no escape":              {"c=%zz", false},
		"raw UTF-8":              {"q=é", false},
		"a fragment":             {"a#b", false},
		"1,000 parameters":       {strings.Repeat("a&", 999) + "a", true},
		"1,001 parameters":       {strings.Repeat("a&", 1000) + "a", false},
		"10,001 empty ones":      {strings.Repeat("&", 10000), false},
		"an escaped semicolon":   {"a=1%3Bb", true},
		"an escaped ampersand":   {"a=1%26b", true},
		"an empty value and key": {"=&a=", true},
	} {
		t.Run(name, func(t *testing.T) {
			if got := passable(tt.query); got != tt.ok {
				t.Errorf("passable(%.40q) = %v", tt.query, got)
			}
		})
	}
}

// What passes has one reading: decoding it gives no separator, dot segment or
// control that was not there, and net/url agrees.
func FuzzCanonical(f *testing.F) {
	for _, s := range []string{"/a/b", "/%2e%2e/", "/a%252fb", "//", "/caf%C3%A9", "/a;b", "/..;/x", "/%c0%ae"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, path string) {
		if !canonical(path) {
			return
		}
		u, err := url.ParseRequestURI(path)
		if err != nil {
			t.Fatalf("%q passes, and net/url says %v", path, err)
		}
		if !utf8.ValidString(u.Path) || strings.Count(u.Path, "/") != strings.Count(path, "/") || strings.ContainsAny(u.Path, "\\;\x00\r\n\x7f") {
			t.Errorf("%q hides something: %q", path, u.Path)
		}
		for s := range strings.SplitSeq(u.Path, "/") {
			if s == "." || s == ".." {
				t.Errorf("%q has a dot segment", path)
			}
		}
		if twice, err := url.PathUnescape(u.Path); err == nil && strings.Count(twice, "/") != strings.Count(path, "/") {
			t.Errorf("%q hides a slash when decoded twice", path)
		}
	})
}

func TestMatcher(t *testing.T) {
	paths := []string{"/berths", "/berths/{id}", "/berths/mine", "/berths/{id}/calls", "/berths/mine/tides", "/reports/{id}.json", "/reports/{id}",
		"/reports/{id}:cancel", "/tiles/{z}-{x}-{y}.png", "/v{n}", "/files/{name}.{ext}", "/{any}/deep/{er}", "/", "/café/{x}", "/dir/"}
	var ops []Operation
	for _, p := range paths {
		ops = append(ops, Operation{Key: p, Method: "GET", Path: p})
	}
	m, err := compileOperations(ops)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"/berths": "/berths", "/berths/": "", "/berths/42": "/berths/{id}", "/berths/mine": "/berths/mine",
		"/berths/mine/calls": "/berths/{id}/calls", "/berths/mine/tides": "/berths/mine/tides", "/berths/1/tides": "",
		"/reports/1.json": "/reports/{id}.json", "/reports/.json": "/reports/{id}", "/reports/1": "/reports/{id}", "/reports/1:cancel": "/reports/{id}:cancel",
		"/tiles/1-2-3.png": "/tiles/{z}-{x}-{y}.png", "/tiles/1-2.png": "", "/tiles/--3.png": "", "/tiles/1---.png": "", "/tiles/1----.png": "/tiles/{z}-{x}-{y}.png",
		"/v2": "/v{n}", "/v": "", "/files/a.b.c": "/files/{name}.{ext}", "/files/a": "", "/x/deep/y": "/{any}/deep/{er}", "/berths/deep/y": "/{any}/deep/{er}",
		"/": "/", "": "", "/caf%C3%A9/1": "/café/{x}", "/dir/": "/dir/", "/dir": "", "/Berths": "", "/%62erths": "", "/berths/%20": "/berths/{id}",
	} {
		got := ""
		if item := m.find(path); item != nil {
			got = item.find("GET").Key
		}
		if got != want {
			t.Errorf("%q is %q, want %q", path, got, want)
		}
	}
}

// What cannot be matched is named and left out; of two operations for the same
// addresses the first has them. Nothing else suffers.
func TestMatcherSkipsBadOperations(t *testing.T) {
	m, err := compileOperations([]Operation{
		{Key: "get", Method: "GET", Path: "/orders/{id}"}, {Key: "again", Method: "GET", Path: "/orders/{name}"}, {Key: "delete", Method: "DELETE", Path: "/orders/{name}"},
		{Key: "head", Method: "HEAD", Path: "/orders/{id}"},
		{Key: "slashless", Method: "GET", Path: "x"}, {Key: "open", Method: "GET", Path: "/tiles/{x"}, {Key: "adjacent", Method: "GET", Path: "/tiles/{x}{y}"},
	})
	for _, bad := range []string{"slashless", "open", "adjacent"} {
		if err == nil || !strings.Contains(err.Error(), strconv.Quote(bad)) {
			t.Errorf("%q is not named: %v", bad, err)
		}
	}
	for name, want := range map[string]string{"GET": "get", "DELETE": "delete", "HEAD": "head"} {
		if item := m.find("/orders/1"); item == nil || item.find(name) == nil || item.find(name).Key != want {
			t.Errorf("%s of an order is not %q", name, want)
		}
	}
	if m.find("/tiles/1") != nil {
		t.Error("a template that is none matches")
	}
}

// A literal path always wins, and a template matches whatever its parameters are.
func TestMatcherProperty(t *testing.T) {
	segment := rapid.StringMatching(`[a-z0-9._~-]{1,6}`).Filter(func(s string) bool { return s != "." && s != ".." })
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(segment, 1, 4).Draw(t, "path")
		template := append([]string(nil), parts...)
		for i := range template {
			if rapid.Bool().Draw(t, "parameter") {
				template[i] = "{p}"
			}
		}
		path, tpl := "/"+strings.Join(parts, "/"), "/"+strings.Join(template, "/")
		ops := []Operation{{Key: "template", Method: "GET", Path: tpl}}
		if tpl != path {
			ops = append(ops, Operation{Key: "literal", Method: "GET", Path: path})
		}
		m, err := compileOperations(ops)
		if err != nil {
			t.Fatal(err)
		}
		if item := m.find(path); item == nil || item.find("GET").Key != ops[len(ops)-1].Key {
			t.Fatalf("%q under %q is %+v", path, tpl, item)
		}
	})
}

// R75: every spelling of the families, and nothing else.
func TestClaims(t *testing.T) {
	for name, want := range map[string]bool{
		"X-Portal-Subject": true, "X_Portal_Subject": true, "X.Portal.Subject": true, "x-PORTAL_subject": true, "Gatehouse-Subject": true, "GateHouse_Tenant": true,
		"Remote-User": true, "X-Remote-User": true, "X-Webauth-User": true, "X-Forwarded-For": true, "X_Forwarded_For": true, "Forwarded": true, "X-Real-Ip": true, "X-Accel-Redirect": true,
		"X-Sendfile": true, "X-Original-Url": true, "X-Rewrite-Url": true, "Content_Length": true, "Transfer.Encoding": true, "Authorization_": true, "_Cookie": true, "_Forwarded": true,
		"Accept": false, "Content-Type": false, "X-Request-Id": false, "From": false, "Range": false, "Traceparent": false, "X-Custom": false, "api_version": false, "Referer": false,
	} {
		if claims(name) != want {
			t.Errorf("claims(%q) is not %v", name, want)
		}
	}
}

// digest is keys.Digest, for any length of pepper.
func TestDigest(t *testing.T) {
	for _, n := range []int{0, 1, 32, 64, 65, 200} {
		pepper, sha := []byte(strings.Repeat("p", n)), [32]byte{1, 2, 3}
		if digest(pepper, sha) != keys.Digest(pepper, sha) {
			t.Errorf("with a pepper of %d bytes they differ", n)
		}
	}
}

package config

import (
	"fmt"
	"log/slog"
	"net/url"
	"reflect"
)

// LogValue is what is set, by the names of the environment, in the order of help
// config, without secrets (R143): passwords live in URLs only, elsewhere files
// hold them. What is empty is left out.
func (c Config) LogValue() slog.Value {
	var out []slog.Attr
	v := reflect.ValueOf(c)
	for i := range v.NumField() {
		name := v.Type().Field(i).Tag.Get("env")
		if name == "" || v.Field(i).IsZero() {
			continue
		}
		text := fmt.Sprint(v.Field(i).Interface())
		if postgres(text) {
			text = masked(text)
		}
		out = append(out, slog.String(name, text))
	}
	return slog.GroupValue(out...)
}

// Help says what each setting is, by its name in the environment.
func (c Config) Help() map[string]string {
	out := map[string]string{}
	for f := range reflect.TypeOf(c).Fields() {
		if name := f.Tag.Get("env"); name != "" {
			out[name] = f.Tag.Get("help")
		}
	}
	return out
}

// masked leaves the password of a database's URL out, and its parameters, which may hold one.
func masked(dsn string) string {
	u, err := url.Parse(dsn)
	if err != nil {
		return "postgres://…"
	}
	if u.User != nil {
		u.User = url.User(u.User.Username())
	}
	u.RawQuery, u.Fragment = "", ""
	return u.String()
}

package openid

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"unicode"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"gatehouse/models"
)

// claims are what is read of a person, in an ID token or in userinfo.
type claims map[string]json.RawMessage

func (c claims) text(name string) string {
	var s string
	if json.Unmarshal(c[name], &s) != nil {
		return ""
	}
	return clean(s)
}

// flag is a truth, also where a provider writes it as a text.
func (c claims) flag(name string) bool {
	return string(c[name]) == "true" || string(c[name]) == `"true"`
}

// groups of a claim that holds a list of names, or one name.
func (c claims) groups(name string) (out []string, there bool) {
	raw, there := c[name]
	if !there {
		return nil, false
	}
	var many []any
	var one string
	if json.Unmarshal(raw, &many) != nil && json.Unmarshal(raw, &one) == nil {
		many = []any{one}
	}
	for _, g := range many {
		if s, ok := g.(string); ok && s != "" && len(s) <= models.ClaimTextMost && len(out) < models.GroupsMost {
			out = append(out, s)
		}
	}
	slices.Sort(out)
	return slices.Compact(out), true
}

// clean is a text as it can be shown and kept.
func clean(s string) string {
	s = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "")))
	if r := []rune(s); len(r) > models.ClaimTextMost {
		return string(r[:models.ClaimTextMost])
	}
	return s
}

// person puts together what the ID token and userinfo say, which is asked where the
// ID token leaves something out. An ID token may be nil after a refresh.
func (c *Client) person(ctx context.Context, d described, r Registration, token *oauth2.Token, id *oidc.IDToken) (who Person, err error) {
	who.Refresh = token.RefreshToken
	said := claims{}
	if id != nil {
		who.Subject, who.Asked = id.Subject, true
		if err := id.Claims(&said); err != nil {
			return who, refused("the ID token cannot be read")
		}
	}
	_, grouped := said[r.Groups]
	if lacks := id == nil || said["email"] == nil || r.Groups != "" && !grouped; lacks && d.UserInfoURL != "" {
		info, err := d.UserInfo(ctx, oauth2.StaticTokenSource(token))
		if err != nil {
			return who, why(err)
		}
		if who.Subject != "" && info.Subject != who.Subject { // OpenID Connect Core §5.3.2
			return who, refused("the provider answers for somebody else")
		}
		who.Subject, who.Asked = info.Subject, true
		more := claims{}
		if err := info.Claims(&more); err != nil {
			return who, refused("the provider’s userinfo cannot be read")
		}
		if said["email"] == nil { // an address goes with what is said of it
			said["email"], said["email_verified"] = more["email"], more["email_verified"]
		}
		for name, value := range more {
			if _, there := said[name]; !there {
				said[name] = value
			}
		}
	}
	who.Email, who.Verified, who.Name = said.text("email"), said.flag("email_verified"), said.text("name")
	if r.Groups != "" {
		who.Groups, _ = said.groups(r.Groups)
	}
	return who, nil
}

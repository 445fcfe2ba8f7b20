package scan

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"time"

	"gatehouse/internal/keys"
)

// askMost is how many tokens a portal is asked about at once.
const askMost = 1000

// Live asks a portal what the tokens are worth, by their SHA-256: "live", "dead" or
// "unknown". The secrets stay here.
func Live(ctx context.Context, portal string, finds []Find) (map[[32]byte]string, error) {
	base, err := url.Parse(portal)
	if err != nil || base.Host == "" || base.Scheme != "https" && base.Scheme != "http" {
		return nil, fmt.Errorf("%q is no portal; write it like https://portal.example", portal)
	}
	states, tokens := map[[32]byte]string{}, []keys.Token(nil)
	for _, f := range finds {
		if _, again := states[f.Token.SHA256]; !again {
			states[f.Token.SHA256] = ""
			tokens = append(tokens, f.Token)
		}
	}
	client := &http.Client{Timeout: 30 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for some := range slices.Chunk(tokens, askMost) {
		answers, err := ask(ctx, client, base.JoinPath("/leaks/check").String(), some)
		if err != nil {
			return nil, fmt.Errorf("asking %s which tokens live: %w", base.Host, err)
		}
		for i, t := range some {
			states[t.SHA256] = answers[i]
		}
	}
	return states, nil
}

func ask(ctx context.Context, client *http.Client, address string, tokens []keys.Token) ([]string, error) {
	type held struct {
		Tenant string `json:"tenant"`
		SHA256 string `json:"sha256"`
	}
	var in struct {
		Tokens []held `json:"tokens"`
	}
	for _, t := range tokens {
		in.Tokens = append(in.Tokens, held{t.Code, hex.EncodeToString(t.SHA256[:])})
	}
	raw, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("it answered %s", answer.Status)
	}
	var out struct {
		States []string `json:"states"`
	}
	if err := json.NewDecoder(io.LimitReader(answer.Body, 1<<20)).Decode(&out); err != nil || len(out.States) != len(tokens) {
		return nil, fmt.Errorf("its answer cannot be read")
	}
	for _, s := range out.States {
		if s != "live" && s != "dead" && s != "unknown" {
			return nil, fmt.Errorf("its answer cannot be read")
		}
	}
	return out.States, nil
}

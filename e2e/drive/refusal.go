package drive

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// OpensRefusal lets the gateway of a demo refuse a call with the demo's token, follows
// the link of the answer to its explanation, and returns where that is. The person is
// of the token's team.
func (p *Person) OpensRefusal(s *Server) (path string) {
	p.t.Helper()
	r, err := http.NewRequest(http.MethodPut, s.Gateway+"/northquay/equipment/v2/cranes/C-01/target", strings.NewReader("{}"))
	if err != nil {
		p.t.Fatalf("%v", err)
	}
	r.Header.Set("Authorization", "Bearer "+s.AccessToken)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		p.t.Fatalf("%v", err)
	}
	defer answer.Body.Close()
	var refusal struct{ Explain string }
	if err := json.NewDecoder(answer.Body).Decode(&refusal); err != nil || refusal.Explain == "" {
		p.t.Fatalf("%s: no explanation, %v", answer.Status, err)
	}
	path = strings.TrimPrefix(refusal.Explain, s.Portal)
	p.Expect("404") // for as long as the call is not in the log
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(500 * time.Millisecond) {
		if p.Open(path); JS[bool](p, `document.body.innerText.includes("Why, and what to do")`) {
			return path
		}
	}
	p.t.Fatalf("%s is not there", path)
	return path
}

package testkit_test

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
)

func ops(t *testing.T, k *testkit.Kit, path string) (int, string) {
	t.Helper()
	resp, err := http.Get(k.OpsURL.String() + path)
	must(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	must(t, err)
	return resp.StatusCode, string(body)
}

// What the operator's guide says of the metrics is there, with what happened.
func TestMetrics(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("nq", true)
		call(t, k, http.MethodGet, "/nq/orders/v1/orders", p.Secret.Reveal())
		call(t, k, http.MethodGet, "/nq/orders/v1/orders", "gth_wrong")
		_, text := ops(t, k, "/metrics")
		for _, want := range []string{
			`gatehouse_calls_total{outcome="ok"} 1`, `gatehouse_calls_total{outcome="invalid_token"} 1`, `gatehouse_calls_total{outcome="rate_limited"} 0`,
			"gatehouse_usage_dropped_total 0", "gatehouse_usage_torn_total 0", "gatehouse_usage_spool_failing 0", "gatehouse_changes_age_seconds ",
			`gatehouse_jobs{kind="mail",state="retryable"} 0`, "gatehouse_database_connections{pool=",
		} {
			if !strings.Contains(text, want) {
				t.Errorf("%s is missing", want)
			}
		}
	})
}

// R145: a folder that takes no more is named, while calls go on.
func TestReadyNamesADiskThatTakesNoMore(t *testing.T) {
	k := testkit.Prepare(t, t.TempDir(), store.Options{})
	k.Config.Database = filepath.Join(t.TempDir(), "records.db") // where all is well
	k.Start()
	t.Cleanup(k.Stop)
	if status, body := ops(t, k, "/readyz"); status != http.StatusOK || !strings.Contains(body, `"warnings":{}`) {
		t.Errorf("before: %d %s", status, body)
	}
	away := k.Config.Dir + "-away"
	must(t, os.Rename(k.Config.Dir, away)) // root may write into any folder, but not into none
	status, body := ops(t, k, "/readyz")
	must(t, os.Rename(away, k.Config.Dir))
	if status != http.StatusOK || !strings.Contains(body, "the data folder cannot be written to") {
		t.Errorf("without the folder: %d %s", status, body)
	}
	if left, err := filepath.Glob(filepath.Join(k.Config.Dir, ".writable-*")); err != nil || len(left) > 0 {
		t.Errorf("left: %v %v", left, err)
	}
}

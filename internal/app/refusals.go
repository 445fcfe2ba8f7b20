package app

import "github.com/prometheus/client_golang/prometheus"

// refusals shows why the gateway recognised nobody (R2).
type refusals func() map[string]uint64

var refusalsDesc = prometheus.NewDesc("gatehouse_auth_reject_total", "Calls that the gateway refused because nobody was recognised in them.", []string{"reason"}, nil)

// Describe implements prometheus.Collector.
func (r refusals) Describe(ch chan<- *prometheus.Desc) { ch <- refusalsDesc }

// Collect implements prometheus.Collector.
func (r refusals) Collect(ch chan<- prometheus.Metric) {
	for reason, n := range r() {
		ch <- prometheus.MustNewConstMetric(refusalsDesc, prometheus.CounterValue, float64(n), reason)
	}
}

package app

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"time"

	"gatehouse/models"
)

// certificateSoon is how long before its end a certificate needs attention.
const certificateSoon = 21 * 24 * time.Hour

// conditions are how this server is, in the words of its operators: what /readyz, the
// metrics and the log know, with what to do.
func (a *App) conditions(ctx context.Context) []models.Condition {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	age := a.clock.Now().Sub(a.Publish.Fresh()).Round(time.Second)
	warnings := a.warnings()
	out := []models.Condition{
		well("Database", a.Store.Ping(ctx) == nil, "It answers.", "It does not answer.", "See that it runs and that this server reaches it; until then calls are decided from memory, as long as GATEHOUSE_STALE_MAX allows."),
		well("Gateway", a.Gateway.Ready() && age <= a.config.StaleMax, fmt.Sprintf("It had all changes %s ago.", age), fmt.Sprintf("It had all changes %s ago; above %s it refuses every call.", age, a.config.StaleMax),
			"Look at the database first, then at the log of this server."),
		well("Data folder", warnings["disk"] == "", "It can be written to.", warnings["disk"], "Make room on the disk, or give the server the right to write there."),
		well("Counting of calls", warnings["usage"] == "" && a.Usage.Spool.Dropped() == 0, "All calls are counted.", fmt.Sprintf("Calls are kept in memory, and %d were not counted.", a.Usage.Spool.Dropped()), "Make room on the disk before the server stops."),
		a.mailCondition(),
	}
	out = append(out, a.jobCondition(ctx))
	for _, c := range [][2]string{{"Certificate of the portal", a.config.PortalTLSCert}, {"Certificate of the gateway", a.config.GatewayTLSCert}} {
		if c[1] != "" {
			out = append(out, a.certificateCondition(c[0], c[1]))
		}
	}
	return out
}

func well(name string, ok bool, good, bad, do string) models.Condition {
	if ok {
		return models.Condition{Name: name, OK: true, Says: good}
	}
	return models.Condition{Name: name, Says: bad, Do: do}
}

func (a *App) mailCondition() models.Condition {
	return well("Mail", a.Mailbox != nil || a.config.SMTP != "", "A mail server is configured.", "No mail server is configured; mails wait in the queue.", "Set GATEHOUSE_SMTP and GATEHOUSE_MAIL_FROM, and start the server again.")
}

// jobCondition is not well where something was given up or fails.
func (a *App) jobCondition(ctx context.Context) models.Condition {
	queues, err := a.Jobs.Overview(ctx)
	if err != nil {
		return models.Condition{Name: "Jobs", Says: "The queue does not answer.", Do: "Look at the database."}
	}
	waiting, failing := 0, 0
	for _, q := range queues {
		waiting, failing = waiting+q.Available, failing+q.Retryable+q.Discarded
	}
	return well("Jobs", failing == 0, fmt.Sprintf("%d wait, none fails.", waiting), fmt.Sprintf("%d fail or were given up in 7 days, mails among them perhaps.", failing), "See the page of jobs for the reasons.")
}

func (a *App) certificateCondition(name, file string) models.Condition {
	raw, err := os.ReadFile(file)
	if err != nil {
		return models.Condition{Name: name, Says: "Its file cannot be read.", Do: "Put it back before the server is started again."}
	}
	block, _ := pem.Decode(raw)
	if block == nil {
		return models.Condition{Name: name, Says: "Its file holds no certificate.", Do: "Put it back before the server is started again."}
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return models.Condition{Name: name, Says: "It cannot be read.", Do: "Put it back before the server is started again."}
	}
	end := "It ends on " + cert.NotAfter.UTC().Format("2 January 2006") + "."
	return well(name, cert.NotAfter.Sub(a.clock.Now()) > certificateSoon, end, end, "Renew it, and start the server again.")
}

// configured are the settings of this server as operators read them.
func (a *App) configured() (out []models.Configured) {
	about := a.config.Config.Help()
	for _, s := range a.config.Config.LogValue().Group() {
		out = append(out, models.Configured{Name: s.Key, Value: s.Value.String(), About: about[s.Key]})
	}
	return out
}

package app

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"time"

	"gatehouse/internal/portal"
	"gatehouse/models"
	"gatehouse/views/ui"
)

// certificateSoon is how long before its end a certificate needs attention.
const certificateSoon = 21 * 24 * time.Hour

// conditions are how this server is, in the words of its operators: what /readyz, the
// metrics and the log know, with what to do.
func (a *App) conditions(ctx context.Context, servers []models.Gateway) []models.Condition {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	age := a.clock.Now().Sub(a.Publish.Fresh()).Round(time.Second)
	warnings := a.warnings()
	out := []models.Condition{
		well("Database", a.Store.Ping(ctx) == nil, "It answers.", "It does not answer.", "See that it runs and that this server reaches it; until then calls are decided from memory, as long as GATEHOUSE_STALE_MAX allows."),
		well("Gateway", a.Gateway.Ready() && age <= a.config.StaleMax, fmt.Sprintf("It had all changes %s ago.", age), fmt.Sprintf("It had all changes %s ago; above %s it refuses every call.", age, a.config.StaleMax),
			"Look at the database first, then at the log of this server."),
		a.diskCondition(warnings["disk"]),
		well("Counting of calls", warnings["usage"] == "" && a.Usage.Spool.Dropped() == 0, "All calls are counted.", fmt.Sprintf("Calls are kept in memory, and %d were not counted.", a.Usage.Spool.Dropped()), "Make room on the disk before the server stops."),
	}
	out = append(out, a.queueConditions(ctx)...)
	out = append(out, a.serversCondition(servers), a.backupCondition(ctx), a.checkpointCondition(ctx),
		well("Keys", a.Keys.Confirm(ctx) == nil, "The key file opens the keys of this database.", "It could not be confirmed that the key file opens the keys of this database.",
			"Look at the database first; then see that GATEHOUSE_KEY_FILE names the file that this installation began with, and keep a copy of it elsewhere."))
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

// queueConditions are how the queue is, and the mails in it.
func (a *App) queueConditions(ctx context.Context) []models.Condition {
	queues, err := a.Jobs.Overview(ctx)
	if err != nil {
		return []models.Condition{{Name: "Jobs", Says: "The queue does not answer.", Do: "Look at the database."}}
	}
	var mails, others models.JobQueue
	for _, q := range queues {
		into := &others
		if q.Kind == (portal.Mail{}).Kind() {
			into = &mails
		}
		into.Available, into.Retryable, into.Discarded = into.Available+q.Available, into.Retryable+q.Retryable, into.Discarded+q.Discarded
	}
	says := func(q models.JobQueue) string {
		return fmt.Sprintf("%d wait, %d failed and are tried again, %d were given up in 7 days.", q.Available, q.Retryable, q.Discarded)
	}
	out := []models.Condition{well("Mail", a.Mailbox != nil || a.config.SMTP != "", fmt.Sprintf("%d mails wait, none fails.", mails.Available),
		"No mail server is configured; mails wait in the queue.", "Set GATEHOUSE_SMTP and GATEHOUSE_MAIL_FROM, and start the server again.")}
	if out[0].OK && mails.Retryable+mails.Discarded > 0 {
		out[0] = models.Condition{Name: "Mail", Says: says(mails), Do: "See the jobs of the kind mail for the reasons; look at the mail server."}
	}
	return append(out, well("Jobs", others.Retryable+others.Discarded == 0, fmt.Sprintf("%d wait, none fails.", others.Available), says(others), "See the page of jobs for the reasons."))
}

// serversCondition is well where each server gave a sign of life lately.
func (a *App) serversCondition(servers []models.Gateway) models.Condition {
	silent, versions := 0, map[string]bool{}
	for _, s := range servers {
		if versions[s.Version] = true; s.Silent(a.clock.Now()) {
			silent++
		}
	}
	says := ui.Plural(len(servers), "server") + " of " + ui.Plural(len(versions), "version") + "."
	if silent > 0 {
		return models.Condition{Name: "Servers", Says: fmt.Sprintf("%s %d gave no sign of life for %d seconds.", says, silent, int(models.GatewaySilent.Seconds())),
			Do: "See whether they run; one that was killed is forgotten after a day."}
	}
	return models.Condition{Name: "Servers", OK: true, Says: says}
}

// checkpointMost is how long ago somebody may have looked whether an audit chain is to be
// signed: that is done every minute, by one of the servers.
const checkpointMost = 15 * time.Minute

// looked is when the audit chains were last looked at, zero where that was never or is a day ago.
func (a *App) looked(ctx context.Context) (time.Time, error) {
	done, err := a.Jobs.List(ctx, models.JobFilter{Kind: checkpoint{}.Kind(), Shows: models.JobsDone, Limit: 1})
	if err != nil || len(done) == 0 {
		return time.Time{}, err
	}
	return done[0].At, nil
}

func (a *App) checkpointCondition(ctx context.Context) models.Condition {
	const name = "Audit checkpoints"
	looked, err := a.looked(ctx)
	if err != nil {
		return models.Condition{Name: name, Says: "The queue does not answer.", Do: "Look at the database."}
	}
	now := a.clock.Now()
	says := "Whether one is due was last looked at " + ui.Ago(looked, now) + "."
	if looked.IsZero() {
		says = "Nobody has looked yet whether one is due."
	}
	young := looked.IsZero() && now.Sub(a.begun) < checkpointMost
	return well(name, young || now.Sub(looked) <= checkpointMost, says, says, "See the jobs of the kind audit_checkpoint, and that the data folder can be written to.")
}

// roomLeast is how much of a disk has to be free: so many bytes, or a tenth where the disk is smaller.
const roomLeast = 2 << 30

func (a *App) diskCondition(problem string) models.Condition {
	const do = "Make room on the disk, or give the server the right to write there."
	if problem != "" {
		return models.Condition{Name: "Data folder", Says: problem, Do: do}
	}
	free, size := room(a.config.Dir)
	if size == 0 {
		return models.Condition{Name: "Data folder", OK: true, Says: "It can be written to."}
	}
	says := fmt.Sprintf("%s of %s are free.", ui.Bytes(free), ui.Bytes(size))
	return well("Data folder", free >= min(roomLeast, size/10), "It can be written to. "+says, says, do)
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

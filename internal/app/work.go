package app

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"strings"
	"time"

	"gatehouse/internal/jobs"
	"gatehouse/internal/mail"
	"gatehouse/internal/portal"
	"gatehouse/internal/store"
)

// sweep removes what has expired.
type sweep struct{}

func (sweep) Kind() string { return "sweep" }

// prune drops usage that is older than it is kept for.
type prune struct{}

func (prune) Kind() string { return "usage_prune" }

// quotaLook tells teams how much of their quotas they have used.
type quotaLook struct{}

func (quotaLook) Kind() string { return "quota_look" }

// due does what the clock says about subscriptions.
type due struct{}

func (due) Kind() string { return "subscriptions_due" }

// versionsDue does what the clock says about versions.
type versionsDue struct{}

func (versionsDue) Kind() string { return "versions_due" }

// recoveriesDue sends the links of recoveries that have waited.
type recoveriesDue struct{}

func (recoveriesDue) Kind() string { return "recoveries_due" }

// retire ends tokens whose place another took.
type retire struct{}

func (retire) Kind() string { return "token_retire" }

// staffDue ends what staff asked for in vain, and counts again what waits in each tenant.
type staffDue struct{}

func (staffDue) Kind() string { return "staff_due" }

// documentsDue looks at the URLs of documents whose time has come.
type documentsDue struct{}

func (documentsDue) Kind() string { return "documents_due" }

// hostsDue looks whether tenants' own host names are proven.
type hostsDue struct{}

func (hostsDue) Kind() string { return "hosts_due" }

// hostsEvery is how often: whoever has just made the record waits so long at most.
const hostsEvery = 10 * time.Minute

// identitiesDue asks OpenID providers who is still there.
type identitiesDue struct{}

func (identitiesDue) Kind() string { return "identities_due" }

// identitiesLook is how often it is looked whom to ask about, and identitiesTime how
// long one look may take.
const (
	identitiesLook = 5 * time.Minute
	identitiesTime = 10 * time.Minute
)

// importTime is how long one import may take: fetching, waiting for its turn, and
// reading.
const importTime = 3 * time.Minute

// noteUse keeps with each token when it was last used.
type noteUse struct{}

func (noteUse) Kind() string { return "token_use" }

// noteUseEvery is how late a list of tokens may be about their last use (R19).
const noteUseEvery = 15 * time.Minute

// mailAttempts of a mail take three days and more (SECURITY §4, mail server down):
// the wait after the n-th is n⁴ seconds, a tenth more or less.
const mailAttempts = 18

// openJobs defines what is done later, and by whom.
func (a *App) openJobs(ctx context.Context) error {
	var err error
	if a.composer, err = mail.NewComposer(a.PortalURL, "Gatehouse"); err != nil {
		return err
	}
	sender, err := a.mailer()
	if err != nil {
		return err
	}
	r := jobs.NewRegistry()
	deliver := mail.Deliver(a.Store, a.Keys, a.composer, sender)
	jobs.Define(r, func(ctx context.Context, m portal.Mail) error {
		err := deliver(ctx, m)
		if errors.Is(err, mail.ErrRefused) {
			return jobs.Hopeless(err)
		}
		return err
	}, jobs.Settings{MaxAttempts: mailAttempts})
	jobs.Define(r, func(ctx context.Context, _ sweep) error { _, err := a.Store.Sweep(ctx); return err }, jobs.Settings{Unique: true})
	jobs.Define(r, func(ctx context.Context, _ prune) error { return a.Usage.Folder.Prune(ctx, a.clock.Now()) }, jobs.Settings{Unique: true})
	jobs.Define(r, func(ctx context.Context, _ checkpoint) error { return a.signDue(ctx) }, jobs.Settings{Unique: true})
	jobs.Define(r, a.Portal.Leaks.Answer, jobs.Settings{})
	jobs.Define(r, a.Portal.APIs.CompareNow, jobs.Settings{Unique: true, Timeout: portal.CompareTimeout})
	jobs.Define(r, func(ctx context.Context, _ watch) error { return a.watchTenants(ctx) }, jobs.Settings{Unique: true})
	jobs.Define(r, a.watchTokens, jobs.Settings{Unique: true})
	jobs.Define(r, func(ctx context.Context, _ quotaLook) error { return a.Portal.Quotas.Warn(ctx) }, jobs.Settings{Unique: true})
	r.Every(time.Minute, quotaLook{})
	jobs.Define(r, func(ctx context.Context, _ due) error { return a.Portal.Subscriptions.Due(ctx) }, jobs.Settings{Unique: true})
	r.Every(time.Minute, due{})
	jobs.Define(r, a.Portal.Versions.Tell, jobs.Settings{})
	jobs.Define(r, a.Portal.Incidents.Tell, jobs.Settings{})
	jobs.Define(r, func(ctx context.Context, _ versionsDue) error { return a.Portal.Versions.Due(ctx) }, jobs.Settings{Unique: true})
	r.Every(time.Minute, versionsDue{})
	jobs.Define(r, func(ctx context.Context, _ recoveriesDue) error { return a.Portal.Recoveries.Due(ctx) }, jobs.Settings{Unique: true})
	r.Every(time.Minute, recoveriesDue{})
	jobs.Define(r, func(ctx context.Context, _ retire) error { return a.finishRotations(ctx) }, jobs.Settings{Unique: true})
	jobs.Define(r, a.Portal.Imports.Run, jobs.Settings{Timeout: importTime})
	jobs.Define(r, a.Portal.Imports.Look, jobs.Settings{Unique: true})
	jobs.Define(r, func(ctx context.Context, _ documentsDue) error { return a.Portal.Imports.Due(ctx) }, jobs.Settings{Unique: true})
	r.Every(time.Minute, documentsDue{})
	jobs.Define(r, func(ctx context.Context, _ staffDue) error {
		return errors.Join(a.Portal.Grants.Lapse(ctx), a.Store.Platform(ctx, store.Platform.RecountHealth))
	}, jobs.Settings{Unique: true})
	r.Every(time.Minute, staffDue{})
	jobs.Define(r, func(ctx context.Context, _ hostsDue) error { return a.Portal.Hosts.Due(ctx) }, jobs.Settings{Unique: true})
	r.Every(hostsEvery, hostsDue{})
	jobs.Define(r, func(ctx context.Context, _ identitiesDue) error { return a.checkIdentities(ctx) }, jobs.Settings{Unique: true, Timeout: identitiesTime})
	r.Every(identitiesLook, identitiesDue{})
	r.Every(10*time.Minute, sweep{})
	r.Every(time.Minute, retire{})
	jobs.Define(r, func(ctx context.Context, _ noteUse) error { return a.NoteUse(ctx) }, jobs.Settings{Unique: true})
	r.Every(noteUseEvery, noteUse{})
	r.Every(time.Hour, prune{})
	r.Every(checkpointLook, checkpoint{})
	r.Every(time.Hour, watch{})
	a.Jobs, err = jobs.New(ctx, jobs.Options{Store: a.Store, Database: a.storeOptions(), Registry: r, Logger: a.log.With(slog.String("part", "jobs"))})
	return err
}

// mailer sends by the configured server, or keeps mails in the demo's mailbox.
func (a *App) mailer() (mail.Sender, error) {
	if a.Mailbox != nil {
		return a.Mailbox, nil
	}
	c := a.config
	if c.SMTP == "" {
		return unconfigured{}, nil
	}
	var password string
	if c.SMTPPassword != "" {
		text, err := os.ReadFile(c.SMTPPassword)
		if err != nil {
			return nil, err
		}
		password = strings.TrimRight(string(text), "\r\n")
	}
	return mail.NewSMTP(mail.SMTPConfig{
		Addr: c.SMTP, Security: mail.Security(c.SMTPTLS), Username: c.SMTPUser, Password: password, From: c.MailFrom, FromName: "Gatehouse",
	})
}

// unconfigured keeps mails waiting in the queue, where the operator sees why.
type unconfigured struct{}

func (unconfigured) Send(context.Context, mail.Message) error {
	return errors.New("no mail server is configured; set GATEHOUSE_SMTP and GATEHOUSE_MAIL_FROM")
}

package api

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/models"
)

// settingsJSON is what operators set for all tenants.
type settingsJSON struct {
	Announcement   string             `json:"announcement" example:"Work on Sunday, 06:00 to 08:00 UTC."` // on top of every page; empty for none
	Contact        string             `json:"contact" example:"help@gatehouse.example"`                   // where people find help: an e-mail address, or one that begins with https://
	Sessions       sessionsJSON       `json:"sessions"`
	TenantDefaults tenantDefaultsJSON `json:"tenant_defaults"`
} // @name InstallationSettings

// sessionsJSON is when people are signed out.
type sessionsJSON struct {
	Member sessionLimitJSON `json:"member"` // partners, and people of a tenant: 60 and 1440 minutes at most
	Staff  sessionLimitJSON `json:"staff"`  // operators and support: 15 and 720 minutes at most
} // @name SessionLimits

// sessionLimitJSON is when one session ends.
type sessionLimitJSON struct {
	Idle     int `json:"idle_minutes" example:"60"`       // after the last request of a person; 5 or more
	Absolute int `json:"absolute_minutes" example:"1440"` // after sign-in
} // @name SessionLimit

// tenantDefaultsJSON is what a new tenant begins with.
type tenantDefaultsJSON struct {
	Colour       string `json:"colour" example:"#0f766e"`
	Public       bool   `json:"public"`
	SignUp       string `json:"sign_up" enums:"open,invite,approval"`
	EscalateDays int    `json:"escalate_days" example:"3"` // until a request waits too long; 0 is never
	TokenDays    int    `json:"token_days" example:"90"`   // that a token lives at most
	UnusedDays   int    `json:"unused_days" example:"90"`  // without a call until a token's people are told
	PauseDays    int    `json:"pause_days" example:"14"`   // from then until it is paused
	RevokeDays   int    `json:"revoke_days" example:"365"` // without a call until it is revoked
	RotateDays   int    `json:"rotate_days" example:"0"`   // until a secret has to be replaced; 0 demands no rotation
	SelfRotation bool   `json:"self_rotation"`             // a token may rotate itself
	Approval     bool   `json:"approval"`                  // an admin approves each new token
	Leak         string `json:"leak" enums:"revoke,pause,notify"`
} // @name TenantDefaults

func settingsFrom(s models.Settings) settingsJSON {
	d := s.Defaults
	return settingsJSON{s.Said.Banner, s.Said.Contact, sessionsJSON{sessionLimitJSON(s.Sessions.Member), sessionLimitJSON(s.Sessions.Staff)},
		tenantDefaultsJSON{d.Colour, d.Public, string(d.SignUp), d.EscalateDays, d.TokenDays, d.UnusedDays, d.PauseDays, d.RevokeDays, d.RotateDays, d.SelfRotation, d.Approval, string(d.Leak)}}
}

func (s settingsJSON) settings() models.Settings {
	d := s.TenantDefaults
	return models.Settings{Said: models.Installation{Banner: s.Announcement, Contact: s.Contact},
		Sessions: models.SessionLimits{Member: models.SessionLimit(s.Sessions.Member), Staff: models.SessionLimit(s.Sessions.Staff)},
		Defaults: models.TenantDefaults{Colour: d.Colour, Public: d.Public, SignUp: models.SignUpPolicy(d.SignUp), EscalateDays: d.EscalateDays, TokenDays: d.TokenDays,
			UnusedDays: d.UnusedDays, PauseDays: d.PauseDays, RevokeDays: d.RevokeDays, RotateDays: d.RotateDays,
			SelfRotation: d.SelfRotation, Approval: d.Approval, Leak: models.LeakAction(d.Leak)}}
}

// settingsState is the entity tag of settings: they have no revision of their own.
func settingsState(s settingsJSON) string {
	raw, _ := json.Marshal(s) // of texts and numbers
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:8])
}

// conditionJSON is one thing that is looked at, and whether it is well.
type conditionJSON struct {
	Name string `json:"name" example:"Backup"`
	OK   bool   `json:"ok"`
	Says string `json:"says" example:"The last one was made 9 hours ago, 1.2 GB in /backup/2027-02-12."`
	Do   string `json:"do,omitempty"` // what to do where it is not well
} // @name Condition

// serverJSON is a process of the installation, portal and gateway in one.
type serverJSON struct {
	ID        string    `json:"id" example:"0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001"`
	Host      string    `json:"host" example:"gate-1"`
	Version   string    `json:"version" example:"v1.4.0"`
	StartedAt time.Time `json:"started_at" format:"date-time"`
	SeenAt    time.Time `json:"seen_at" format:"date-time"` // its last sign of life; there is one every five seconds
	Silent    bool      `json:"silent"`                     // there was none for 15 seconds
	Applied   int64     `json:"applied" example:"48113"`    // number of the last change by which it decides
} // @name Server

// healthJSON is how the installation is.
type healthJSON struct {
	At         time.Time       `json:"at" format:"date-time"`
	OK         bool            `json:"ok"` // all conditions are well
	Conditions []conditionJSON `json:"conditions"`
	Servers    []serverJSON    `json:"servers"`
	Newest     int64           `json:"newest_change" example:"48113"` // number of the newest change there is
} // @name Health

// ReadHealth shows how the installation is.
//
//	@Summary   Read the health of the installation
//	@ID        readHealth
//	@Tags      installation
//	@Description  Database, backups, servers, queue, mails, disk, audit checkpoints, keys and certificates, as the server that answers sees them. Takes a token of an operator. Scope: installation:read.
//	@Success   200  {object}  healthJSON
//	@Failure   401,403  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/installation/health [get]
func (a *API) ReadHealth(c echo.Context) error {
	h, err := a.Installation.Health(c.Request().Context(), guard.Actor(c))
	if err != nil {
		return err
	}
	out := healthJSON{At: h.At, OK: h.Well(), Conditions: []conditionJSON{}, Servers: []serverJSON{}, Newest: h.Applied}
	for _, one := range h.Conditions {
		out.Conditions = append(out.Conditions, conditionJSON(one))
	}
	for _, s := range h.Servers {
		out.Servers = append(out.Servers, serverJSON{s.ID, s.Host, s.Version, s.StartedAt, s.SeenAt, s.Silent(h.At), s.Applied})
	}
	return c.JSON(http.StatusOK, out)
}

// ReadSettings shows what operators set for all tenants.
//
//	@Summary   Read the settings of the installation
//	@ID        readInstallationSettings
//	@Tags      installation
//	@Description  What operators set while the servers run. Takes a token of an operator. Scope: installation:read.
//	@Success   200  {object}  settingsJSON
//	@Header    200  {string}  ETag  "to send as If-Match"
//	@Failure   401,403  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/installation/settings [get]
func (a *API) ReadSettings(c echo.Context) error {
	s, err := a.Installation.Settings(c.Request().Context(), guard.Actor(c))
	if err != nil {
		return err
	}
	body := settingsFrom(s)
	return show(c, http.StatusOK, settingsState(body), body)
}

// WriteSettings changes what operators set for all tenants.
//
//	@Summary   Change the settings of the installation
//	@ID        writeInstallationSettings
//	@Tags      installation
//	@Description  All of them: read them first. They hold in every server from the next request on; sessions that lasted longer than new limits allow end. Takes a token of an operator that may read them, too. Scope: installation:write.
//	@Param     If-Match  header  string  true  "ETag of what was read"
//	@Param     body  body  settingsJSON  true  "the settings"
//	@Success   200  {object}  settingsJSON
//	@Header    200  {string}  ETag  "to send as If-Match"
//	@Failure   400,401,403,412,415,422,428  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/installation/settings [put]
func (a *API) WriteSettings(c echo.Context) error {
	ctx, actor := c.Request().Context(), guard.Actor(c)
	before, err := a.Installation.Settings(ctx, actor)
	if err != nil {
		return err
	}
	if err := unchanged(c, settingsState(settingsFrom(before))); err != nil {
		return err
	}
	var in settingsJSON
	if err := decode(c, &in); err != nil {
		return err
	}
	err = a.Installation.Replace(ctx, actor, in.settings())
	if err != nil {
		return named(err, "banner", "announcement", "member_idle", "sessions.member.idle_minutes", "member_absolute", "sessions.member.absolute_minutes",
			"staff_idle", "sessions.staff.idle_minutes", "staff_absolute", "sessions.staff.absolute_minutes")
	}
	return a.ReadSettings(c)
}

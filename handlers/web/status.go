package web

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/portal"
	"gatehouse/models"
	"gatehouse/views/catalog"
	"gatehouse/views/ui"
)

// APIStatus is how an API is, as the gateway sees it.
func (w *Web) APIStatus(c echo.Context) error {
	api, list, err := w.APIs.Status(c.Request().Context(), guard.Actor(c), c.Param("api"))
	if err != nil {
		return err
	}
	s := catalog.Status{Name: api.Name, Base: apiURL(c, api.Slug), ListURL: tenantBase(c) + "/apis", Minutes: int(portal.StatusSpan.Minutes()),
		Degraded: strconv.Itoa(int(100*portal.DegradedFrom)) + " %", Down: strconv.Itoa(int(100*portal.DownFrom)) + " %", Now: w.Clock.Now()}
	if s.Open, s.Past, err = w.incidentsOf(c, api.Slug); err != nil {
		return err
	}
	if manageURL(c) != "" {
		s.Incidents = incidentsURL(c, api.Slug)
	}
	for _, v := range list {
		s.Versions = append(s.Versions, versionStatus(v))
	}
	return render(c, http.StatusOK, catalog.ShowStatus(w.page(c, "Status of "+api.Name), s))
}

func versionStatus(v portal.VersionStatus) catalog.VersionStatus {
	out := catalog.VersionStatus{Name: v.Version.Name, Sign: ui.State(string(v.Now)), P50: duration(v.P50), P95: duration(v.P95),
		Label: stripLabel(v.Days, v.Share, v.Known), Strip: strip(v.Days)}
	if v.Version.State != models.VersionPublished {
		out.State = new(ui.State(string(v.Version.State)))
	}
	for _, span := range v.Spans {
		value := "–"
		if span.Known {
			value = percent(span.Share)
		}
		out.Spans = append(out.Spans, catalog.Span{Words: "Uptime, " + span.Name[:len(span.Name)-1] + " " + span.Name[len(span.Name)-1:], Value: value})
	}
	for _, d := range slices.Backward(v.Days) {
		day := catalog.StatusDay{Day: ui.Date(d.Start), Sign: ui.State(string(d.Health))}
		if d.Health != portal.HealthQuiet {
			day.Share = percent(d.Share)
		}
		out.Days = append(out.Days, day)
	}
	return out
}

// healthOnCard says on an API's card how it is and was.
func healthOnCard(card *catalog.Card, l portal.Listing) {
	if l.Health == nil {
		return
	}
	if v, _ := l.Front(); v.State == models.VersionPublished && l.Health.Now != portal.HealthQuiet {
		card.Sign = ui.State(string(l.Health.Now))
	}
	share, known := l.Health.Lately(portal.CardDays)
	if !known {
		return
	}
	days := l.Health.Days[len(l.Health.Days)-portal.CardDays:]
	card.APICardData.Uptime, card.UptimeLabel, card.Uptime = strip(days), stripLabel(days, share, true), percent(share)
}

func strip(days []portal.Day) (out []ui.Health) {
	of := map[portal.Health]ui.Health{portal.HealthUp: ui.DayUp, portal.HealthDegraded: ui.DayDegraded, portal.HealthDown: ui.DayDown, portal.HealthQuiet: ui.DayNone}
	for _, d := range days {
		out = append(out, of[d.Health])
	}
	return out
}

func stripLabel(days []portal.Day, share float64, known bool) string {
	words := "Availability, last " + strconv.Itoa(len(days)) + " days: "
	if !known {
		return words + "no calls"
	}
	return words + percent(share)
}

// percent is a share as it is shown: coarse, so that it tells little of how many
// calls it is made of, and never rounded up to all.
func percent(share float64) string {
	digits, unit := 1, 1000.
	if share >= 0.99 {
		digits, unit = 2, 10000
	}
	whole := int(share*unit + 1e-6)
	return strconv.FormatFloat(float64(whole)*100/unit, 'f', digits, 64) + " %"
}

// duration is a latency in words, "" for none.
func duration(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return ui.Took(d)
}

package web

import (
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/models"
	"gatehouse/views/tokens"
)

// filterQuery is a filter as it stands in a field of a form. One that cannot be read
// finds nothing.
func filterQuery(text string) portal.TokenQuery {
	v, err := url.ParseQuery(text)
	if err != nil {
		return portal.TokenQuery{View: "unreadable"}
	}
	q := portal.ParseTokenQuery(v)
	q.Sort, q.After, q.Limit = "", "", tokenRows
	return q
}

// ConfirmBulk says what stopping or resuming all tokens of a filter does.
func (w *Web) ConfirmBulk(c echo.Context) error {
	verb := models.BulkVerb(c.QueryParam("verb"))
	if verb == "" {
		verb = models.BulkRevoke
	}
	return w.showBulk(c, http.StatusOK, verb, tokenQuery(c), tokens.Bulk{})
}

func (w *Web) showBulk(c echo.Context, status int, verb models.BulkVerb, q portal.TokenQuery, b tokens.Bulk) error {
	p, err := w.AllTokens.Preview(c.Request().Context(), guard.Actor(c), verb, q)
	if err != nil {
		return err
	}
	base := allTokensURL(c)
	b.Tenant, b.URL, b.Back, b.Now = guard.Actor(c).Tenant().Slug, base+"/bulk?verb="+string(verb)+"&"+p.Filter, base+"?"+p.Filter, w.Clock.Now()
	b.Verb, b.Filter, b.Words, b.Count, b.Fits, b.Shown = verb, p.Filter, filterWords(p.Query), p.Expected, p.Fits, p.ShownAt
	b.BusyTokens, b.Callers, b.Looked, b.Word, b.Object = p.BusyTokens, p.Callers, p.Looked, p.Word, p.Object()
	for _, o := range p.Owners {
		b.Owners = append(b.Owners, tokens.Count(o))
	}
	for _, t := range p.Teams {
		b.Teams = append(b.Teams, tokens.Count(t))
	}
	for _, t := range p.Busy {
		busy := tokens.Busy{Name: t.Name, URL: base + "/" + t.ID, Last: t.Last, Agent: t.Agent, Calls: t.Calls}
		if t.IP.IsValid() {
			busy.From = t.IP.Unmap().String()
		}
		b.Busy = append(b.Busy, busy)
	}
	return render(c, status, b.Page(w.page(c, "Many tokens")))
}

// ChangeBulk pauses, resumes or revokes all tokens of a filter. What it does stands
// in the form alone; the address is for who comes back to the page.
func (w *Web) ChangeBulk(c echo.Context) error {
	field := c.Request().PostFormValue
	in := portal.NewBulk{Verb: models.BulkVerb(field("verb")), Filter: field("filter"), Cause: models.TokenCause(field("cause")),
		Reason: field("reason"), Confirm: field("confirm")}
	in.Expected, _ = strconv.ParseInt(field("expected"), 10, 64) // 0 is no count that fits
	shown, _ := strconv.ParseInt(field("shown"), 10, 64)         // 0 was shown too long ago
	in.ShownAt = time.UnixMicro(shown).UTC()
	bulk, err := w.AllTokens.ChangeMany(c.Request().Context(), guard.Actor(c), in)
	if problems, status, ok := proofFields(err); ok && bulk.ID == "" {
		return w.showBulk(c, status, in.Verb, filterQuery(in.Filter), tokens.Bulk{Cause: string(in.Cause), Reason: in.Reason, Typed: in.Confirm, Problems: problems})
	}
	return w.afterBulk(c, bulk, err)
}

// GoOnBulk takes up what broke off.
func (w *Web) GoOnBulk(c echo.Context) error {
	bulk, err := w.AllTokens.GoOn(c.Request().Context(), guard.Actor(c), c.Param("id"))
	if fault.Is(err, fault.Conflict) {
		return follow(c, flashWarning, fault.From(err).Message, allTokensURL(c)+"/bulk/"+c.Param("id"))
	}
	return w.afterBulk(c, bulk, err)
}

// afterBulk leads to the receipt, also where something is left to do.
func (w *Web) afterBulk(c echo.Context, bulk models.TokenBulk, err error) error {
	if bulk.ID == "" {
		return err
	}
	to := allTokensURL(c) + "/bulk/" + bulk.ID
	if err != nil {
		slog.ErrorContext(c.Request().Context(), "a change of many tokens broke off", "request_id", guard.Request(c).ID, "bulk", bulk.ID, "error", err)
		return follow(c, flashWarning, "It broke off before all was done. What is done stays done.", to)
	}
	return done(c, "Done. This is the receipt.", to)
}

// ShowBulk is the receipt of a change of many tokens.
func (w *Web) ShowBulk(c echo.Context) error {
	r, err := w.AllTokens.Receipt(c.Request().Context(), guard.Actor(c), c.Param("id"), c.QueryParam("after"))
	if err != nil {
		return err
	}
	base := allTokensURL(c)
	b := tokens.BulkReceipt{
		Tenant: guard.Actor(c).Tenant().Slug, Base: base, URL: base + "/bulk/" + r.ID, FilterURL: base + "?" + r.Query, TokenBulk: r.TokenBulk,
		By: r.By.Name, Words: filterWords(r.Asked), Done: r.Sum.Tokens, Later: r.Sum.Later, Refused: r.Sum.Refused, LastSeq: r.Sum.LastSeq, Left: r.Left,
		Gateways: r.Gateways, MayGoOn: guard.Actor(c).Can(models.TokenRevokeAny), Now: w.Clock.Now(),
	}
	for _, item := range r.Items {
		b.Rows = append(b.Rows, tokens.BulkRow{Row: tokenRow(c, base, item.TokenRow), Seq: item.Seq, Did: item.Did})
	}
	if r.More {
		b.Next = b.URL + "?after=" + r.Items[len(r.Items)-1].ID
	}
	if c.QueryParam("after") != "" {
		b.First = b.URL
	}
	return render(c, http.StatusOK, b.Page(w.page(c, "Receipt")))
}

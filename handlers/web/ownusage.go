package web

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/portal"
	"gatehouse/views/ui"
	"gatehouse/views/usage"
)

// ownCalls are the kinds of calls that the page tells apart, with a sentence about each.
var ownCalls = []struct {
	calls      portal.OwnCalls
	text, lead string
}{
	{portal.OwnAll, "All calls", "What your teams’ tokens called, tries from the documentation among them. Calls to mocks stand apart."},
	{portal.OwnTries, "Tries", "Calls that people of your teams made from the documentation’s Try pages. They count against the plan like any other."},
	{portal.OwnMocks, "Mock", "Calls to mocks. They reach no API, count against no plan, and stand in no other graph."},
}

// OwnUsage is what the reader's teams called.
func (w *Web) OwnUsage(c echo.Context) error {
	o, err := w.Usage.Own(c.Request().Context(), guard.Actor(c), portal.OwnCalls(c.QueryParam("calls")), c.QueryParam("version"), c.QueryParam("range"), c.QueryParam("before"))
	if err != nil {
		return err
	}
	base := tenantBase(c) + "/usage"
	address := func(calls portal.OwnCalls, span, before string) string {
		q := url.Values{"range": {span}}
		for name, value := range map[string]string{"calls": string(calls), "version": o.Version, "before": before} {
			if value != "" {
				q.Set(name, value)
			}
		}
		return base + "?" + q.Encode()
	}
	p := usage.Own{Base: base, Calls: string(o.Calls), Range: o.Range, Version: o.Version, Versions: []ui.Option{{Label: "All APIs"}},
		Total: int64(o.Series.Total.Calls), Failed: failedShare(o.Series), Explain: answersURL(c)}
	for _, k := range ownCalls {
		p.Kinds = append(p.Kinds, ui.SegLink{Text: k.text, URL: address(k.calls, o.Range, ""), Current: k.calls == o.Calls})
		if k.calls == o.Calls {
			p.Words = k.lead
		}
	}
	for _, v := range o.Versions {
		p.Versions = append(p.Versions, ui.Option{Value: v.VersionID, Label: v.API.Name + " " + v.Version.Name})
	}
	links, words := rangeLinks(base, o.Range)
	for i, r := range portal.Ranges {
		links[i].URL = address(o.Calls, r.Name, "")
	}
	p.Graph = graph("Calls", words, o.Series, links)
	for _, r := range o.Requests {
		line := requestLine(c, r, w.Clock.Now())
		line.Of, line.By = o.Named[r.Version], ui.Link{Text: o.Tokens[r.Token].Name, URL: tokensURL(c) + "/" + r.Token}
		p.Requests = append(p.Requests, line)
	}
	if o.Next != "" {
		p.Next = address(o.Calls, o.Range, o.Next) + "#requests"
	}
	if c.QueryParam("before") != "" {
		p.First = address(o.Calls, o.Range, "") + "#requests"
	}
	frame := w.page(c, "Usage")
	frame.Scripts = []string{"graph.js"}
	return render(c, http.StatusOK, p.Page(frame))
}

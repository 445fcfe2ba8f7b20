package main

import (
	"gatehouse/e2e/drive"
)

// tenant is where the demo is richest.
const tenant = "/t/northquay"

// album takes every main page as the person who meets it.
func (s *script) album(folder string) {
	stranger := s.browser.Person(s, "stranger", s.server.Portal)
	stranger.Open(s.server.People[0].EnrolURL)
	s.take(stranger, folder, "enrol")
	s.pages(stranger, folder, map[string]string{
		"start": "/", "login": "/login?next=" + tenant, "signup": "/signup", "home-stranger": tenant, "mailbox": "/dev/mailbox",
		"docs": "/docs", "docs-errors": "/docs/errors", "docs-api": "/docs/api",
	})
	stranger.Expect("404")
	s.pages(stranger, folder, map[string]string{"errors": "/t/nowhere"})
	s.partner(folder)
	s.people(folder, "api_manager", map[string]string{
		"publish": tenant + "/admin/apis", "publish-api": tenant + "/admin/apis/equipment", "publish-plan": tenant + "/admin/apis/equipment/plans/new",
		"publish-version": tenant + "/admin/apis/equipment/versions/v2", "management-tokens": tenant + "/admin/management-tokens",
		"management-token-new": tenant + "/admin/management-tokens/new",
	})
	s.admin(folder)
	s.support(folder)
}

// people takes pages of the person with a role.
func (s *script) people(folder, role string, pages map[string]string) *drive.Person {
	p := s.signedIn(role)
	s.pages(p, folder, pages)
	return p
}

func (s *script) pages(p *drive.Person, folder string, pages map[string]string) {
	for name, path := range pages {
		p.Open(path)
		s.take(p, folder, name)
	}
}

func (s *script) partner(folder string) {
	p := s.people(folder, "partner", map[string]string{
		"tenant-home": tenant, "apis": tenant + "/apis", "search": tenant + "/apis?q=crane", "api": tenant + "/apis/equipment", "overview": tenant + "/apis/equipment/v2",
		"reference": tenant + "/apis/equipment/v2/operations/post-work-orders", "schema": tenant + "/apis/equipment/v2/schemas/Crane", "found": tenant + "/apis/equipment/v2?q=crane",
		"subscriptions": tenant + "/subscriptions", "tokens": tenant + "/tokens", "token-new": tenant + "/tokens/new",
		"account": "/account", "notifications": "/notifications", "explain-find": tenant + "/requests",
	})
	p.Open(tenant + "/apis/equipment/v2/operations/get-cranes")
	p.Press("Try it")
	p.Sees("Execute")
	p.Press("Execute")
	p.Sees("Response headers")
	s.take(p, folder, "try")
	s.busiest(p)
	s.take(p, folder, "token")
	p.OpensRefusal(s.server)
	s.take(p, folder, "explain")
	s.busiest(p)
	p.Press("Revoke")
	p.Sees("can’t be undone")
	s.take(p, folder, "token-revoke")
	s.rotation(p, folder)
	p.Open(tenant + "/tokens/new")
	p.Fills("Name", "Berth planner")
	p.Press("Read")
	p.Press("Generate token")
	p.Sees("is ready")
	p.Press("Run the call")
	p.Sees("It works")
	s.take(p, folder, "token-created")
}

// rotation looks at the two secrets of a token, and makes one more.
func (s *script) rotation(p *drive.Person, folder string) {
	p.Open(tenant + "/tokens")
	p.Press("Work order desk")
	p.Sees("Rotation in progress")
	s.take(p, folder, "token-pair")
	p.Open(tenant + "/tokens")
	p.Press("Crane watch")
	p.Press("Rotate")
	p.Sees("How long the old secret goes on")
	s.take(p, folder, "token-rotate")
	p.Press("Make the new secret")
	p.Sees("is ready")
	s.take(p, folder, "token-rotated")
}

// busiest opens the oldest token: the demo's traffic uses it most.
func (s *script) busiest(p *drive.Person) {
	p.Open(tenant + "/tokens")
	p.Open(drive.JS[string](p, `[...document.querySelectorAll("tbody a[href*='/tokens/']")].at(-1).getAttribute("href")`) + "?range=7d")
}

func (s *script) admin(folder string) {
	p := s.people(folder, "admin", map[string]string{
		"overview": tenant + "/admin", "all-tokens": tenant + "/admin/tokens", "members": tenant + "/admin/members",
		"alerts": tenant + "/admin/alerts", "audit": tenant + "/admin/audit", "settings": tenant + "/admin/settings",
		"clients": tenant + "/admin/clients", "client-new": tenant + "/admin/clients/new",
	})
	p.Open(tenant + "/admin/clients")
	p.Press("Yard telemetry")
	p.Sees("Another secret")
	s.take(p, folder, "client")
	p.Open(tenant + "/admin/alerts")
	p.Open(drive.JS[string](p, `document.querySelector("tbody a").getAttribute("href")`))
	p.Sees("What to do")
	s.take(p, folder, "alert")
	p.Open(tenant + "/admin/requests")
	if first := drive.JS[string](p, `document.querySelector("main a[href*='/admin/requests/']")?.getAttribute("href") ?? ""`); first != "" {
		p.Open(first)
	}
	s.take(p, folder, "requests")
}

func (s *script) support(folder string) {
	p := s.people(folder, "support", map[string]string{"support": "/support", "support-door": "/support/tenants/swiftway"})
	p.Open("/support/tenants/meridian")
	p.Open("/t/northquay/admin/tokens")
	s.take(p, folder, "staff-inside")
}

// readme takes the picture of the README: a token's page with its graph.
func (s *script) readme(path string) {
	p := s.signedIn("partner")
	s.busiest(p)
	p.View(1280, 860, false)
	s.save(path, p.Picture(false))
}

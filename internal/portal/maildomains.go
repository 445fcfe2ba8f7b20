package portal

import (
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"

	"gatehouse/internal/fault"
	"gatehouse/models"
)

// canonicalDomain returns the form in which a domain is kept and compared: ASCII,
// lower case, no dot at its end. It refuses what is no domain of one company: an
// address, a public suffix, a provider that gives addresses to anybody.
func canonicalDomain(s string) (string, error) {
	refuse := func(message string, args ...any) (string, error) {
		var p fault.Problems
		p.Add(true, "domain", message, args...)
		return "", p.Err()
	}
	const like = "This is not a domain. It looks like company.example, as it stands behind the @ of your addresses."
	s = strings.ToLower(strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(s), "@"), "."))
	ascii, err := idna.Lookup.ToASCII(s)
	if err != nil || len(ascii) > 230 || strings.Trim(ascii, ".0123456789") == "" {
		return refuse(like)
	}
	if _, err := models.CanonicalEmail("a@" + ascii); err != nil || strings.Contains(ascii, "_") {
		return refuse(like)
	}
	registered, err := publicsuffix.EffectiveTLDPlusOne(ascii)
	if err != nil {
		return refuse("Everybody can have a domain under %s, so it is nobody’s own.", ascii)
	}
	if label, _, _ := strings.Cut(registered, "."); publicMail[registered] || publicMailLabels[label] {
		return refuse("%s gives addresses to anybody, so it says nothing about your company.", registered)
	}
	return ascii, nil
}

// publicMail are providers who give addresses to anybody under one domain each, and
// publicMailLabels those who do so in many countries.
var publicMail, publicMailLabels = set("icloud.com me.com mac.com mail.com email.com aol.com web.de t-online.de freenet.de posteo.de mailbox.org " +
	"mail.ru bk.ru list.ru inbox.ru rambler.ru ya.ru qq.com 163.com 126.com sina.com yeah.net foxmail.com naver.com daum.net hanmail.net " +
	"comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net charter.net orange.fr wanadoo.fr free.fr laposte.net sfr.fr " +
	"libero.it virgilio.it tiscali.it alice.it bluewin.ch btinternet.com sky.com virginmedia.com ntlworld.com uol.com.br bol.com.br terra.com.br " +
	"rediffmail.com seznam.cz wp.pl o2.pl onet.pl interia.pl abv.bg ukr.net hushmail.com hey.com fastmail.com fastmail.fm pm.me proton.me " +
	"tutanota.com tuta.io tutamail.com mailinator.com guerrillamail.com yopmail.com 10minutemail.com temp-mail.org trashmail.com duck.com msn.com"),
	set("gmail googlemail outlook hotmail live yahoo ymail rocketmail gmx protonmail yandex zoho zohomail")

func set(words string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(words) {
		out[w] = true
	}
	return out
}

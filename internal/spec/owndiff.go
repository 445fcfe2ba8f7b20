package spec

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// comparer is our own comparison of two documents. It knows little, but that of
// every document that can be imported: operations that came, went or were
// deprecated, and inputs that callers must send now and had not to before.
type comparer struct {
	a, b   *gatherer
	twice  map[string]bool  // addresses that a document has under several names of parameters
	places map[string]keyed // operations by known
	out    []Change
	budget int               // of schemas to compare still
	seen   map[[2]*node]bool // compared for this operation
}

// ruleBody is the rule of a request body that became required.
const ruleBody = "own-body-required"

// maxCompared is how many pairs of schemas are looked at in one comparison.
const maxCompared = 500_000

func newComparer(a, b *source) *comparer {
	return &comparer{a: newGatherer(a), b: newGatherer(b), twice: map[string]bool{}, places: map[string]keyed{}, budget: maxCompared}
}

var parameterName = regexp.MustCompile(`\{[^{}]*\}`)

// unnamed is an operation's key without the names of its path parameters: to
// callers it is the same address.
func unnamed(key string) string { return parameterName.ReplaceAllString(key, "{}") }

func (p place) key() string { return p.name + " " + p.template }

// known is what tells an operation from all others in both documents.
func (c *comparer) known(key string) string {
	if plain := unnamed(key); !c.twice[plain] {
		return plain
	}
	return key
}

// findTwice notes addresses that tell several operations of one document apart
// by nothing but the names of parameters.
func (c *comparer) findTwice(places []place) {
	templates := map[string]string{}
	for _, p := range places {
		plain := unnamed(p.template)
		if other, ok := templates[plain]; ok && other != p.template {
			c.twice[plain] = true
		}
		templates[plain] = p.template
	}
}

// compare lists what it finds.
func (c *comparer) compare() []Change {
	before, after := c.a.places(), c.b.places()
	c.findTwice(before)
	c.findTwice(after)
	for plain := range maps.Clone(c.twice) {
		for _, p := range append(slices.Clone(before), after...) {
			if unnamed(p.template) == plain {
				c.twice[p.name+" "+plain] = true
			}
		}
	}
	old := map[string]place{}
	for i, p := range before {
		old[c.known(p.key())] = p
		c.places[c.known(p.key())] = keyed{p.key(), MaxOperations + i}
	}
	for i, p := range after {
		known := c.known(p.key())
		c.places[known] = keyed{p.key(), i + 1}
		if was, ok := old[known]; ok {
			delete(old, known)
			c.operation(i+1, was, p)
		} else {
			c.say(i+1, p, KindAdded, false, "own-operation-added", "", wholeWords[KindAdded])
		}
	}
	for i, p := range before {
		if _, left := old[c.known(p.key())]; left {
			c.say(MaxOperations+i, p, KindRemoved, true, "own-operation-removed", "", wholeWords[KindRemoved])
		}
	}
	if c.budget < 0 || c.a.all <= 0 || c.b.all <= 0 {
		c.out = append(c.out, Change{Kind: KindChanged, Rule: RuleIncomplete, Text: "The documents' schemas are too entangled to find every input that became required."})
	}
	return c.out
}

func (c *comparer) say(at int, p place, kind string, breaking bool, rule, name, words string) {
	c.out = append(c.out, Change{Operation: p.key(), Kind: kind, Breaking: breaking, Rule: rule, Text: sentence(words), at: at, name: name})
}

func (c *comparer) operation(at int, old, p place) {
	if p.node.flag("deprecated") && !old.node.flag("deprecated") {
		c.say(at, p, KindDeprecated, false, "own-operation-deprecated", "", wholeWords[KindDeprecated])
	}
	required := func(name, words string) {
		c.say(at, p, KindChanged, true, "own-input-required", clip(name), words)
	}
	before, _ := c.a.inputs(old)
	after, order := c.b.inputs(p)
	for _, key := range order {
		is, was := after[key], before[key]
		if !is.flag("required") || is.str("in") == "path" || was.flag("required") {
			continue
		}
		what := "the " + is.str("in") + " parameter " + strconv.Quote(clip(is.str("name")))
		if was == nil {
			required(is.str("name"), what+" is new and required")
		} else {
			required(is.str("name"), what+" became required")
		}
	}
	c.body(at, old, p)
}

// inputs are the parameters of an operation by place and name, with their order.
func (s *source) inputs(p place) (all map[string]*node, order []string) {
	all = map[string]*node{}
	for _, from := range []*node{p.item.get("parameters"), p.node.get("parameters")} {
		if !from.is(list) {
			continue
		}
		for _, e := range from.items {
			parameter, _, missing := s.follow(e)
			if missing != "" || !parameter.is(object) {
				continue
			}
			key := parameter.str("in") + "\x00" + parameter.str("name")
			if parameter.str("in") == "header" {
				key = strings.ToLower(key)
				switch parameter.str("name") {
				case "Accept", "Content-Type", "Authorization":
					continue // described elsewhere (OpenAPI 3.1 §4.8.12.2)
				}
			}
			if all[key] == nil {
				order = append(order, key)
			}
			all[key] = parameter
		}
	}
	return all, order
}

func (c *comparer) body(at int, old, p place) {
	was, _, _ := c.a.follow(old.node.get("requestBody"))
	is, _, _ := c.b.follow(p.node.get("requestBody"))
	if !is.is(object) {
		return
	}
	if is.flag("required") && !was.flag("required") {
		words := "the request body became required"
		if was == nil {
			words = "a request body is new and required"
		}
		c.out = append(c.out, Change{Operation: p.key(), Kind: KindChanged, Breaking: true, Rule: ruleBody, Text: sentence(words), at: at})
	}
	content := is.get("content")
	if !content.is(object) {
		return
	}
	for i, media := range content.keys {
		before, _, _ := c.a.follow(was.get("content").get(media))
		after, _, _ := c.b.follow(content.items[i])
		if before == nil || after == nil {
			continue // nobody sent it, or nothing is known of it
		}
		c.seen = map[[2]*node]bool{}
		c.schema(before.get("schema"), after.get("schema"), "", func(path, word string) {
			name := path[strings.LastIndexByte(path, '/')+1:]
			c.say(at, p, KindChanged, true, "own-property-required", name, "the request property "+strconv.Quote(clip(path))+" "+word)
		})
	}
}
